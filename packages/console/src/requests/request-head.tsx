import { Trans, useLingui } from "@lingui/react/macro";
import { categoryName, type ServiceRequest } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { queries } from "../app/client.ts";
import { PRIORITY_WORDS, STATUS_WORDS } from "../app/terms.ts";
import { Button } from "../kit/button.tsx";
import { PriorityGlyph, StatusGlyph } from "../kit/glyphs.tsx";
import { Time } from "../kit/time.tsx";
import { toast } from "../kit/toast.tsx";

/** The id and the title. */
export function RequestTitle({ request, level }: { request: ServiceRequest; level: 1 | 2 }) {
  const { t } = useLingui();
  const Heading = level === 1 ? "h1" : "h2";
  const { id, title } = request;
  const copy = () =>
    navigator.clipboard.writeText(id).then(
      () => toast(t`${id} is copied.`),
      () => toast(t`The browser did not allow copying.`),
    );
  return (
    <div>
      <div className="flex items-center gap-2 text-12 text-ink-3">
        {id}
        <Button kind="quiet" size="sm" icon aria-label={t`Copy ${id}`} onPress={() => void copy()}>
          <Copy aria-hidden="true" className="size-4" />
        </Button>
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
  const categories = useQuery(queries.categories.list());
  const { status, priority, assignee, requester } = request;
  const found = categories.data?.items.find(({ slug }) => slug === request.category);
  const category = found === undefined ? request.category : categoryName(found, i18n.locale);
  const urgency = i18n._(PRIORITY_WORDS[priority]);
  const filed = <Time iso={request.createdAt} form="words" />;
  return (
    <p className="text-pretty text-ink-2">
      {status === "NEW" ? <PriorityGlyph priority={priority} /> : <StatusGlyph status={status} />}{" "}
      {urgency}, {category}.{" "}
      <Trans>
        Filed {filed} by {requester.fullName}.
      </Trans>{" "}
      {status === "DONE" || status === "CANCELED"
        ? `${i18n._(STATUS_WORDS[status])}.`
        : assignee === null
          ? t`Nobody has taken it.`
          : t`Assignee: ${assignee.fullName}.`}
    </p>
  );
}
