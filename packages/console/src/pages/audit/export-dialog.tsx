import { Trans, useLingui } from "@lingui/react/macro";
import { useEffect, useRef, useState } from "react";
import { sf } from "../../app/client.ts";
import { Button } from "../../kit/button.tsx";
import { Checkbox } from "../../kit/checkbox.tsx";
import { Dialog, DialogBody, DialogFooter } from "../../kit/dialog.tsx";
import { toast } from "../../kit/toast.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { openSink } from "./export-sink.ts";
import { type ExportProgress, writeExport } from "./write-export.ts";

/** Writes the sealed log to a file that can be verified without the server. */
export function ExportDialog({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useLingui();
  const [redacted, setRedacted] = useState(false);
  const [progress, setProgress] = useState<ExportProgress>();
  const [error, setError] = useState<unknown>();
  const controller = useRef<AbortController>(undefined);
  useEffect(() => () => controller.current?.abort(), []);
  const run = async () => {
    setError(undefined);
    const sink = await openSink(`audit-${new Date().toISOString().slice(0, 10)}.jsonl`);
    if (sink === null) return;
    controller.current = new AbortController();
    const { signal } = controller.current;
    setProgress({ lines: 0, entries: null });
    try {
      const { entries } = await writeExport(
        sf.audit.export({ redacted }, { signal }),
        sink,
        setProgress,
      );
      const count = (entries ?? 0).toLocaleString(i18n.locale);
      toast(t`Exported entries: ${count}.`);
      onClose();
    } catch (thrown) {
      if (!signal.aborted) setError(thrown);
    } finally {
      setProgress(undefined);
    }
  };
  const lines = progress?.lines.toLocaleString(i18n.locale) ?? "0";
  return (
    <Dialog
      title={t`Export the audit log`}
      isOpen
      mustAnswer={progress !== undefined}
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <RefusalBanner error={error} onClose={() => setError(undefined)} />
      <DialogBody>
        <p className="text-ink-2">
          <Trans>
            All sealed entries as JSON Lines, without regard to the filters. The export is recorded
            in the log.
          </Trans>
        </p>
        <Checkbox
          isSelected={redacted}
          isDisabled={progress !== undefined}
          onChange={setRedacted}
          className="items-start!"
        >
          <span>
            <span className="font-medium">{t`Without names and texts`}</span>
            <span className="block text-12 text-ink-3">
              {t`The chain can still be verified, but nothing is known of them.`}
            </span>
          </span>
        </Checkbox>
        {progress === undefined ? null : (
          <div className="grid gap-1">
            <p role="status">{t`Lines written: ${lines}`}</p>
            <progress
              aria-label={t`Export`}
              value={progress.lines}
              max={Math.max(1, (progress.entries ?? 0) + 2)}
              className="h-1 w-full appearance-none overflow-hidden rounded-2 bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
            />
          </div>
        )}
      </DialogBody>
      <DialogFooter>
        <Button
          kind="quiet"
          onPress={() => {
            if (progress === undefined) onClose();
            else controller.current?.abort();
          }}
        >
          {progress === undefined ? <Trans>Close</Trans> : <Trans>Stop</Trans>}
        </Button>
        <Button kind="primary" isPending={progress !== undefined} onPress={() => void run()}>
          <Trans>Export</Trans>
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
