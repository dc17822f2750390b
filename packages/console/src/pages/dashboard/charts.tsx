import type { ReactNode } from "react";
import {
  Bar,
  BarChart,
  CartesianGrid,
  LabelList,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { spanTicks } from "./spans.ts";

const TICK = { fontSize: 11, fill: "var(--color-ink-3)" };
const NAME_TICK = { fontSize: 11, fill: "var(--color-ink-2)" };
const AXIS = { tickLine: false, axisLine: false } as const;
const STILL = { isAnimationActive: false } as const;
const BAR = 20;

/** What a chart shows under the pointer. Each has a table beside it, which says the same to everybody. */
function Tip({
  active,
  label,
  payload,
}: {
  active?: boolean;
  label?: ReactNode;
  payload?: readonly { name?: ReactNode; value?: ReactNode; dataKey?: unknown }[];
}) {
  if (active !== true || payload === undefined || payload.length === 0) return null;
  return (
    <div className="rounded-4 bg-ink px-2 py-1 text-12 text-sheet shadow-pop">
      <b>{label}</b>
      {payload.map(({ name, value, dataKey }) => (
        <div key={String(dataKey)}>
          {name}: {value}
        </div>
      ))}
    </div>
  );
}
const tip = <Tooltip {...STILL} cursor={{ fill: "var(--color-hover)" }} content={<Tip />} />;

function Frame({ height, children }: { height: number; children: ReactNode }) {
  return (
    <div aria-hidden="true" className="min-w-0">
      <ResponsiveContainer width="100%" height={height} initialDimension={{ width: 640, height }}>
        {children}
      </ResponsiveContainer>
    </div>
  );
}

interface Series {
  name: string;
  key: string;
}

/** One bar a row, of two parts told apart by lightness. */
export function StackedBars({
  rows,
  first,
  second,
}: {
  rows: readonly { name: string; total: string; [key: string]: string | number }[];
  first: Series;
  second: Series;
}) {
  return (
    <Frame height={rows.length * 28 + 36}>
      <BarChart
        data={[...rows]}
        layout="vertical"
        accessibilityLayer={false}
        margin={{ right: 44 }}
      >
        <CartesianGrid horizontal={false} stroke="var(--color-chart-grid)" />
        <XAxis type="number" allowDecimals={false} tick={TICK} {...AXIS} />
        <YAxis type="category" dataKey="name" width={104} tick={NAME_TICK} {...AXIS} />
        {tip}
        <Bar
          {...STILL}
          dataKey={first.key}
          name={first.name}
          stackId="all"
          barSize={BAR}
          fill="var(--color-chart-1)"
          stroke="var(--color-sheet)"
        />
        <Bar
          {...STILL}
          dataKey={second.key}
          name={second.name}
          stackId="all"
          barSize={BAR}
          fill="var(--color-chart-2)"
          stroke="var(--color-sheet)"
        >
          <LabelList
            dataKey="total"
            position="right"
            fontSize={11}
            fontWeight={500}
            fill="var(--color-ink)"
          />
        </Bar>
      </BarChart>
    </Frame>
  );
}

/** Two bars a row, told apart by lightness and width. */
export function PairedBars({
  rows,
  first,
  second,
}: {
  rows: readonly { name: string; [key: string]: string | number }[];
  first: Series;
  second: Series;
}) {
  return (
    <Frame height={rows.length * 30 + 36}>
      <BarChart
        data={[...rows]}
        layout="vertical"
        accessibilityLayer={false}
        margin={{ right: 12 }}
        barGap={1}
      >
        <CartesianGrid horizontal={false} stroke="var(--color-chart-grid)" />
        <XAxis type="number" allowDecimals={false} tick={TICK} {...AXIS} />
        <YAxis type="category" dataKey="name" width={128} tick={NAME_TICK} {...AXIS} />
        {tip}
        <Bar
          {...STILL}
          dataKey={first.key}
          name={first.name}
          barSize={11}
          radius={1}
          fill="var(--color-chart-1)"
        />
        <Bar
          {...STILL}
          dataKey={second.key}
          name={second.name}
          barSize={7}
          radius={1}
          fill="var(--color-chart-4)"
        />
      </BarChart>
    </Frame>
  );
}

/** Two lines over time, of which the second is dashed. */
export function TwoLines({
  points,
  first,
  second,
}: {
  points: readonly { name: string; [key: string]: string | number }[];
  first: Series;
  second: Series;
}) {
  return (
    <Frame height={180}>
      <LineChart data={[...points]} accessibilityLayer={false} margin={{ top: 6, right: 8 }}>
        <CartesianGrid vertical={false} stroke="var(--color-chart-grid)" />
        <XAxis dataKey="name" tick={TICK} {...AXIS} minTickGap={48} />
        <YAxis width={44} allowDecimals={false} tick={TICK} {...AXIS} />
        <Tooltip {...STILL} cursor={{ stroke: "var(--color-thread)" }} content={<Tip />} />
        <Line
          {...STILL}
          dataKey={first.key}
          name={first.name}
          dot={false}
          stroke="var(--color-chart-1)"
          strokeWidth={2}
        />
        <Line
          {...STILL}
          dataKey={second.key}
          name={second.name}
          dot={false}
          stroke="var(--color-chart-3)"
          strokeWidth={2}
          strokeDasharray="5 4"
        />
      </LineChart>
    </Frame>
  );
}

/** From the median, a dot, to the 90th percentile, a stroke. Values are in seconds. */
export function Ranges({
  title,
  rows,
  format,
}: {
  title: string;
  rows: readonly { name: string; p50: number | null; p90: number | null }[];
  format: (seconds: number) => string;
}) {
  const ticks = spanTicks(Math.max(0, ...rows.map(({ p90 }) => p90 ?? 0)));
  return (
    <div className="min-w-0">
      <div aria-hidden="true" className="pl-10 text-11 text-ink-2">
        {title}
      </div>
      <Frame height={rows.length * 23 + 30}>
        <BarChart
          data={[...rows]}
          layout="vertical"
          accessibilityLayer={false}
          margin={{ right: 12 }}
        >
          <CartesianGrid horizontal={false} stroke="var(--color-chart-grid)" />
          <XAxis
            type="number"
            tick={TICK}
            {...AXIS}
            ticks={ticks}
            domain={[0, ticks.at(-1) ?? 0]}
            tickFormatter={(seconds: number) => (seconds === 0 ? "0" : format(seconds))}
          />
          <YAxis type="category" dataKey="name" width={40} tick={TICK} {...AXIS} />
          <Bar {...STILL} dataKey="p90" shape={range} />
        </BarChart>
      </Frame>
    </div>
  );
}

/** Drawn in the place of a bar, whose width stands for the 90th percentile. */
function range(props: unknown) {
  const { x, y, width, height, p50, p90 } = props as Record<string, number>;
  if (x === undefined || y === undefined || width === undefined || !p90) return <g />;
  const middle = y + (height ?? 0) / 2;
  const end = x + width;
  const median = x + (width * Math.min(p50 ?? 0, p90)) / p90;
  return (
    <g>
      <path d={`M${median} ${middle}H${end}`} stroke="var(--color-thread)" strokeWidth="1.5" />
      <rect x={end - 1.5} y={middle - 5} width="3" height="10" fill="var(--color-chart-4)" />
      <circle cx={median} cy={middle} r="4.5" fill="var(--color-chart-1)" />
    </g>
  );
}
