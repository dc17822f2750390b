import { Trans, useLingui } from "@lingui/react/macro";
import { useEffect, useRef, useState } from "react";
import { DropZone, FileTrigger } from "react-aria-components";
import { useFailureText } from "../../app/failure.tsx";
import { Banner } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { CopyButton } from "../admin/copy-button.tsx";
import { Broken, Finding, Findings, Intact } from "./findings.tsx";
import { anchorOf, readAnchor, shortHash } from "./seal.ts";
import { canVerify, type FileCheck, verifyFile } from "./verify-file.ts";

/** Verifies an export that is dropped or chosen, without sending it anywhere. */
export function FileVerification({
  anchor,
  onCompare,
}: {
  /** `position:hash` that the chain must contain; may be empty. */
  anchor: string;
  /** Asks the server whether its chain contains this head. */
  onCompare: (anchor: string) => void;
}) {
  const { t } = useLingui();
  const failureText = useFailureText();
  const [running, setRunning] = useState<{ name: string; share: number }>();
  const [check, setCheck] = useState<FileCheck>();
  const [error, setError] = useState<unknown>();
  const controller = useRef<AbortController>(undefined);
  useEffect(() => () => controller.current?.abort(), []);

  const run = async (file: File) => {
    controller.current?.abort();
    controller.current = new AbortController();
    const { signal } = controller.current;
    setCheck(undefined);
    setError(undefined);
    setRunning({ name: file.name, share: 0 });
    const earlier = readAnchor(anchor);
    try {
      const found = await verifyFile(file, {
        ...(earlier === null ? {} : { anchor: earlier }),
        signal,
        onProgress: (share) => setRunning({ name: file.name, share }),
      });
      if (!signal.aborted) setCheck(found);
    } catch (thrown) {
      if (!signal.aborted) setError(thrown);
    } finally {
      if (controller.current?.signal === signal) setRunning(undefined);
    }
  };

  if (!canVerify()) {
    return (
      <p className="text-ink-2">
        <Trans>This browser makes hashes only over TLS. Open the console by https.</Trans>
      </p>
    );
  }
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <DropZone
        aria-label={t`Drop an export here`}
        getDropOperation={() => "copy"}
        onDrop={({ items }) => {
          for (const item of items) {
            if (item.kind !== "file") continue;
            void item.getFile().then(run);
            return;
          }
        }}
        className="grid justify-items-start gap-2 rounded-4 border border-dashed border-line-strong p-3 data-drop-target:bg-accent-tint data-focus-visible:outline-2 data-focus-visible:outline-focus"
      >
        <p className="text-ink-2">
          <Trans>Drop an export here. It stays in this browser.</Trans>
        </p>
        <FileTrigger
          acceptedFileTypes={[".jsonl", ".ndjson", ".json", ".txt"]}
          onSelect={(files) => {
            const file = files?.[0];
            if (file !== undefined) void run(file);
          }}
        >
          <Button>{check === undefined ? t`Choose a file…` : t`Check another file…`}</Button>
        </FileTrigger>
      </DropZone>
      {running === undefined ? null : (
        <div className="grid gap-1.5">
          <p className="flex items-center gap-2">
            <b className="cut grow">{running.name}</b>
            <Button size="sm" kind="quiet" onPress={() => controller.current?.abort()}>
              <Trans>Stop</Trans>
            </Button>
          </p>
          <progress
            aria-label={t`Verifying ${running.name}`}
            value={running.share}
            max={1}
            className="h-1 w-full appearance-none overflow-hidden rounded-2 bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
          />
        </div>
      )}
      {error === undefined ? null : (
        <Banner kind="bad">
          {t`The file could not be read.`} {failureText(error)}
        </Banner>
      )}
      {check === undefined ? null : (
        <Found check={check} withAnchor={readAnchor(anchor) !== null} onCompare={onCompare} />
      )}
    </div>
  );
}

function Found({
  check,
  withAnchor,
  onCompare,
}: {
  check: FileCheck;
  withAnchor: boolean;
  onCompare: (anchor: string) => void;
}) {
  const { t, i18n } = useLingui();
  const { name, bytes, result, took } = check;
  const number = (value: number, digits = 0) =>
    value.toLocaleString(i18n.locale, { maximumFractionDigits: digits });
  const entries = number(result.entries);
  const size = number(bytes / 1_000_000, 1);
  const seconds = number(took / 1000, 1);
  const { head, fault } = result;
  const erased = number(result.erasedValues);
  const later = result.laterErasures.length;
  return (
    <>
      <p className="flex min-w-0 items-baseline gap-2">
        <b className="cut">{name}</b>
        <span className="shrink-0 text-12 text-ink-3">{t`${size} MB`}</span>
      </p>
      {fault === null ? (
        <>
          <Findings>
            <Finding kind="good">{t`Entries, none missing: ${entries}`}</Finding>
            <Finding kind="good">{t`The chain of hashes is unbroken`}</Finding>
            {withAnchor ? <Finding kind="good">{t`It contains the earlier head`}</Finding> : null}
            {result.erasedValues > 0 ? (
              <Finding kind="note">{t`Erased values, each explained: ${erased}`}</Finding>
            ) : null}
            {result.redacted ? (
              <Finding kind="note">{t`Exported without names and texts: nothing is known of them`}</Finding>
            ) : null}
            {later > 0 ? (
              <Finding kind="note">{t`Erasures that a later export must contain: ${later}`}</Finding>
            ) : null}
          </Findings>
          <Intact>
            {head === null
              ? t`The export has no entries.`
              : t`Verified up to entry ${entries} in this browser in ${seconds} s; the file was not uploaded.`}
          </Intact>
        </>
      ) : (
        <Broken fault={fault} valid={entries} />
      )}
      {head === null || fault !== null ? null : (
        <div className="flex flex-wrap items-center gap-2">
          <code className="font-mono text-12 text-ink-3" title={head.hash}>
            {shortHash(head.hash)}
          </code>
          <CopyButton text={anchorOf(head)} label={t`Copy the head`} />
          <Button size="sm" kind="quiet" onPress={() => onCompare(anchorOf(head))}>
            <Trans>Compare with the server</Trans>
          </Button>
        </div>
      )}
    </>
  );
}
