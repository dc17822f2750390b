import { Trans, useLingui } from "@lingui/react/macro";
import { ServiceFlowError } from "@serviceflow/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { ArrowLeft, MailOpen } from "lucide-react";
import { mutations, queries } from "../../app/client.ts";
import { LiveMark } from "../../app/connection.tsx";
import { LoadFailure } from "../../app/failure.tsx";
import { NotFound } from "../../app/not-found.tsx";
import { isStaff, useMe } from "../../app/session.tsx";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Actions } from "../../requests/actions.tsx";
import { Composer } from "../../requests/composer.tsx";
import { Conversation } from "../../requests/conversation.tsx";
import { useMarkRead } from "../../requests/mark-read.ts";
import { Properties } from "../../requests/properties.tsx";
import { RequestSentence, RequestTitle } from "../../requests/request-head.tsx";

const route = getRouteApi("/requests/$id");

/** One request in full: its conversation, and beside it what can be done and what it is. */
export function RequestPage() {
  const { t } = useLingui();
  const { id } = route.useParams();
  const me = useMe();
  const router = useRouter();
  const { data: request, error, refetch } = useQuery(queries.requests.get(id));
  const markUnread = useMutation(mutations.requests.markUnread());
  useMarkRead(request);
  const back = () => router.history.back();
  useShortcuts([{ keys: "Escape", label: t`Back`, run: back }]);
  if (request === undefined) {
    if (error === null) return <SkeletonRows label={t`Loading ${id}`} />;
    return ServiceFlowError.is(error) && error.code === "not_found" ? (
      <NotFound />
    ) : (
      <LoadFailure error={error} retry={() => void refetch()} />
    );
  }
  const staff = isStaff(me);
  return (
    <>
      <header className="flex h-(--bar) shrink-0 items-center gap-2 border-b border-line px-4">
        <Button kind="quiet" size="sm" icon aria-label={t`Back`} onPress={back}>
          <ArrowLeft aria-hidden="true" className="size-4" />
        </Button>
        <Link to={staff ? "/inbox" : "/home"} className="text-ink-2 hover:text-ink">
          {staff ? <Trans>Inbox</Trans> : <Trans>My requests</Trans>}
        </Link>
        <div className="ml-auto flex items-center gap-2">
          <LiveMark />
          <Button
            kind="quiet"
            size="sm"
            icon
            aria-label={t`Mark as unread`}
            onPress={() => markUnread.mutate({ id }, { onSuccess: back })}
          >
            <MailOpen aria-hidden="true" className="size-4" />
          </Button>
        </div>
      </header>
      <div className="grid min-h-0 grow split:grid-cols-[minmax(0,1fr)_var(--side)] wide:grid-cols-[minmax(0,1fr)_320px]">
        <div className="grid min-h-0 min-w-0 grid-rows-[minmax(0,1fr)_auto]">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
          <section tabIndex={0} aria-label={t`Conversation`} className="min-h-0 overflow-y-auto">
            <article className="mx-auto grid max-w-195 gap-4 px-4 pt-5 pb-2 tablet:px-7">
              <RequestTitle request={request} level={1} />
              <div className="grid gap-3 split:hidden">
                <RequestSentence request={request} />
                <Actions request={request} layout="row" />
              </div>
              <Conversation request={request} />
            </article>
          </section>
          <div className="px-4 pt-2.5 pb-4 tablet:px-7">
            <div className="mx-auto max-w-181">
              <Composer request={request} />
            </div>
          </div>
        </div>
        <aside
          aria-label={t`Actions and properties`}
          className="hidden min-h-0 overflow-y-auto border-l border-line split:block"
        >
          <section aria-label={t`Actions`} className="p-4 pt-3.5">
            <Actions request={request} layout="column" onFinished={staff ? back : undefined} />
          </section>
          <section aria-label={t`Properties`} className="border-t border-line p-4">
            <Properties request={request} />
          </section>
        </aside>
      </div>
    </>
  );
}
