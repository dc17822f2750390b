import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequest } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../app/client.ts";
import { LoadFailure } from "../app/failure.tsx";
import { SkeletonRows } from "../kit/banner.tsx";
import { Thread } from "../kit/thread.tsx";
import { turnsOf } from "./thread.ts";
import { TurnKnot } from "./turn.tsx";

/** What was said and what happened, in one line of time. */
export function Conversation({ request }: { request: ServiceRequest }) {
  const { t } = useLingui();
  const history = useQuery(queries.requests.history(request.id));
  const requester = request.requester.fullName.split(" ")[0] ?? "";
  if (history.data === undefined) {
    return history.isError ? (
      <LoadFailure error={history.error} retry={() => void history.refetch()} />
    ) : (
      <SkeletonRows label={t`Loading the conversation`} rows={6} />
    );
  }
  return (
    <>
      {history.data.nextCursor === null ? null : (
        <p className="text-12 text-ink-3">
          <Trans>Only the latest part of a long history is shown.</Trans>
        </p>
      )}
      <Thread label={t`Conversation`}>
        {turnsOf(history.data.items).map((turn) => (
          <TurnKnot key={turn.id} turn={turn} requester={requester} />
        ))}
      </Thread>
    </>
  );
}
