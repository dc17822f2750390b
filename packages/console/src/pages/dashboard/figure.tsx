import { type ReactNode, Suspense, useId } from "react";
import { cx } from "../../kit/cx.ts";

export type Key = "1" | "2" | "4" | "line" | "dashes" | "dot" | "stroke";

export interface Column<Row> {
  /** Where two have the same name. */
  id?: string;
  name: string;
  value: (row: Row) => ReactNode;
}

/** A chart, what tells its series apart, and the table that says the same. */
export function Figure<Row>({
  title,
  of,
  legend,
  chart,
  rows,
  rowKey,
  columns,
}: {
  title: string;
  /** By what, over which time. */
  of: string;
  legend: readonly { key: Key; name: string }[];
  chart: ReactNode;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** The first one names the row. */
  columns: readonly [Column<Row>, ...Column<Row>[]];
}) {
  const titleId = useId();
  const [first, ...others] = columns;
  return (
    <section
      aria-labelledby={titleId}
      className="grid gap-x-8 gap-y-3 border-t border-line pt-4 pb-4.5 dash:grid-cols-[minmax(0,1fr)_348px]"
    >
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1 dash:col-span-2">
        <h2 id={titleId} className="text-14 font-semibold">
          {title}
        </h2>
        <span className="text-12 text-ink-3">{of}</span>
        <ul className="ml-auto flex flex-wrap gap-3.5 text-12 text-ink-2">
          {legend.map(({ key, name }) => (
            <li key={name} className="flex items-center gap-1.5">
              <Swatch of={key} />
              {name}
            </li>
          ))}
        </ul>
      </div>
      <Suspense fallback={<div className="h-45" />}>{chart}</Suspense>
      <div
        role="group"
        aria-labelledby={titleId}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
        tabIndex={0}
        className="min-w-0 overflow-x-auto focus-visible:outline-offset-[-2px]"
      >
        <table aria-labelledby={titleId} className="w-full border-collapse text-12">
          <thead>
            <tr>
              {columns.map(({ name, id = name }, index) => (
                <th key={id} scope="col" className={cx(head, index > 0 && "text-right")}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={rowKey(row)} className="border-line not-last:border-b hover:bg-hover">
                <th scope="row" className="h-6.5 px-2 text-left font-normal">
                  {first.value(row)}
                </th>
                {others.map(({ name, id = name, value }) => (
                  <td key={id} className="h-6.5 px-2 text-right whitespace-nowrap">
                    {value(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const head = "h-6.5 border-b border-line px-2 text-left font-medium whitespace-nowrap text-ink-3";

/** How a series looks, by lightness, dash or shape. */
function Swatch({ of }: { of: Key }) {
  return (
    <svg viewBox="0 0 14 10" aria-hidden="true" className="h-2.5 w-3.5">
      {of === "line" ? (
        <path d="M0 5h14" stroke="var(--color-chart-1)" strokeWidth="2" />
      ) : of === "dashes" ? (
        <path d="M0 5h14" stroke="var(--color-chart-3)" strokeWidth="2" strokeDasharray="5 4" />
      ) : of === "dot" ? (
        <circle cx="7" cy="5" r="4.5" fill="var(--color-chart-1)" />
      ) : of === "stroke" ? (
        <rect x="5.5" width="3" height="10" fill="var(--color-chart-4)" />
      ) : (
        <rect width="14" height="10" rx="1" fill={`var(--color-chart-${of})`} />
      )}
    </svg>
  );
}
