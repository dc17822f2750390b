import { Plural, Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequestSummary } from "@serviceflow/sdk";
import { Suspense, useState } from "react";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { Button } from "../../kit/button.tsx";
import { CancelDialog } from "../../requests/lazy-dialogs.ts";
import { type BulkAction, type Outcome, useBulk } from "./bulk.ts";
import { BulkOutcome } from "./bulk-outcome.tsx";
import type { Selection } from "./selection.ts";
import { SomeButton } from "./some-button.tsx";

/** How many refusals are spelled out before anything is tried. */
const SPELLED = 2;

/** What can be done with all that is selected, and what became of each. */
export function BulkBar({
  selection,
  rows,
}: {
  selection: Selection;
  rows: readonly ServiceRequestSummary[];
}) {
  const { t } = useLingui();
  const bulk = useBulk();
  const [outcome, setOutcome] = useState<Outcome | undefined>();
  const [asking, setAsking] = useState(false);
  const selected = selection.ids.size === 0 ? [] : rows.filter(({ id }) => selection.ids.has(id));
  const refusals = (action: BulkAction) =>
    selected.flatMap((request) => {
      const reason = bulk.reasonOf(action, request);
      return reason === null ? [] : [{ id: request.id, reason }];
    });
  const unclaimable = refusals("claim");
  const uncancelable = refusals("cancel");
  const claimable = selected.length - unclaimable.length;
  const cancelable = selected.length - uncancelable.length;
  const isBusy = bulk.progress !== undefined;

  const run = async (action: BulkAction, reason?: string) => {
    const after = await bulk.run(action, selected, reason);
    setOutcome(after);
    selection.set(after.results.flatMap((one) => (one.reason === undefined ? [] : [one.id])));
  };
  const undo = async ({ results }: Outcome) => {
    const done = results.filter(({ reason }) => reason === undefined);
    const versions = new Map(done.map(({ id, version }) => [id, version]));
    const claimed = rows
      .filter(({ id }) => versions.has(id))
      .map((row) => ({ ...row, version: versions.get(row.id) ?? row.version }));
    setOutcome(await bulk.run("release", claimed));
  };

  useShortcuts(
    selected.length === 0
      ? []
      : [
          {
            keys: "KeyA",
            label: t`Claim what is selected`,
            run: () => claimable > 0 && !isBusy && void run("claim"),
            over: true,
          },
          {
            keys: "Escape",
            label: t`Clear the selection`,
            run: () => selection.set([]),
            over: true,
          },
        ],
  );

  return (
    <>
      {outcome === undefined ? null : (
        <BulkOutcome
          outcome={outcome}
          onUndo={() => void undo(outcome)}
          onClose={() => setOutcome(undefined)}
        />
      )}
      {selected.length === 0 ? null : (
        <div
          role="toolbar"
          aria-label={t`Selected requests`}
          className="flex shrink-0 flex-wrap items-center gap-1.5 border-t border-line bg-ground px-3 py-2"
        >
          <b aria-live="polite">
            {bulk.progress === undefined ? (
              <Plural value={selected.length} one="# selected" other="# selected" />
            ) : (
              <Trans>
                {bulk.progress.done} of {bulk.progress.of}
              </Trans>
            )}
          </b>
          <SomeButton
            kind="primary"
            keys="A"
            allowed={claimable}
            isPending={isBusy}
            describedBy="bulk-why"
            onPress={() => void run("claim")}
          >
            {claimable === 0 ? <Trans>Claim</Trans> : <Trans>Claim {claimable}</Trans>}
          </SomeButton>
          <SomeButton
            allowed={cancelable}
            isPending={isBusy}
            describedBy="bulk-why"
            onPress={() => setAsking(true)}
          >
            {cancelable === 0 ? <Trans>Cancel…</Trans> : <Trans>Cancel {cancelable}…</Trans>}
          </SomeButton>
          {selected.length < rows.length ? (
            <Button kind="quiet" onPress={() => selection.set(rows.map(({ id }) => id))}>
              <Trans>Select all shown</Trans>
            </Button>
          ) : null}
          <Button kind="quiet" keys="Esc" onPress={() => selection.set([])}>
            <Trans>Clear</Trans>
          </Button>
          <Refusals
            id="bulk-why"
            refused={unclaimable}
            cancelRefused={cancelable === 0 ? uncancelable[0]?.reason : undefined}
          />
        </div>
      )}
      {asking ? (
        <Suspense>
          <CancelDialog
            isOpen
            onOpenChange={setAsking}
            count={cancelable}
            onCancel={(reason) => run("cancel", reason)}
          />
        </Suspense>
      ) : null}
    </>
  );
}

/** Which will stay selected, and why. */
function Refusals({
  id,
  refused,
  cancelRefused,
}: {
  id: string;
  refused: readonly { id: string; reason: string }[];
  cancelRefused: string | undefined;
}) {
  const { t } = useLingui();
  const more = refused.length - SPELLED;
  const words = [
    ...refused.slice(0, SPELLED).map((one) => t`${one.id} stays selected: ${one.reason}`),
    ...(more > 0 ? [t`So do others: ${more}.`] : []),
    ...(cancelRefused === undefined || refused.some(({ reason }) => reason === cancelRefused)
      ? []
      : [cancelRefused]),
  ];
  return words.length === 0 ? null : (
    <span id={id} className="basis-full text-12 text-pretty text-ink-2">
      {words.join(" ")}
    </span>
  );
}
