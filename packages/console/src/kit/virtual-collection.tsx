import {
  type ComponentProps,
  createContext,
  type KeyboardEvent,
  type ReactNode,
  use,
  useEffect,
  useMemo,
  useRef,
} from "react";
import {
  type CollectionRenderer,
  CollectionRendererContext,
  DefaultCollectionRenderer,
  type Key,
  ListStateContext,
} from "react-aria-components";
import { useVirtualRows } from "./virtual-rows.ts";

interface Rows {
  name: string;
  height: number;
  here: string | undefined;
}

const RowsContext = createContext<Rows | undefined>(undefined);

const RENDERER: CollectionRenderer = {
  ...DefaultCollectionRenderer,
  isVirtualized: true,
  CollectionRoot: Items,
};

/**
 * Of the items of a collection of React Aria, only those in sight are in the page, and those that have the focus or are dragged.
 * They lie in the nearest element that has `data-scroll`.
 */
export function VirtualCollection({
  name,
  height,
  here,
  children,
}: {
  /** Under which one who comes back finds the place again. */
  name: string;
  /** About how high an item is. */
  height: number;
  /** The key of the item that one comes back to: it comes into sight once it is listed, and stays in the page. */
  here: string | undefined;
  children: ReactNode;
}) {
  const rows = useMemo(() => ({ name, height, here }), [name, height, here]);
  return (
    <RowsContext value={rows}>
      <CollectionRendererContext value={RENDERER}>{children}</CollectionRendererContext>
    </RowsContext>
  );
}

function Items({
  collection,
  persistedKeys,
}: ComponentProps<CollectionRenderer["CollectionRoot"]>) {
  const { name, height, here } = use(RowsContext) as Rows;
  const keys = [...collection.getKeys()];
  const indexesOf = (some: Iterable<Key>) =>
    [...some].map((key) => keys.indexOf(key)).filter((index) => index !== -1);
  const [hereIndex] = indexesOf(here === undefined ? [] : [here]);
  const virtual = useVirtualRows<HTMLDivElement>({
    name,
    count: keys.length,
    height,
    kept: [...indexesOf(persistedKeys ?? []), ...(hereIndex === undefined ? [] : [hereIndex])],
  });
  const arrived = useRef<string>(undefined);
  const { bringIntoView } = virtual;
  useEffect(() => {
    if (hereIndex === undefined || arrived.current === here) return;
    arrived.current = here;
    bringIntoView(hereIndex);
  }, [here, hereIndex, bringIntoView]);
  const selection = use(ListStateContext)?.selectionManager;
  // React Aria takes what does not scroll itself for one page.
  const onKeyDown = (event: KeyboardEvent) => {
    const isPlain = !(event.ctrlKey || event.altKey || event.metaKey || event.shiftKey);
    if (!isPlain || !["PageDown", "PageUp"].includes(event.key)) return;
    const focused = keys.indexOf(selection?.focusedKey ?? "");
    const key = keys[virtual.pageFrom(focused, event.key === "PageDown" ? "below" : "above")];
    if (key === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    selection?.setFocusedKey(key);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its items have the focus
    <div
      ref={virtual.list}
      role="presentation"
      onKeyDown={onKeyDown}
      className="flow-root"
      style={{ paddingBottom: virtual.rest }}
    >
      {virtual.items.map(({ index, gap }) => {
        const node = collection.getItem(keys[index] ?? "");
        return node === null ? null : (
          <div
            key={node.key}
            ref={virtual.measure}
            data-index={index}
            role="presentation"
            style={{ marginTop: gap }}
          >
            {node.render?.(node)}
          </div>
        );
      })}
    </div>
  );
}
