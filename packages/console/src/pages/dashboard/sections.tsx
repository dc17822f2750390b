import { useLingui } from "@lingui/react/macro";
import type { RequestStats, StatsPoint } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { lazy } from "react";
import { loadPart } from "../../app/load-part.ts";
import { useCategories } from "../../app/use-categories.ts";
import { SkeletonRows } from "../../kit/banner.tsx";
import { Figure } from "./figure.tsx";
import { type CategoryOpen, MOST_AGENTS, oldestOf, TIME_ZONE, waits } from "./figures.ts";
import { shortSpan } from "./spans.ts";
import { weekNumber, weekSums } from "./weeks.ts";

// The charts are a file of their own, which the tables do not wait for.
const loadCharts = () => loadPart(() => import("./charts.tsx"));
const StackedBars = lazy(async () => ({ default: (await loadCharts()).StackedBars }));
const TwoLines = lazy(async () => ({ default: (await loadCharts()).TwoLines }));
const Ranges = lazy(async () => ({ default: (await loadCharts()).Ranges }));
const PairedBars = lazy(async () => ({ default: (await loadCharts()).PairedBars }));

export function OpenNow({ categories }: { categories: readonly CategoryOpen[] }) {
  const { t } = useLingui();
  const { nameOf } = useCategories();
  const total = ({ created, started, more }: CategoryOpen) =>
    `${created + started}${more ? "+" : ""}`;
  const fresh = t({ context: "figures", message: "New" });
  const started = t({ context: "figures", message: "In progress" });
  return (
    <Figure
      title={t`Open now`}
      of={t`by category and status`}
      legend={[
        { key: "1", name: fresh },
        { key: "2", name: started },
      ]}
      chart={
        <StackedBars
          rows={categories.map((one) => ({
            name: nameOf(one.slug),
            created: one.created,
            started: one.started,
            total: total(one),
          }))}
          first={{ key: "created", name: fresh }}
          second={{ key: "started", name: started }}
        />
      }
      rows={categories}
      rowKey={({ slug }) => slug}
      columns={[
        { name: t`Category`, value: ({ slug }) => nameOf(slug) },
        { name: fresh, value: (one) => one.created },
        { name: started, value: (one) => one.started },
        { name: t({ context: "figures", message: "Open" }), value: total },
      ]}
    />
  );
}

export function Flow({ series }: { series: readonly StatsPoint[] }) {
  const { t, i18n } = useLingui();
  const day = new Intl.DateTimeFormat(i18n.locale, {
    day: "numeric",
    month: "short",
    timeZone: "UTC",
  });
  const words = (date: string) => day.format(new Date(`${date}T00:00:00Z`));
  const sign = new Intl.NumberFormat(i18n.locale, { signDisplay: "exceptZero" });
  return (
    <Figure
      title={t`Created and closed`}
      of={t`per day, ${TIME_ZONE}`}
      legend={[
        { key: "line", name: t({ context: "figures", message: "Created" }) },
        { key: "dashes", name: t({ context: "figures", message: "Closed" }) },
      ]}
      chart={
        <TwoLines
          points={series.map(({ date, created, closed }) => ({
            name: words(date),
            created,
            closed,
          }))}
          first={{ key: "created", name: t({ context: "figures", message: "Created" }) }}
          second={{ key: "closed", name: t({ context: "figures", message: "Closed" }) }}
        />
      }
      rows={weekSums(series)}
      rowKey={({ monday }) => monday}
      columns={[
        { name: t`Week from`, value: ({ monday }) => words(monday) },
        { name: t({ context: "figures", message: "Created" }), value: ({ created }) => created },
        { name: t({ context: "figures", message: "Closed" }), value: ({ closed }) => closed },
        { name: t`Change`, value: ({ created, closed }) => sign.format(created - closed) },
      ]}
    />
  );
}

export function Waits() {
  const { t, i18n } = useLingui();
  const { data: weeks } = useQuery(waits());
  if (weeks === undefined) return <SkeletonRows label={t`Loading the figures`} rows={6} />;
  const span = (seconds: number | null) => shortSpan(seconds, i18n.locale);
  const shown = [...weeks].reverse();
  const rows = (which: "start" | "close") =>
    shown.map((week) => ({ name: String(weekNumber(week.monday)), ...week[which] }));
  return (
    <Figure
      title={t`Time to start and close`}
      of={t`by week of filing`}
      legend={[
        { key: "dot", name: t`median` },
        { key: "stroke", name: t`90th percentile` },
      ]}
      chart={
        <div className="grid gap-4 tablet:grid-cols-2">
          <Ranges title={t`Until started`} rows={rows("start")} format={span} />
          <Ranges title={t`Until closed`} rows={rows("close")} format={span} />
        </div>
      }
      rows={weeks}
      rowKey={({ monday }) => monday}
      columns={[
        { name: t`Week`, value: ({ monday }) => weekNumber(monday) },
        {
          name: t({ context: "figures", message: "Start" }),
          value: ({ start }) => span(start.p50),
        },
        { id: "start90", name: t`P90`, value: ({ start }) => span(start.p90) },
        {
          name: t({ context: "figures", message: "Close" }),
          value: ({ close }) => span(close.p50),
        },
        { id: "close90", name: t`P90`, value: ({ close }) => span(close.p90) },
      ]}
    />
  );
}

export function Load({
  stats,
  period,
  days,
}: {
  stats: RequestStats;
  period: RequestStats;
  days: number;
}) {
  const { t, i18n } = useLingui();
  const closed = new Map(period.byAssignee.map(({ assignee, count }) => [assignee?.id, count]));
  for (const { assignee, count } of period.open.byAssignee) {
    closed.set(assignee?.id, (closed.get(assignee?.id) ?? count) - count);
  }
  const open = new Map(stats.open.byAssignee.map(({ assignee, count }) => [assignee?.id, count]));
  const people = new Map(
    [...stats.open.byAssignee, ...period.byAssignee].flatMap(({ assignee }) =>
      assignee === null ? [] : [[assignee.id, assignee.fullName] as const],
    ),
  );
  const agents = [...people]
    .map(([id, name]) => ({ id, name, open: open.get(id) ?? 0, closed: closed.get(id) ?? 0 }))
    .sort((a, b) => b.open - a.open || b.closed - a.closed)
    .slice(0, MOST_AGENTS);
  const oldest = useQuery(oldestOf(agents.filter((one) => one.open > 0).map(({ id }) => id)));
  const age = (id: string) => {
    const filed = oldest.data?.get(id);
    return shortSpan(
      filed === undefined ? null : (Date.now() - Date.parse(filed)) / 1000,
      i18n.locale,
    );
  };
  if (agents.length === 0) return null;
  return (
    <Figure
      title={t`Agent workload`}
      of={t`open now, and closed of those filed in the last ${days} days`}
      legend={[
        { key: "1", name: t({ context: "figures", message: "Open" }) },
        { key: "4", name: t({ context: "figures", message: "Closed" }) },
      ]}
      chart={
        <PairedBars
          rows={agents}
          first={{ key: "open", name: t({ context: "figures", message: "Open" }) }}
          second={{ key: "closed", name: t({ context: "figures", message: "Closed" }) }}
        />
      }
      rows={agents}
      rowKey={({ id }) => id}
      columns={[
        { name: t`Agent`, value: ({ name }) => name },
        { name: t({ context: "figures", message: "Open" }), value: (one) => one.open },
        { name: t({ context: "figures", message: "Closed" }), value: (one) => one.closed },
        { name: t`Oldest`, value: ({ id }) => age(id) },
      ]}
    />
  );
}
