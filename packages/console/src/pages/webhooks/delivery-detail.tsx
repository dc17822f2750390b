import { Trans, useLingui } from "@lingui/react/macro";
import type { DeliveryWithAttempts, Webhook } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { sf } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Knot, Thread } from "../../kit/thread.tsx";
import { toast } from "../../kit/toast.tsx";
import { CopyableId } from "../admin/copy-button.tsx";
import { Fact, Facts } from "../admin/facts.tsx";
import { Moment } from "../admin/moment.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { useEntryWords } from "../audit/entry-words.ts";
import { AttemptGlyph } from "./attempts.tsx";
import { DELIVERY_WORDS } from "./endpoint-words.ts";
import { refreshWebhooks } from "./refresh-webhooks.ts";
import { ReplayDialog } from "./replay-dialog.tsx";
import { useDelivery, useToldEntry } from "./use-deliveries.ts";

/** In characters: how much further in a line goes on than it begins, and the most that counts of how far in it begins. */
const HANGING = 2;
const MOST_INDENT = 12;

/** One delivery: each attempt, what the endpoint answered, and what it received. */
export function DeliveryDetail({ webhook, id }: { webhook: Webhook; id: string }) {
  const { t } = useLingui();
  const delivery = useDelivery(webhook.id, id);
  if (delivery.data !== undefined) return <Loaded webhook={webhook} delivery={delivery.data} />;
  return delivery.isError ? (
    <LoadFailure error={delivery.error} retry={() => void delivery.refetch()} />
  ) : (
    <SkeletonRows label={t`Loading`} rows={6} />
  );
}

function Loaded({ webhook, delivery }: { webhook: Webhook; delivery: DeliveryWithAttempts }) {
  const { t, i18n } = useLingui();
  const [replaying, setReplaying] = useState(false);
  const replay = useMutation({
    mutationFn: async () => sf.webhooks.replay(webhook.id, { deliveryId: delivery.id }),
    onSuccess: () => {
      refreshWebhooks();
      toast(
        webhook.active ? t`It is sent again.` : t`It is sent again once the webhook is enabled.`,
      );
    },
  });
  const attempts = [...delivery.history].reverse();
  return (
    <>
      <RefusalBanner error={replay.error} onClose={() => replay.reset()} />
      <section className="grid gap-2 px-4 py-3.5">
        <h2 className="font-mono text-12 [overflow-wrap:anywhere]">{delivery.eventType}</h2>
        <Facts>
          <Fact name={t`Status`}>{i18n._(DELIVERY_WORDS[delivery.status] ?? delivery.status)}</Fact>
          {delivery.occurredAt === null ? null : (
            <Fact name={t`Happened`}>
              <Moment iso={delivery.occurredAt} />
            </Fact>
          )}
          <Fact name={t`Queued`}>
            <Moment iso={delivery.createdAt} />
          </Fact>
          {delivery.nextAttemptAt === null ? null : (
            <Fact name={t`Next attempt`}>
              <Moment iso={delivery.nextAttemptAt} />
            </Fact>
          )}
          <Fact name={t`Delivery`}>
            <CopyableId id={delivery.id} />
          </Fact>
          <Fact name={t`Message`}>
            <CopyableId id={delivery.eventId} />
          </Fact>
        </Facts>
        <div className="flex flex-wrap gap-2">
          <Button isPending={replay.isPending} onPress={() => replay.mutate()}>
            <Trans>Send again</Trans>
          </Button>
          <Button kind="quiet" onPress={() => setReplaying(true)}>
            <Trans>All after it…</Trans>
          </Button>
        </div>
      </section>
      <section className="border-t border-line px-4 py-3.5">
        <h3 className="mb-2">
          <Trans>Attempts</Trans>
        </h3>
        {attempts.length === 0 ? (
          <p className="text-ink-2">
            {delivery.attempts === 0 ? t`None yet.` : t`They were not recorded.`}
          </p>
        ) : (
          <Thread label={t`Attempts`}>
            {attempts.map((attempt) => {
              const { responseStatus, durationMs } = attempt;
              const ok = responseStatus !== null && responseStatus >= 200 && responseStatus < 300;
              return (
                <Knot
                  key={attempt.number}
                  node={<AttemptGlyph mark={ok ? "arrived" : "failed"} />}
                  className="pb-2.5"
                >
                  <span className={ok ? "font-semibold text-good" : "font-semibold text-danger"}>
                    {responseStatus ?? t`No answer`}
                  </span>{" "}
                  <span className="text-ink-2 [overflow-wrap:anywhere]">{attempt.error}</span>
                  <span className="block text-12 text-ink-3">
                    <Moment iso={attempt.endedAt} /> · {t`${durationMs} ms`}
                  </span>
                </Knot>
              );
            })}
          </Thread>
        )}
      </section>
      {delivery.responseBody === null || delivery.responseBody === "" ? null : (
        <section className="border-t border-line px-4 py-3.5">
          <h3 className="mb-2">
            <Trans>Answer</Trans>
          </h3>
          <Text>{delivery.responseBody}</Text>
        </section>
      )}
      <Told delivery={delivery} />
      {replaying ? (
        <ReplayDialog
          webhook={webhook}
          after={delivery.cursor}
          onClose={() => setReplaying(false)}
        />
      ) : null}
    </>
  );
}

/** What the message tells, from the log; the subject that goes with it is as it was when it was sent, and is not kept. */
function Told({ delivery }: { delivery: DeliveryWithAttempts }) {
  const { t } = useLingui();
  const told = useToldEntry(delivery);
  const words = useEntryWords();
  const entry = told.data;
  if (entry === undefined || entry === null) return null;
  const { action, apiKeyId, requestId, occurredAt } = entry;
  const data = {
    id: entry.id,
    type: action,
    cursor: delivery.cursor,
    occurredAt,
    actor: entry.actor,
    subject: entry.subject,
    serviceRequestId: entry.serviceRequestId,
    changes: entry.changes,
    reason: entry.reason,
    causedBy: { apiKeyId, requestId },
  };
  return (
    <section className="border-t border-line px-4 py-3.5">
      <h3 className="mb-1">
        <Trans>Sent</Trans>
      </h3>
      <p className="mb-2 text-ink-2">{words.summary(entry)}</p>
      <Text>{JSON.stringify({ type: action, timestamp: occurredAt, data }, null, 2)}</Text>
      <p className="mt-2 text-12 text-pretty text-ink-3">
        {t`From the log. The message also carries what it is about, as it was when it was sent.`}
      </p>
      {entry.serviceRequestId === null ? null : (
        <Link
          to="/requests/$id"
          params={{ id: entry.serviceRequestId }}
          className="mt-2 inline-block text-accent underline"
        >
          {entry.serviceRequestId}
        </Link>
      )}
    </section>
  );
}

/** What does not fit a line goes on below where the line begins. */
function Text({ children }: { children: string }) {
  return (
    <pre className="rounded-4 bg-ground px-2.5 py-2 font-mono text-11 whitespace-pre-wrap [overflow-wrap:anywhere]">
      {children.split("\n").map((line, index) => {
        const indent = Math.min(line.search(/\S|$/), MOST_INDENT) + HANGING;
        return (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: of a text that does not change
            key={index}
            className="block"
            style={{ paddingLeft: `${indent}ch`, textIndent: `-${indent}ch` }}
          >
            {line}
            {"\n"}
          </span>
        );
      })}
    </pre>
  );
}
