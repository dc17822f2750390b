import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { ServiceFlowError, type ServiceRequestSummary } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { mutations } from "../../app/client.ts";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { Banner } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { CancelDialog } from "../../requests/cancel-dialog.tsx";
import type { Selection } from "./selection.ts";

interface Outcome {
  done: number;
  refused: { id: string; reason: string }[];
}

/** How many calls run side by side. */
const AT_ONCE = 4;

/** What can be done with all that is selected, and what became of each. */
export function BulkBar({
  selection,
  rows,
}: {
  selection: Selection;
  rows: readonly ServiceRequestSummary[];
}) {
  const { t } = useLingui();
  const [outcome, setOutcome] = useState<Outcome | undefined>();
  const [asking, setAsking] = useState(false);
  const claim = useMutation(mutations.requests.claim());
  const cancel = useMutation(mutations.requests.cancel());
  const selected = rows.filter(({ id }) => selection.ids.has(id));
  const allowed = (action: "claim" | "cancel") =>
    selected.filter(({ allowedActions }) => allowedActions.includes(action));
  const claimable = allowed("claim").length;
  const cancelable = allowed("cancel").length;

  async function onAll(run: (request: ServiceRequestSummary) => Promise<unknown>) {
    const refused: Outcome["refused"] = [];
    let done = 0;
    const queue = [...selected];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        try {
          await run(next);
          done += 1;
        } catch (error) {
          const reason = ServiceFlowError.is(error) ? error.detail : String(error);
          refused.push({ id: next.id, reason });
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    setOutcome({ done, refused });
    selection.set(refused.map(({ id }) => id));
  }
  const claimAll = () =>
    void onAll(({ id, version }) => claim.mutateAsync({ id, ifVersion: version }));

  useShortcuts(
    selected.length === 0
      ? []
      : [
          { keys: "KeyA", label: t`Claim what is selected`, run: claimAll },
          { keys: "Escape", label: t`Clear the selection`, run: () => selection.set([]) },
        ],
  );

  return (
    <>
      {outcome === undefined ? null : (
        <Banner
          kind={outcome.refused.length === 0 ? "good" : "bad"}
          act={
            <Button size="sm" kind="quiet" onPress={() => setOutcome(undefined)}>
              <Trans>Close</Trans>
            </Button>
          }
        >
          <Trans>
            Done: {outcome.done}, refused: {outcome.refused.length}.
          </Trans>{" "}
          {outcome.refused.map(({ id, reason }) => `${id}: ${reason}`).join(" ")}
        </Banner>
      )}
      {selected.length === 0 ? null : (
        <div
          role="toolbar"
          aria-label={t`Selected requests`}
          className="flex shrink-0 flex-wrap items-center gap-2 border-t border-line bg-ground px-3 py-2"
        >
          <b>
            <Plural value={selected.length} one="# selected" other="# selected" />
          </b>
          <Button
            kind="primary"
            keys="A"
            isDisabled={claimable === 0}
            isPending={claim.isPending}
            onPress={claimAll}
          >
            <Trans>Claim: {claimable}</Trans>
          </Button>
          <Button isDisabled={cancelable === 0} onPress={() => setAsking(true)}>
            <Trans>Cancel: {cancelable}…</Trans>
          </Button>
          <Button kind="quiet" keys="Esc" onPress={() => selection.set([])}>
            <Trans>Clear</Trans>
          </Button>
        </div>
      )}
      <CancelDialog
        isOpen={asking}
        onOpenChange={setAsking}
        count={cancelable}
        onCancel={(reason) =>
          onAll(({ id, version }) => cancel.mutateAsync({ id, ifVersion: version, reason }))
        }
      />
    </>
  );
}
