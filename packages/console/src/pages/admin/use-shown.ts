import { useCallback, useState } from "react";

/** As many rows as are asked about in one call. */
const AT_ONCE = 20;

/** The rows of a long list that are in the page, in groups: what they hold beside their own is asked for as they are shown. */
export function useShown() {
  const [shown, setShown] = useState({ from: 0, to: 2 * AT_ONCE });
  const onShow = useCallback((from: number, to: number) => {
    const next = {
      from: Math.floor(from / AT_ONCE) * AT_ONCE,
      to: Math.ceil(to / AT_ONCE) * AT_ONCE,
    };
    setShown((before) => (before.from === next.from && before.to === next.to ? before : next));
  }, []);
  /** @param start how many rows come before `rows` */
  const groupsOf = <Item>(rows: readonly Item[], start: number): Item[][] => {
    const groups: Item[][] = [];
    for (let at = shown.from; at < shown.to; at += AT_ONCE) {
      const group = rows.slice(Math.max(0, at - start), Math.max(0, at - start + AT_ONCE));
      if (group.length > 0) groups.push(group);
    }
    return groups;
  };
  return { onShow, groupsOf };
}
