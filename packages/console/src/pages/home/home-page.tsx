import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import type { RequestFilters } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { queries } from "../../app/client.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { capped } from "../../app/views.ts";
import { Empty } from "../../kit/banner.tsx";
import { Tabs } from "../../kit/tabs.tsx";
import { toast } from "../../kit/toast.tsx";
import { ProgressHead } from "../../requests/progress.tsx";
import { RequestForm } from "../../requests/request-form.tsx";
import { MyRequests } from "./my-requests.tsx";

const route = getRouteApi("/home");

const OPEN: RequestFilters = { requester: "me", status: ["NEW", "IN_PROGRESS"] };
const CLOSED: RequestFilters = { requester: "me", status: ["DONE", "CANCELED"] };
const PAGE = 20;
const RECENT = 3;

/** An employee's page: ask at the left, what became of it at the right. */
export function HomePage() {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { show } = route.useSearch();
  const counts = useQuery(queries.requests.counts({ open: OPEN, closed: CLOSED }));
  usePageTitle(t`My requests`);
  return (
    <div data-scroll="" className="min-h-0 grow overflow-y-auto">
      <div className="mx-auto grid min-h-full w-full max-w-310 max-tablet:content-start tablet:grid-cols-[minmax(0,440px)_minmax(0,1fr)]">
        <section
          aria-labelledby="ask"
          className="order-2 grid content-start gap-4 border-line px-4 py-5 max-tablet:border-t-8 max-tablet:border-ground tablet:order-1 tablet:border-r tablet:py-8 tablet:pr-8 tablet:pl-6"
        >
          <h1 id="ask" className="scroll-mt-4 text-28 tracking-[-.012em]">
            <Trans>What do you need?</Trans>
          </h1>
          <RequestForm
            onFiled={({ id }) =>
              toast(t`${id} is filed.`, {
                label: t`Open`,
                onPress: () => void navigate({ to: "/requests/$id", params: { id } }),
              })
            }
          />
        </section>
        <section
          aria-labelledby="mine"
          className="order-1 min-w-0 px-4 py-5 tablet:order-2 tablet:py-8 tablet:pr-6 tablet:pl-8"
        >
          <header className="flex h-8.5 items-center gap-4.5 border-b border-line">
            <h2 id="mine" className="text-16 whitespace-nowrap">
              <Trans>My requests</Trans>
            </h2>
            <Tabs
              label={t`Which of my requests`}
              current={show ?? "open"}
              tabs={[
                {
                  id: "open",
                  label: t({ message: "Open", context: "requests" }),
                  count: capped(counts.data?.open),
                  link: { to: "/home", search: {} },
                },
                {
                  id: "closed",
                  label: t({ message: "Closed", context: "requests" }),
                  count: capped(counts.data?.closed),
                  link: { to: "/home", search: { show: "closed" } },
                },
              ]}
            />
            <span className="ml-auto hidden split:block">
              <ProgressHead />
            </span>
          </header>
          {show === "closed" ? (
            <MyRequests
              key="closed"
              label={t`Closed requests`}
              filter={{ ...CLOSED, limit: PAGE }}
              origin={{
                title: msg`My requests`,
                part: msg({ message: "Closed", context: "requests" }),
                search: { show },
              }}
              empty={
                <Empty title={t`Nothing is closed yet.`}>
                  <Trans>What is done or canceled appears here.</Trans>
                </Empty>
              }
            />
          ) : (
            <>
              <MyRequests
                key="open"
                label={t`Open requests`}
                filter={{ ...OPEN, limit: PAGE }}
                origin={{ title: msg`My requests`, part: undefined, search: {} }}
                empty={
                  <Empty
                    title={
                      counts.data?.closed.count === 0 ? t`No requests yet` : t`No open requests`
                    }
                  >
                    <Trans>
                      File one, and you will see here who takes it and what they answer.
                    </Trans>
                  </Empty>
                }
              />
              {(counts.data?.closed.count ?? 0) === 0 ? null : (
                <section aria-labelledby="recent" className="pt-7">
                  <h2 id="recent" className="flex h-8.5 items-start border-b border-line text-16">
                    <Trans>Recently closed</Trans>
                  </h2>
                  <MyRequests
                    label={t`Recently closed`}
                    filter={{ ...CLOSED, limit: RECENT }}
                    onlyFirst
                    empty={null}
                  />
                </section>
              )}
            </>
          )}
        </section>
      </div>
    </div>
  );
}
