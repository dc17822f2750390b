import { useLingui } from "@lingui/react/macro";
import { ServiceFlowError, type ServiceRequest } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { queries } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { NotFound } from "../../app/not-found.tsx";
import { usePageTitle } from "../../app/page-title.ts";
import { isStaff, useMe } from "../../app/session.tsx";
import { useAppearance } from "../../app/use-appearance.ts";
import { SkeletonRows } from "../../kit/banner.tsx";
import { Sheet } from "../../kit/sheet.tsx";
import { Actions } from "../../requests/actions.tsx";
import { Composer } from "../../requests/composer.tsx";
import { Conversation } from "../../requests/conversation.tsx";
import { HereLine, HereNow } from "../../requests/here-now.tsx";
import { useMarkRead } from "../../requests/mark-read.ts";
import { Properties } from "../../requests/properties.tsx";
import { RequestStrip, RequestTitle } from "../../requests/request-head.tsx";
import { Story } from "../../requests/story.tsx";
import { useActions } from "../../requests/use-actions.tsx";
import { usePresence } from "../../requests/use-presence.ts";
import { RequestBar } from "./request-bar.tsx";
import { useWayBack } from "./way-back.ts";

const route = getRouteApi("/requests/$id");

/** One request in full: its conversation, and beside it what can be done and what it is. */
export function RequestPage() {
  const { t } = useLingui();
  const { id } = route.useParams();
  const { data: request, error, refetch } = useQuery(queries.requests.get(id));
  usePageTitle(request === undefined ? id : `${id} ${request.title}`);
  if (request !== undefined) return <Loaded key={request.id} request={request} />;
  if (error === null) {
    return (
      <>
        <h1 className="sr-only">{id}</h1>
        <SkeletonRows label={t`Loading ${id}`} />
      </>
    );
  }
  return ServiceFlowError.is(error) && error.code === "not_found" ? (
    <NotFound />
  ) : (
    <LoadFailure level={1} error={error} retry={() => void refetch()} />
  );
}

function Loaded({ request }: { request: ServiceRequest }) {
  const { t } = useLingui();
  const me = useMe();
  const { openNext } = useAppearance();
  const [sheetOpen, setSheetOpen] = useState(false);
  const way = useWayBack(request.id);
  const acts = useActions(request, () => {
    setSheetOpen(false);
    if (isStaff(me)) (openNext === "off" ? way.back : way.onwards)();
  });
  useMarkRead(request);
  const { people, writing } = usePresence(request.id);
  const aside = (
    <>
      <section aria-label={t`Actions`} className="p-4 pt-3.5">
        <Actions request={request} acts={acts} layout="column" />
      </section>
      <section aria-label={t`Properties`} className="border-t border-line p-4">
        <Properties request={request} edit={acts.edit} />
      </section>
      <HereNow request={request} people={people} />
    </>
  );
  return (
    <>
      <RequestBar request={request} way={way} onMore={() => setSheetOpen(true)} />
      {sheetOpen ? null : acts.notice}
      <div className="grid min-h-0 grow tablet:grid-cols-[minmax(0,1fr)_var(--side)] wide:grid-cols-[minmax(0,1fr)_320px]">
        <div className="grid min-h-0 min-w-0 grid-rows-[minmax(0,1fr)_auto]">
          <section
            data-scroll=""
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
            tabIndex={0}
            aria-label={t`Conversation`}
            className="min-h-0 overflow-y-auto focus-visible:outline-offset-[-2px]"
          >
            <article className="mx-auto grid max-w-195 gap-3 px-3.5 pt-3.5 pb-2 tablet:gap-4 tablet:px-7 tablet:pt-5">
              <RequestTitle
                request={request}
                level={1}
                end={<HereLine request={request} people={people} className="tablet:hidden" />}
              />
              {isStaff(me) ? null : <Story request={request} />}
              <RequestStrip request={request} />
              <Conversation request={request} startAtNew />
            </article>
          </section>
          <div className="border-line px-3.5 pt-2 pb-2.5 max-tablet:border-t tablet:px-7 tablet:pt-2.5 tablet:pb-4">
            <div className="mx-auto max-w-181">
              <Composer key={request.id} request={request} writing={writing} />
            </div>
          </div>
        </div>
        <aside
          aria-label={t`Actions and properties`}
          className="hidden min-h-0 overflow-y-auto border-l border-line tablet:block"
        >
          {aside}
        </aside>
      </div>
      <Sheet title={t`Actions and properties`} isOpen={sheetOpen} onOpenChange={setSheetOpen}>
        {acts.notice}
        {aside}
      </Sheet>
      {acts.dialogs}
    </>
  );
}
