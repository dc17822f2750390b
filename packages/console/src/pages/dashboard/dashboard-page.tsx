import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { ChevronDown } from "lucide-react";
import { Bar } from "../../app/bar.tsx";
import { LoadFailure, useFailureText } from "../../app/failure.tsx";
import { usePageTitle } from "../../app/page-title.ts";
import { Banner, Empty, SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Menu, MenuItem, MenuTrigger } from "../../kit/menu.tsx";
import { clock } from "../../kit/time-words.ts";
import { AdminOnly } from "../admin/admin-only.tsx";
import { PERIODS, type Period } from "./dashboard-search.ts";
import { figures as figuresOf } from "./figures.ts";
import { Flow, Load, OpenNow, Waits } from "./sections.tsx";
import { Summary } from "./summary.tsx";

const route = getRouteApi("/dashboard");

/** How the work goes: a sentence first, then figures, each with its table. */
export function DashboardPage() {
  return (
    <AdminOnly>
      <Dashboard />
    </AdminOnly>
  );
}

function Dashboard() {
  const { t, i18n } = useLingui();
  const { days = 30 } = route.useSearch();
  const failureText = useFailureText();
  const { data: figures, dataUpdatedAt, error, refetch } = useQuery(figuresOf(days));
  usePageTitle(t`Dashboard`);
  const at = clock(new Date(dataUpdatedAt).toISOString(), i18n.locale);
  const isEmpty =
    figures !== undefined && Object.values(figures.stats.byStatus).every((count) => count === 0);
  return (
    <>
      <Bar
        title={t`Dashboard`}
        end={
          <>
            {figures === undefined ? null : (
              <span className="inline-flex items-center gap-1.5 text-12 text-ink-3">
                <span aria-hidden="true" className="size-1.5 rounded-full bg-good" />
                <Trans>As of {at}</Trans>
              </span>
            )}
            <PeriodPicker days={days} />
          </>
        }
      />
      {error === null || figures === undefined ? null : (
        <Banner
          kind="bad"
          act={
            <Button size="sm" onPress={() => void refetch()}>
              <Trans>Try again</Trans>
            </Button>
          }
        >
          <Trans>The figures are of {at}.</Trans> {failureText(error)}
        </Banner>
      )}
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
        tabIndex={0}
        aria-label={t`Figures`}
        className="min-h-0 grow overflow-y-auto focus-visible:outline-offset-[-2px]"
      >
        {figures === undefined ? (
          error === null ? (
            <SkeletonRows label={t`Loading the figures`} />
          ) : (
            <LoadFailure
              title={t`The figures didn’t load.`}
              error={error}
              retry={() => void refetch()}
            />
          )
        ) : isEmpty ? (
          <Empty title={t`No requests yet.`}>
            <Trans>Figures appear here with the first one that is filed.</Trans>
          </Empty>
        ) : (
          <div className="grid max-w-310 grid-cols-[minmax(0,1fr)] content-start gap-x-10 px-4 pt-5 pb-8 tablet:px-6 wide:max-w-none wide:grid-cols-2 wide:*:first:col-span-2">
            <Summary figures={figures} days={days} />
            <OpenNow categories={figures.categories} />
            <Flow series={figures.series} />
            <Waits />
            <Load stats={figures.stats} period={figures.period} days={days} />
          </div>
        )}
      </section>
    </>
  );
}

function PeriodPicker({ days }: { days: Period }) {
  const { t } = useLingui();
  const navigate = useNavigate({ from: "/dashboard" });
  const words = (period: number) => t`Last ${period} days`;
  return (
    <MenuTrigger>
      <Button>
        {words(days)}
        <ChevronDown aria-hidden="true" className="size-3.5" />
      </Button>
      <Menu
        aria-label={t`Period`}
        placement="bottom end"
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[String(days)]}
        onSelectionChange={(keys) => {
          const to = Number([...keys][0]) as Period;
          void navigate({ search: to === 30 ? {} : { days: to } });
        }}
      >
        {PERIODS.map((period) => (
          <MenuItem key={period} id={String(period)}>
            {words(period)}
          </MenuItem>
        ))}
      </Menu>
    </MenuTrigger>
  );
}
