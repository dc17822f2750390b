/** What a load of a contender is made from. */
export interface Facts {
  /** Numbers of the requests that the fill made, both inclusive. */
  first: number;
  last: number;
  /** What stands before a number in an id: `SF-`. */
  idPrefix: string;
  /** Numbers of NEW requests, each for one status change. */
  stock: readonly number[];
  /** Where in the feed of events a page begins that ends near its end; null: there is no feed. */
  nearEnd: string | null;
}

/** A call over HTTP. */
export interface HttpCall {
  method: "GET" | "POST" | "PATCH";
  path: string;
  body?: object;
  /** `Accept-Encoding`; none: identity. */
  encoding?: "gzip" | "br";
}

/** A call of a procedure. */
export interface ProcedureCall {
  procedure: string;
  type: "query" | "mutation";
  input: object;
}

/** One kind of call, the same for every contender that knows it. */
export interface Scenario {
  name: string;
  title: string;
  /** Whether every contender knows it, or ServiceFlow alone. */
  core: boolean;
  writes: boolean;
  expected: number;
  /** Null: no more requests to change. */
  rest(facts: Facts, call: number): HttpCall | null;
  /** Of the core scenarios. */
  procedure?(facts: Facts, call: number): ProcedureCall | null;
}

/** Of the texts of the fill: in three of ten requests, in one, and in none. */
export const WORDS = { common: "printer", rare: "zebra", absent: "quagga" } as const;

const LIST_LIMIT = 50;
/** What the plain service answers of each request of its list, besides the id. It always does. */
const PLAIN_FIELDS = [
  "title",
  "status",
  "priority",
  "category",
  "requester",
  "assignee",
  "createdAt",
  "updatedAt",
] as const;
const NEW_REQUEST = {
  title: "The printer is jammed",
  description: "It blinks red since this morning.",
};
// A prime, so that reads in a row are far apart.
const STRIDE = 7919;

function idOf({ first, last, idPrefix }: Facts, call: number): string {
  return `${idPrefix}${first + ((call * STRIDE) % (last - first + 1))}`;
}

function stocked({ idPrefix, stock }: Facts, call: number): string | null {
  const number = stock[call];
  return number === undefined ? null : `${idPrefix}${number}`;
}

const CORE: readonly Scenario[] = [
  {
    name: "read",
    title: "read",
    core: true,
    writes: false,
    expected: 200,
    rest: (facts, call) => ({ method: "GET", path: `/requests/${idOf(facts, call)}` }),
    procedure: (facts, call) => ({
      procedure: "requests.get",
      type: "query",
      input: { id: idOf(facts, call) },
    }),
  },
  {
    name: "list",
    title: `list ${LIST_LIMIT}`,
    core: true,
    writes: false,
    expected: 200,
    rest: () => ({ method: "GET", path: `/requests?status=NEW&limit=${LIST_LIMIT}` }),
    procedure: () => ({
      procedure: "requests.list",
      type: "query",
      input: { status: "NEW", limit: LIST_LIMIT },
    }),
  },
  {
    name: "list-fields",
    title: `list ${LIST_LIMIT}, the plain service's fields`,
    core: true,
    writes: false,
    expected: 200,
    rest: () => ({
      method: "GET",
      path: `/requests?status=NEW&limit=${LIST_LIMIT}&fields=${PLAIN_FIELDS.join(",")}`,
    }),
    procedure: () => ({
      procedure: "requests.list",
      type: "query",
      input: { status: "NEW", limit: LIST_LIMIT, fields: PLAIN_FIELDS },
    }),
  },
  {
    name: "create",
    title: "create",
    core: true,
    writes: true,
    expected: 201,
    rest: () => ({ method: "POST", path: "/requests", body: NEW_REQUEST }),
    procedure: () => ({ procedure: "requests.create", type: "mutation", input: NEW_REQUEST }),
  },
  {
    name: "status",
    title: "status change",
    core: true,
    writes: true,
    expected: 200,
    rest(facts, call) {
      const id = stocked(facts, call);
      const body = { status: "IN_PROGRESS" };
      return id === null ? null : { method: "PATCH", path: `/requests/${id}/status`, body };
    },
    procedure(facts, call) {
      const id = stocked(facts, call);
      const input = { id, status: "IN_PROGRESS" };
      return id === null ? null : { procedure: "requests.transition", type: "mutation", input };
    },
  },
];

const sorted = (sort: string) =>
  reading(`sort-${sort}`, `list ${LIST_LIMIT}, sort=${sort}`, () => `?sort=${sort}`);
const search = (name: string, title: string, query: string) =>
  reading(`search-${name}`, title, () => `?q=${query}`);

const compressed = (encoding: "gzip" | "br"): Scenario => ({
  name: `list-${encoding}`,
  title: `list ${LIST_LIMIT}, ${encoding}`,
  core: false,
  writes: false,
  expected: 200,
  rest: () => ({ method: "GET", path: `/requests?status=NEW&limit=${LIST_LIMIT}`, encoding }),
});

const OURS: readonly Scenario[] = [
  compressed("gzip"),
  compressed("br"),
  ...["newest", "oldest", "updated", "activity", "priority"].map(sorted),
  reading(
    "counts",
    "counts of three filters",
    () => "/counts?new.status=NEW&free.assignee=none&urgent.priority=URGENT",
  ),
  search("common", "search, common word", WORDS.common),
  search("rare", "search, rare word", WORDS.rare),
  search("absent", "search, absent word", WORDS.absent),
  search("common-filtered", "search, common word, status=DONE", `${WORDS.common}&status=DONE`),
  search("rare-filtered", "search, rare word, status=DONE", `${WORDS.rare}&status=DONE`),
  search("absent-filtered", "search, absent word, status=DONE", `${WORDS.absent}&status=DONE`),
  reading("stats", "statistics", () => "/stats"),
  reading(
    "history",
    "history of a request",
    (facts, call) => `/${idOf(facts, call)}/history?limit=${LIST_LIMIT}`,
  ),
  events("feed-start", `feed, first ${LIST_LIMIT} events`, () => ""),
  events("feed-end", `feed, last ${LIST_LIMIT} events`, ({ nearEnd }) => `&after=${nearEnd}`),
];

function reading(
  name: string,
  title: string,
  path: (facts: Facts, call: number) => string,
): Scenario {
  return {
    name,
    title,
    core: false,
    writes: false,
    expected: 200,
    rest(facts, call) {
      const rest = path(facts, call);
      const limit = rest.startsWith("?") ? `&limit=${LIST_LIMIT}` : "";
      return { method: "GET", path: `/requests${rest}${limit}` };
    },
  };
}

function events(name: string, title: string, after: (facts: Facts) => string): Scenario {
  return {
    name,
    title,
    core: false,
    writes: false,
    expected: 200,
    rest: (facts) => ({ method: "GET", path: `/events?limit=${LIST_LIMIT}${after(facts)}` }),
  };
}

/** Reads come first: they find the number of requests that the fill made. */
export const SCENARIOS: readonly Scenario[] = [
  ...CORE.filter(({ writes }) => !writes),
  ...OURS,
  ...CORE.filter(({ writes }) => writes),
];

/** @throws when there is none of that name */
export function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`No scenario ${name}: ${SCENARIOS.map((each) => each.name)}`);
  return found;
}
