import { Trans, useLingui } from "@lingui/react/macro";
import type { Webhook, WebhookWithSecret } from "@serviceflow/sdk";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, Plus } from "lucide-react";
import { useState } from "react";
import { Bar } from "../../app/bar.tsx";
import { queries } from "../../app/client.ts";
import { LiveMark } from "../../app/connection.tsx";
import { LoadFailure } from "../../app/failure.tsx";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { Empty, SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { cx } from "../../kit/cx.ts";
import { AdminOnly } from "../admin/admin-only.tsx";
import { MoreRows } from "../admin/work-region.tsx";
import { Deliveries } from "./deliveries.tsx";
import { DeliveryDetail } from "./delivery-detail.tsx";
import { CreateWebhook, RevealSecret } from "./endpoint-dialogs.tsx";
import { EndpointHead } from "./endpoint-head.tsx";
import { EndpointList } from "./endpoint-list.tsx";

const route = getRouteApi("/webhooks");

/** The endpoints, what was sent to each, and how each delivery went. */
export function WebhooksPage() {
  return (
    <AdminOnly>
      <Webhooks />
    </AdminOnly>
  );
}

function Webhooks() {
  const { t } = useLingui();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/webhooks" });
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState<WebhookWithSecret>();
  const list = useInfiniteQuery(queries.webhooks.infinite({ limit: 100 }));
  const webhooks = list.data?.pages.flatMap(({ items }) => items);
  const current =
    search.hook === undefined
      ? firstToSee(webhooks)
      : webhooks?.find(({ id }) => id === search.hook);
  useShortcuts([{ keys: "KeyN", label: t`Add a webhook`, run: () => setCreating(true) }]);
  return (
    <>
      <Bar
        title={t`Webhooks`}
        end={
          <>
            <LiveMark />
            <Button kind="primary" aria-label={t`Add a webhook`} onPress={() => setCreating(true)}>
              <Plus aria-hidden="true" className="size-4" />
              <span className="hidden tablet:inline">{t`Add a webhook`}</span>
            </Button>
          </>
        }
      />
      {webhooks === undefined ? (
        list.isError ? (
          <LoadFailure error={list.error} retry={() => void list.refetch()} />
        ) : (
          <SkeletonRows label={t`Loading webhooks`} />
        )
      ) : webhooks.length === 0 ? (
        <Empty
          title={t`There are no webhooks.`}
          acts={
            <Button onPress={() => setCreating(true)}>
              <Trans>Add a webhook</Trans>
            </Button>
          }
        >
          <Trans>A webhook tells another program what happens here, as it happens.</Trans>
        </Empty>
      ) : (
        <div className="grid min-h-0 grow grid-rows-[minmax(0,1fr)] tablet:grid-cols-[212px_minmax(0,1fr)] split:grid-cols-[200px_minmax(0,1fr)_300px] wide:grid-cols-[272px_minmax(0,1fr)_420px]">
          <nav
            aria-label={t`Webhooks`}
            className={cx(
              "min-h-0 overflow-auto border-line tablet:block tablet:border-r",
              search.hook !== undefined && "hidden",
            )}
          >
            <EndpointList webhooks={webhooks} here={current?.id} />
            <MoreRows
              more={list.hasNextPage}
              isLoading={list.isFetchingNextPage}
              onMore={() => void list.fetchNextPage()}
            />
          </nav>
          {current === undefined ? (
            <div>
              <Empty
                title={t`This webhook is no longer there.`}
                acts={
                  <Link to="/webhooks" className="text-accent underline">
                    <Trans>All webhooks</Trans>
                  </Link>
                }
              />
            </div>
          ) : (
            <>
              <div
                className={cx(
                  "min-h-0 min-w-0 flex-col split:flex",
                  search.delivery !== undefined
                    ? "hidden"
                    : search.hook === undefined
                      ? "hidden tablet:flex"
                      : "flex",
                )}
              >
                <Back to={{}} label={t`All webhooks`} />
                <EndpointHead
                  key={current.id}
                  webhook={current}
                  onSecret={setSecret}
                  onDeleted={() => void navigate({ search: {}, replace: true })}
                />
                <Deliveries
                  hook={current.id}
                  status={search.status}
                  here={search.delivery}
                  onStatus={(status) =>
                    void navigate({
                      search: { hook: current.id, ...(status === undefined ? {} : { status }) },
                    })
                  }
                />
              </div>
              <section
                aria-label={t`Delivery`}
                // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
                tabIndex={0}
                className={cx(
                  "min-h-0 min-w-0 overflow-auto border-line focus-visible:outline-offset-[-2px] split:block split:border-l",
                  search.delivery === undefined && "hidden",
                )}
              >
                {search.delivery === undefined ? (
                  <p className="px-4 py-3.5 text-ink-3">
                    <Trans>Choose a delivery to see its attempts and what it told.</Trans>
                  </p>
                ) : (
                  <>
                    <Back
                      to={{
                        hook: current.id,
                        ...(search.status === undefined ? {} : { status: search.status }),
                      }}
                      label={t`All deliveries`}
                      until="split"
                    />
                    <DeliveryDetail key={search.delivery} webhook={current} id={search.delivery} />
                  </>
                )}
              </section>
            </>
          )}
        </div>
      )}
      {secret !== undefined ? (
        <RevealSecret made={secret} onClose={() => setSecret(undefined)} />
      ) : creating ? (
        <CreateWebhook
          onMade={(made) => {
            setCreating(false);
            setSecret(made);
            void navigate({ search: { hook: made.id } });
          }}
          onClose={() => setCreating(false)}
        />
      ) : null}
    </>
  );
}

/** What needs a look, else the first. A window that shows one level at a time shows the list. */
function firstToSee(webhooks: readonly Webhook[] | undefined): Webhook | undefined {
  return webhooks?.find(({ failingSince }) => failingSince !== null) ?? webhooks?.[0];
}

/** One level up, where the window shows one level at a time. */
function Back({
  to,
  label,
  until = "tablet",
}: {
  to: ReturnType<typeof route.useSearch>;
  label: string;
  until?: "tablet" | "split";
}) {
  return (
    <Link
      to="/webhooks"
      search={to}
      className={cx(
        "flex items-center gap-1.5 border-b border-line px-4 py-2 text-ink-2",
        until === "tablet" ? "tablet:hidden" : "split:hidden",
      )}
    >
      <ArrowLeft aria-hidden="true" className="size-4" />
      {label}
    </Link>
  );
}
