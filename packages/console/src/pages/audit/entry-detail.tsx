import { Trans, useLingui } from "@lingui/react/macro";
import type { AuditEntry } from "@serviceflow/sdk";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { CopyableId } from "../admin/copy-button.tsx";
import { Fact, Facts } from "../admin/facts.tsx";
import { Moment } from "../admin/moment.tsx";
import { Actor } from "./actor.tsx";
import type { AuditSearch } from "./audit-search.ts";
import { useEntryWords } from "./entry-words.ts";

/** One entry: who, what, before and after, and the call that caused it. */
export function EntryDetail({ entry, search }: { entry: AuditEntry; search: AuditSearch }) {
  const { t, i18n } = useLingui();
  const words = useEntryWords();
  const { entry: _, ...list } = search;
  const changes = Object.entries(entry.changes);
  return (
    <>
      <section className="grid gap-2 px-4 py-3.5">
        <div className="flex items-start gap-2">
          <h2 className="min-w-0 grow font-mono text-12 [overflow-wrap:anywhere]">
            {entry.action}
          </h2>
          <Link
            to="/audit"
            search={list}
            replace
            aria-label={t`Close the entry`}
            className="grid size-6 shrink-0 place-items-center rounded-4 hover:bg-hover"
          >
            <X aria-hidden="true" className="size-4" />
          </Link>
        </div>
        <Facts>
          <Fact name={t`Who`}>
            {entry.actor === null ? (
              <Actor actor={null} />
            ) : (
              <Link to="/people/$id" params={{ id: entry.actor.id }} className="hover:underline">
                <Actor actor={entry.actor} />
              </Link>
            )}
          </Fact>
          <Fact name={t`When`}>
            <Moment iso={entry.occurredAt} />
          </Fact>
          <Fact name={t`Position`}>
            {entry.position === null
              ? t`Not sealed yet`
              : entry.position.toLocaleString(i18n.locale)}
          </Fact>
          <Fact name={t`Subject`}>
            <CopyableId id={entry.subject.id} />
          </Fact>
          {entry.serviceRequestId === null ? null : (
            <Fact name={t`Request`}>
              <Link
                to="/requests/$id"
                params={{ id: entry.serviceRequestId }}
                className="text-accent underline"
              >
                {entry.serviceRequestId}
              </Link>
            </Fact>
          )}
        </Facts>
        {entry.reason === null || entry.reason === "" ? null : (
          <p className="[overflow-wrap:anywhere] whitespace-pre-wrap">“{entry.reason}”</p>
        )}
        <p className="flex flex-wrap gap-x-4 gap-y-1 text-12">
          <Link
            to="/audit"
            search={{ subject: entry.subject.id }}
            className="text-accent underline"
          >
            <Trans>All about this subject</Trans>
          </Link>
          {entry.actor === null ? null : (
            <Link to="/audit" search={{ actor: entry.actor.id }} className="text-accent underline">
              <Trans>All by this person</Trans>
            </Link>
          )}
        </p>
      </section>
      {changes.length === 0 ? null : (
        <Part title={t`What changed`}>
          <dl className="grid gap-2.5">
            {changes.map(([field, { from, to }]) => (
              <div key={field}>
                <dt className="text-12 text-ink-3">{words.fieldName(field)}</dt>
                <dd className="[overflow-wrap:anywhere] whitespace-pre-wrap">
                  {from === null || from === undefined ? null : (
                    <>
                      <span className="sr-only">{t`Before:`} </span>
                      <s className="text-ink-2">{words.value(field, from)}</s>{" "}
                      <span aria-hidden="true">→</span>{" "}
                    </>
                  )}
                  <span className="sr-only">{t`After:`} </span>
                  {words.value(field, to)}
                </dd>
              </div>
            ))}
          </dl>
        </Part>
      )}
      <Part title={t`The call`}>
        <Facts>
          <Fact name={t`Entry`}>
            <CopyableId id={entry.id} />
          </Fact>
          <Fact name={t`Call`}>
            <CopyableId id={entry.requestId} />
          </Fact>
          {entry.apiKeyId === null ? null : (
            <Fact name={t`Key or session`}>
              <CopyableId id={entry.apiKeyId} />
            </Fact>
          )}
          {entry.clientRequestId === null ? null : (
            <Fact name={t`Client’s own id`}>{entry.clientRequestId}</Fact>
          )}
          {entry.clientAddress === null ? null : <Fact name={t`From`}>{entry.clientAddress}</Fact>}
          {entry.userAgent === null ? null : <Fact name={t`Program`}>{entry.userAgent}</Fact>}
        </Facts>
      </Part>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t border-line px-4 py-3.5">
      <h3 className="mb-2">{title}</h3>
      {children}
    </section>
  );
}
