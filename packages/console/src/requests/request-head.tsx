import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequest } from "@serviceflow/sdk";
import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { useMe } from "../app/session.tsx";
import { useShortcuts } from "../app/shortcuts.tsx";
import { PRIORITY_WORDS, STATUS_WORDS } from "../app/terms.ts";
import { Button } from "../kit/button.tsx";
import { PersonGlyph, PriorityGlyph, StatusGlyph } from "../kit/glyphs.tsx";
import { Time } from "../kit/time.tsx";
import { toast } from "../kit/toast.tsx";
import { CategoryName } from "./category-name.tsx";
import { PersonName } from "./person-name.tsx";

/** The id and the title. */
export function RequestTitle({
  request,
  level,
  end,
}: {
  request: ServiceRequest;
  level: 1 | 2;
  /** Beside the id, at the right. */
  end?: ReactNode;
}) {
  const { t } = useLingui();
  const Heading = level === 1 ? "h1" : "h2";
  const { id, title } = request;
  const copy = () =>
    navigator.clipboard.writeText(id).then(
      () => toast(t`${id} is copied.`),
      () => toast(t`The browser did not allow copying.`),
    );
  useShortcuts([{ keys: "KeyY", label: t`Copy the id`, run: () => void copy() }]);
  return (
    <div>
      <div className="flex items-center gap-1 text-12 whitespace-nowrap text-ink-3">
        {id}
        <Button kind="quiet" size="sm" icon aria-label={t`Copy ${id}`} onPress={() => void copy()}>
          <Copy aria-hidden="true" className="size-4" />
        </Button>
        {end}
      </div>
      <Heading className="text-20 font-semibold tracking-[-.006em] text-pretty wrap-anywhere">
        {title}
      </Heading>
    </div>
  );
}

/** A request in one sentence. */
export function RequestSentence({ request }: { request: ServiceRequest }) {
  const { t, i18n } = useLingui();
  const { status, priority, assignee, requester } = request;
  const urgency = i18n._(PRIORITY_WORDS[priority]);
  const name = <PersonName person={requester} />;
  const filed = <Time iso={request.createdAt} form="words" />;
  return (
    <p className="text-pretty text-ink-2">
      {status === "NEW" ? <PriorityGlyph priority={priority} /> : <StatusGlyph status={status} />}{" "}
      {urgency}, <CategoryName slug={request.category} />.{" "}
      <Trans>
        Filed {filed} by {name}.
      </Trans>{" "}
      {status === "DONE" || status === "CANCELED"
        ? `${i18n._(STATUS_WORDS[status])}.`
        : assignee === null
          ? t`Nobody has taken it.`
          : t`Assignee: ${assignee.fullName}.`}
    </p>
  );
}

/** On a phone, where the properties have no room: what one needs at a glance. */
export function RequestStrip({ request }: { request: ServiceRequest }) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const { status, priority, assignee } = request;
  const tag = "inline-flex min-w-0 items-center gap-1.5";
  return (
    <div className="flex flex-wrap gap-x-3.5 gap-y-1 border-y border-line py-2 text-12 text-ink-2 tablet:hidden">
      <span className={tag}>
        <StatusGlyph status={status} />
        {i18n._(STATUS_WORDS[status])}
      </span>
      <span className={tag}>
        <PriorityGlyph priority={priority} />
        {i18n._(PRIORITY_WORDS[priority])}
      </span>
      <span className={tag}>
        <PersonGlyph name={assignee?.fullName ?? null} mine={assignee?.id === me.id} />
        <span className="cut">
          {assignee === null ? t`Nobody` : assignee.id === me.id ? t`You` : assignee.fullName}
        </span>
      </span>
      <span className={tag}>
        <CategoryName slug={request.category} />
      </span>
    </div>
  );
}
