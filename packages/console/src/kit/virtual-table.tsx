import { Fragment, memo, type ReactNode, type Ref } from "react";
import { usePhone, useVirtualRows } from "./virtual-rows.ts";

/** What a row of the table needs to be found in it. */
export interface VirtualRow {
  ref: Ref<HTMLTableRowElement>;
  "data-index": number;
  "aria-rowindex": number;
}

/** A table of any length, of which only the rows in sight are in the page. Its columns keep their widths. */
export function VirtualTable<Item>({
  label,
  head,
  rows,
  start = 0,
  count = start + rows.length,
  more,
  idOf,
  onShow,
  children,
}: {
  label: string;
  head: ReactNode;
  rows: readonly Item[];
  /** How many come before `rows` without being loaded. */
  start?: number;
  /** How many rows there are with those that are not loaded. */
  count?: number;
  /** Whether it is unknown how many there are. */
  more: boolean;
  idOf: (item: Item) => string;
  onShow?: ((from: number, to: number) => void) | undefined;
  children: (item: Item, row: VirtualRow) => ReactNode;
}) {
  const isPhone = usePhone();
  const { list, measure, items, rest, onFocus } = useVirtualRows<HTMLTableSectionElement>({
    name: label,
    count,
    height: isPhone ? 61 : 32,
    onShow,
  });
  return (
    <div className="@container">
      <table
        aria-label={label}
        aria-rowcount={more ? -1 : count + 1}
        className="w-full table-fixed border-collapse [&_tr>:last-child]:pr-[max(.75rem,100cqw-90rem)]"
      >
        <thead>
          <tr aria-rowindex={1}>{head}</tr>
        </thead>
        <tbody ref={list} onFocus={onFocus}>
          {items.map(({ index, gap }) => {
            const item = rows[index - start];
            return (
              <Fragment key={item === undefined ? index : idOf(item)}>
                {gap > 0 ? <Gap height={gap} /> : null}
                {item === undefined ? (
                  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row that only fills takes no focus
                  <tr aria-hidden="true" data-index={index} ref={measure}>
                    <td className="h-(--row-touch) border-b border-line px-3 tablet:h-(--row-compact)">
                      <span className="block h-2 w-[56%] rounded-2 bg-line" />
                    </td>
                  </tr>
                ) : (
                  <Row item={item} index={index} measure={measure}>
                    {children as (item: unknown, row: VirtualRow) => ReactNode}
                  </Row>
                )}
              </Fragment>
            );
          })}
          {rest > 0 ? <Gap height={rest} /> : null}
        </tbody>
      </table>
    </div>
  );
}

/** Not rendered again as the table scrolls. */
const Row = memo(function Row({
  item,
  index,
  measure,
  children,
}: {
  item: unknown;
  index: number;
  measure: Ref<HTMLTableRowElement>;
  children: (item: unknown, row: VirtualRow) => ReactNode;
}) {
  return children(item, { ref: measure, "data-index": index, "aria-rowindex": index + 2 });
});

function Gap({ height }: { height: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row that only fills takes no focus
    <tr aria-hidden="true">
      <td className="p-0" style={{ height }} />
    </tr>
  );
}
