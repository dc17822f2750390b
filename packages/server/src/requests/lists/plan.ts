import type { Sql } from "../../db/sql.ts";
import type { Dimension, DimensionName, Range } from "./dimension.ts";
import { UNFILTERED } from "./dimensions.ts";
import type { Order } from "./order.ts";
import { type Scan, scanOf, scanOfIds } from "./scan.ts";
import { type Activity, type Bound, inOrder, type TimeBound, type TimeField } from "./times.ts";

/** What a list is limited to. */
export interface Filtered {
  dimensions: readonly Dimension[];
  times: readonly TimeBound[];
  /** That the caller sees. */
  activity: Activity;
}

/** Requests that are read in the order of an index, each checked against conditions. */
interface Reading {
  scans: readonly Scan[];
  checks: readonly Sql[];
}

/** How a list is read. */
export interface Plan {
  /** In the order of the list. Without checks, every request that is read is answered. */
  walk: Reading;
  /** What a narrow filter holds for. It is read first: when it is little, it is sorted, and there is no walk. */
  few: (Reading & { isInOrder: boolean }) | null;
  /** How many requests each scan of the walk reads at most, and how many are not few. */
  limits: { budget: number; few: number };
}

/** How many requests a page reads at most to find those that it answers; of a narrow filter, `few`. */
const PAGE_LIMITS = { budget: 5_000, few: 2_000 };
/** The same for a count. */
export const COUNT_LIMITS = { budget: 10_000, few: 10_000 };
/** The least of the budget for each scan, when there are many. */
const LEAST_BUDGET = 200;

/** How much a filter narrows a list, as a rule: the sum of it chooses an index. */
const WEIGHTS: Readonly<Record<DimensionName, number>> = {
  unread: 128,
  participant: 64,
  requester: 32,
  view: 16,
  assignee: 8,
  status: 4,
  category: 3,
  priority: 1,
  read: 0,
};
const NARROWEST_FIRST = Object.keys(WEIGHTS) as DimensionName[];
const PEOPLE: readonly DimensionName[] = ["unread", "participant", "requester", "view", "assignee"];
const TIMES: readonly TimeField[] = ["closed", "updated", "active", "created"];

/** @param isAfter whether it continues a page */
export function planOf(
  order: Order,
  filtered: Filtered,
  isAfter: boolean,
  limits: Plan["limits"] = PAGE_LIMITS,
): Plan {
  const indexed = idWalkOf(order, filtered, isAfter);
  if (indexed) return { walk: indexed, few: null, limits };
  const names = filtered.dimensions.map(({ name }) => name);
  const whole = walkOf(order, names, filtered, isAfter);
  const first = whole.reading.checks.length === 0 ? null : fewOf(order, filtered, isAfter);
  const rest = names.filter((name) => name !== first?.name);
  // Where nothing else narrows it, the walk is through the same filter's requests, in order.
  const { reading, count } =
    first && rest.length > 0 ? walkOf(order, rest, filtered, isAfter) : whole;
  const budget = Math.max(LEAST_BUDGET, Math.ceil(limits.budget / count));
  return { walk: reading, few: first?.reading ?? null, limits: { ...limits, budget } };
}

function isById({ time, indexes }: Order): boolean {
  return time === "created" && indexes.some((index) => index.length === 0);
}

/** The walk through the ids of the narrowest filter that has them, when the list is in their order. */
function idWalkOf(order: Order, { dimensions, times }: Filtered, isAfter: boolean): Reading | null {
  const [narrowest] = NARROWEST_FIRST.flatMap(
    (name) => dimensions.find((each) => each.name === name && each.ids) ?? [],
  );
  if (!isById(order) || !narrowest?.ids) return null;
  const { after } = positionOf(order, isAfter);
  const bounds = times.filter(({ field }) => field === order.time).map(({ bound }) => bound);
  const asked = times.filter(({ field, isAsked }) => field !== order.time && isAsked);
  const others = dimensions.filter((each) => each !== narrowest);
  return {
    scans: [scanOfIds(narrowest.ids, order.direction, [...bounds, ...after])],
    checks: [...others, ...asked].map(({ holds }) => holds),
  };
}

