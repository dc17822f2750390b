import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequest } from "@serviceflow/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { mutations, queries } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { useHere } from "../../app/here.ts";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { useAppearance } from "../../app/use-appearance.ts";
import { SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { toast } from "../../kit/toast.tsx";
import { Actions } from "../../requests/actions.tsx";
import { Composer } from "../../requests/composer.tsx";
import { Conversation } from "../../requests/conversation.tsx";
import { HereLine } from "../../requests/here-now.tsx";
import { useMarkRead } from "../../requests/mark-read.ts";
import { Properties } from "../../requests/properties.tsx";
import { RequestSentence, RequestTitle } from "../../requests/request-head.tsx";
import { useActions } from "../../requests/use-actions.tsx";
import { usePresence } from "../../requests/use-presence.ts";

/** The request that one is on, beside the list. */
export function RequestPreview({
  id,
  ...ways
}: {
  id: string;
  onOpen: () => void;
  onNext: () => void;
}) {
  const { t } = useLingui();
  const { data: request, error, refetch } = useQuery(queries.requests.get(id));
  if (request !== undefined) return <Loaded key={id} request={request} {...ways} />;
  return error === null ? (
    <SkeletonRows label={t`Loading ${id}`} rows={8} />
  ) : (
    <LoadFailure error={error} retry={() => void refetch()} />
  );
}

function Loaded({
  request,
  onOpen,
  onNext,
}: {
  request: ServiceRequest;
  onOpen: () => void;
  onNext: () => void;
}) {
  const { t } = useLingui();
  const { openNext } = useAppearance();
  const acts = useActions(request, openNext === "off" ? undefined : onNext);
  const leaveUnread = useMarkRead(request);
  const markUnread = useMutation(mutations.requests.markUnread());
  const { id } = request;
  const unread = () => {
    leaveUnread();
    markUnread.mutate({ id }, { onSuccess: () => toast(t`${id} is unread.`) });
  };
  useShortcuts([{ keys: "KeyU", label: t`Mark as unread`, run: unread }]);
  useHere(id, [{ id: "unread", label: t`Mark as unread`, keys: "U", run: unread }]);
  const { people, writing } = usePresence(request.id);
  return (
    <div className="grid h-full min-h-0 grid-rows-[auto_minmax(0,1fr)_auto]">
      <div>{acts.notice}</div>
      <section
        data-scroll=""
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
        tabIndex={0}
        aria-label={request.id}
        className="min-h-0 overflow-y-auto focus-visible:outline-offset-[-2px]"
      >
        <div className="min-h-full @920:grid @920:grid-cols-[minmax(0,820px)_var(--side)] @920:gap-6">
          <article className="grid max-w-205 content-start gap-3.5 px-6 pt-4 pb-5">
            <RequestTitle
              request={request}
              level={2}
              end={<HereLine request={request} people={people} />}
            />
            <RequestSentence request={request} />
            <div className="flex flex-wrap items-center gap-1.5">
              <Actions request={request} acts={acts} layout="row" />
              <Button kind="quiet" keys="Enter" onPress={onOpen}>
                <Trans>Open</Trans>
              </Button>
            </div>
            <Conversation request={request} />
          </article>
          <section
            aria-label={t`Properties`}
            className="hidden border-l border-line p-4 @920:block"
          >
            <Properties request={request} edit={acts.edit} />
          </section>
        </div>
      </section>
      <div className="border-t border-line px-6 py-3 *:max-w-193">
        <Composer key={request.id} request={request} writing={writing} />
      </div>
      {acts.dialogs}
    </div>
  );
}
