import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { LoadFailure } from "../../app/failure.tsx";
import { SkeletonRows } from "../../kit/banner.tsx";
import { Field } from "../../kit/field.tsx";
import { FileVerification } from "./file-check.tsx";
import { readAnchor } from "./seal.ts";
import { SealFacts } from "./seal-facts.tsx";
import { ServerVerification } from "./server-check.tsx";
import { checkOnServer, stopCheckOnServer, useSealState, useServerCheck } from "./use-audit.ts";

/** How far the log is sealed, and whether it holds: by the server, and by this browser from an export. */
export function SealPanel() {
  const { t } = useLingui();
  const [state, setState] = useState(false);
  const [anchor, setAnchor] = useState("");
  const valid = readAnchor(anchor) !== null;
  const check = useServerCheck();
  const seal = useSealState();
  const run = (head: string) =>
    checkOnServer({ state, ...(readAnchor(head) === null ? {} : { anchor: head.trim() }) });
  return (
    <>
      <section className="px-4 py-3.5">
        <h2 className="mb-2 text-12 font-medium text-ink-3">
          <Trans>Seal</Trans>
        </h2>
        {seal.data !== undefined ? (
          <SealFacts seal={seal.data} />
        ) : seal.isError ? (
          <LoadFailure error={seal.error} retry={() => void seal.refetch()} />
        ) : (
          <SkeletonRows label={t`Loading the seal`} rows={3} />
        )}
      </section>
      <section className="border-t border-line px-4 py-3.5">
        <h2 className="mb-2 text-12 font-medium text-ink-3">
          <Trans>Verify on the server</Trans>
        </h2>
        <ServerVerification
          check={check.data}
          error={check.error}
          isRunning={check.isFetching}
          state={state}
          onState={setState}
          onRun={() => run(anchor)}
          onStop={stopCheckOnServer}
        />
      </section>
      <section className="border-t border-line px-4 py-3.5">
        <h2 className="mb-2 text-12 font-medium text-ink-3">
          <Trans>Verify an export in this browser</Trans>
        </h2>
        <FileVerification
          anchor={anchor}
          onCompare={(head) => {
            setAnchor(head);
            run(head);
          }}
        />
      </section>
      <section className="border-t border-line px-4 py-3.5">
        <Field
          label={t`Earlier head`}
          hint={t`position:hash, kept elsewhere. Both checks then say whether the log still contains it.`}
          value={anchor}
          onChange={setAnchor}
          isInvalid={anchor.trim() !== "" && !valid}
          autoComplete="off"
          spellCheck="false"
          inputClassName="font-mono text-12"
        />
      </section>
    </>
  );
}