/** @param by the filters that choose the index */
function walkOf(
  order: Order,
  by: readonly DimensionName[],
  { dimensions, times }: Filtered,
  isAfter: boolean,
): { reading: Reading; count: number } {
  const index = bestIndex(order, by);
  const { after, moved } = positionOf(order, isAfter);
  const bounds = times.filter(({ field }) => field === order.time).map(({ bound }) => bound);
  const sets = index.map((name): readonly (Range & { after?: Bound })[] => {
    if (moved?.of === name) return moved.ranges;
    return dimensions.find((each) => each.name === name)?.ranges ?? UNFILTERED[name] ?? [];
  });
  const products = productOf(sets);
  const unindexed = dimensions.filter(({ name }) => !index.includes(name) || moved?.of === name);
  const checked = times.filter(({ field, isAsked }) => field !== order.time && isAsked);
  return {
    reading: {
      scans: products.map((ranges) =>
        scanOf(ranges, order, [
          ...bounds,
          ...after,
          ...ranges.flatMap((range) => range.after ?? []),
        ]),
      ),
      checks: [...unindexed, ...checked].map(({ holds }) => holds),
    },
    count: products.reduce(
      (sum, ranges) => sum + ranges.reduce((product, { count }) => product * count, 1),
      0,
    ),
  };
}

function positionOf({ rangeAfter }: Order, isAfter: boolean) {
  if (!isAfter) return { after: [], moved: null };
  return "of" in rangeAfter
    ? { after: [], moved: rangeAfter }
    : { after: [rangeAfter], moved: null };
}

function productOf<Item>(sets: readonly (readonly Item[])[]): Item[][] {
  return sets.reduce<Item[][]>(
    (products, set) => products.flatMap((some) => set.map((item) => [...some, item])),
    [[]],
  );
}

/** The index that narrows most; of several the one with the fewest ranges. */
function bestIndex(order: Order, names: readonly DimensionName[]): readonly DimensionName[] {
  const usable = order.indexes.filter((index) =>
    index.every((name) => names.includes(name) || UNFILTERED[name] !== undefined),
  );
  const score = (index: readonly DimensionName[]) =>
    index.filter((name) => names.includes(name)).reduce((sum, name) => sum + WEIGHTS[name], 0);
  return usable.reduce((best, index) => {
    const gain = score(index) - score(best);
    return gain > 0 || (gain === 0 && index.length < best.length) ? index : best;
  });
}

/** What the narrowest filter holds for, by an index of its own. */
function fewOf(
  order: Order,
  { dimensions, times, activity }: Filtered,
  isAfter: boolean,
): { name: string; reading: Reading & { isInOrder: boolean } } | null {
  const asked = times.filter(({ isAsked }) => isAsked);
  const checks = [
    ...[...dimensions, ...asked].map(({ holds }) => holds),
    ...(isAfter ? [order.after] : []),
  ];
  const { after } = positionOf(order, isAfter);
  const boundsOf = (field: TimeField) =>
    times.filter((time) => time.field === field).map(({ bound }) => bound);
  const byTime = (field: TimeField) =>
    scanOf([], { columns: inOrder(field, activity), direction: "desc" }, boundsOf(field));
  const byId = (range: Range, isInOrder: boolean) =>
    scanOf(
      [range],
      { columns: inOrder("created", activity), direction: isInOrder ? order.direction : "desc" },
      [...boundsOf("created"), ...(isInOrder ? after : [])],
    );
  const narrowest = (names: readonly DimensionName[]) =>
    dimensions.find(({ name }) => name === names.find((each) => isSet(each)));
  const isSet = (name: DimensionName) =>
    dimensions.some((each) => each.name === name && each.ranges.length > 0);
  const person = narrowest(PEOPLE);
  const field = TIMES.find(
    (each) => each !== order.time && asked.some((time) => time.field === each),
  );
  if (!person && field) {
    return { name: field, reading: { scans: [byTime(field)], checks, isInOrder: false } };
  }
  const dimension = person ?? narrowest(NARROWEST_FIRST);
  if (!dimension) return null;
  const isInOrder = isById(order);
  const scans = dimension.ranges.map((range) => byId(range, isInOrder));
  return { name: dimension.name, reading: { scans, checks, isInOrder } };
}
