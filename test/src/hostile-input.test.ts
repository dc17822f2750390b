import { OPERATIONS } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LONG } from "./harness/long-run.ts";
import { MUTATIONS, stageIn } from "./harness/mutations.ts";
import { invoke, operationNamed, TRANSPORTS } from "./harness/operation.ts";
import { expectInvalid, expectNoFailure, expectProblem } from "./harness/problem.ts";
import { send } from "./harness/raw-http.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

const HUGE = "x".repeat(20_000);

/** Values that have broken programs before: no field may fail on them. */
const HOSTILE: readonly unknown[] = [
  "abc\u0000def",
  "abc\u0007def",
  "abc\ud800def",
  "abc\u202edef",
  HUGE,
  "",
  " \t\n ",
  "'; drop table users; --",
  "%zz%00%",
  "__proto__",
  "../../users/me",
  "SF-2147483648",
  `SF-${"9".repeat(30)}`,
  "usr_zzzzzzzzzzzzzzzzzzzzzzzzzz",
  "usr_00000000000000000000000000",
  "AAAAAAAAAAAAAAAAAAAAAA",
  "OTk5OTk5OTk5OTk5OTk5OTk5OTk",
  "9999-12-31T23:59:59.999Z",
  "0001-01-01T00:00:00+23:59",
  "2026-02-30T00:00:00Z",
  1e308,
  2 ** 70,
  -1,
  0.5,
  null,
  true,
  ["a", "b"],
  [[[]]],
  { length: -1, status: "NEW" },
];

let app: TestApp;
let stage: ReturnType<typeof stageIn>;
beforeAll(async () => {
  app = await openTestApp("postgres");
  stage = stageIn(app);
});
afterAll(() => app.close());

/** What reads take that need more than an id. */
const REQUIRED: Readonly<Record<string, Record<string, unknown>>> = {
  "requests.counts": { filters: { mine: { assignee: "me" } } },
  "presence.list": { ids: ["SF-1"] },
  "users.search": { q: "ada" },
};

/** What the procedure takes, about a thing that exists. */
async function validInput(name: string): Promise<Record<string, unknown>> {
  const mutation = MUTATIONS.find(({ procedure }) => procedure === name);
  if (mutation) return mutation.input(stage);
  if (!operationNamed(name).pathFields.includes("id")) return REQUIRED[name] ?? {};
  if (name.startsWith("webhooks.")) return stage.webhook();
  if (name === "presence.set") return { ...(await stage.request()), state: "VIEWING" };
  return ["users.get", "apiKeys.listOf", "sessions.listOf", "codes.listOf"].includes(name)
    ? stage.user()
    : stage.request();
}

describe("hostile values", () => {
  const fields = OPERATIONS.flatMap(({ name, input }) =>
    Object.keys(input.shape).map((field) => ({ name, field })),
  ).map((each, number) => ({ ...each, number }));

  it.each(fields)("do not break $name in its $field", async ({ name, field, number }) => {
    for (const [way, transport] of TRANSPORTS.entries()) {
      const valid = await validInput(name);
      for (const [place, value] of HOSTILE.entries()) {
        // Each value in each field goes one way, and in the next field the other.
        if (!LONG && (number + place) % TRANSPORTS.length !== way) continue;
        const input = { ...valid, [field]: value };
        expectNoFailure(await invoke(app, transport, name, input, { as: app.admin }));
      }
    }
  });
});

const TEXTS: [procedure: string, field: string, most: number, takesBreaks: boolean][] = [
  ["requests.create", "title", 200, true],
  ["requests.create", "description", 10_000, true],
  ["requests.update", "title", 200, true],
  ["requests.update", "description", 10_000, true],
  ["requests.transition", "reason", 1_000, true],
  ["requests.assign", "reason", 1_000, true],
  ["requests.list", "q", 200, true],
  ["users.search", "q", 254, true],
  ["comments.create", "body", 10_000, true],
  ["users.create", "fullName", 200, false],
  ["users.update", "fullName", 200, false],
  ["apiKeys.issue", "name", 100, false],
  ["apiKeys.issueFor", "name", 100, false],
  ["categories.create", "name", 100, false],
  ["categories.create", "description", 500, true],
  ["categories.update", "name", 100, false],
  ["categories.update", "description", 500, true],
  ["webhooks.create", "description", 200, false],
  ["webhooks.update", "description", 200, false],
];

describe("human text", () => {
  it.each(TEXTS)("in %s %s is refused when invalid, and may have %i characters", async (...row) => {
    const [name, field, most, takesBreaks] = row;
    const faults = [
      ["abc\u0000def", "control_character"],
      ["abc\u001bdef", "control_character"],
      ["abc\u0085def", "control_character"],
      ["abc\u202edef", "control_character"],
      ...(takesBreaks ? [] : [["abc\ndef", "control_character"]]),
      ["abc\ud800def", "malformed_unicode"],
      ["\udc00abcdef", "malformed_unicode"],
      ["é".repeat(most + 1), "too_long"],
    ] as const;
    for (const transport of TRANSPORTS) {
      const valid = await validInput(name);
      const call = (value: unknown) =>
        invoke(app, transport, name, { ...valid, [field]: value }, { as: app.admin });
      // A URL holds only text, and no lone surrogate.
      const inUrl = transport === "rest" && operationNamed(name).method === "GET";
      for (const [value, code] of faults) {
        if (inUrl && !value.isWellFormed()) continue;
        expectInvalid(await call(value), [{ pointer: `/${field}`, code }]);
      }
      if (!inUrl) {
        expectInvalid(await call({ text: "abc" }), [
          { pointer: `/${field}`, code: "invalid_type" },
        ]);
      }
      // Astral letters are one character each, though two UTF-16 units and four bytes.
      expect((await call("𐐷".repeat(most))).status).toBeLessThan(300);
    }
  });
});

describe("an unknown id", () => {
  const IDS = [
    "SF-999999",
    "SF-01",
    "SF-0",
    "SF-2147483648",
    "SF-1e3",
    "1001",
    " SF-1001",
    "%00",
    HUGE,
  ];
  const byId = OPERATIONS.filter(({ pathFields }) => pathFields.length > 0).map(({ name }) => name);

  it.each(byId)("is not found by %s", async (name) => {
    const valid = await validInput(name);
    for (const transport of TRANSPORTS) {
      for (const id of [
        ...IDS,
        "usr_7zzzzzzzzzzzzzzzzzzzzzzzzz",
        "key_7zzzzzzzzzzzzzzzzzzzzzzzzz",
        "nothing",
      ]) {
        const ids = Object.fromEntries(operationNamed(name).pathFields.map((each) => [each, id]));
        const answer = await invoke(app, transport, name, { ...valid, ...ids }, { as: app.admin });
        expectProblem(answer, "not_found");
      }
    }
  });

  it.each([
    "%",
    "%zz",
    "%e0%a4%a",
    "%c0%80",
    "%ff",
    "%00",
    "%2e%2e%2fusers",
    "SF-1001%20",
    "%F0%9F%92%A9",
  ])("is not found at a path that ends in %s", async (tail) => {
    const headers = { "x-api-key": app.admin.key };
    for (const path of ["/api/v1/requests/", "/api/v1/users/", "/requests/"]) {
      expectProblem(await send(app.fetch, `${path}${tail}`, { headers }), "not_found");
    }
  });
});

describe("a query", () => {
  const lists = OPERATIONS.filter(({ answers }) => answers === "page");
  const CURSORS = ["x", "====", "AAAA", "%00", HUGE.slice(0, 200), "AZzgPbp0fnqKhFCGBt0Pn", "IC4_"];
  const LIMITS: [unknown, string][] = [
    [0, "too_small"],
    [101, "too_big"],
    [-5, "too_small"],
    [1.5, "invalid_type"],
    ["ten", "invalid_type"],
    ["0x10", "invalid_type"],
    ["", "invalid_type"],
  ];

  it.each(lists)("of $name refuses an invalid cursor and a limit out of range", async (list) => {
    const { name, input } = list;
    const valid = await validInput(name);
    for (const transport of TRANSPORTS) {
      const call = (input: object) =>
        invoke(app, transport, name, { ...valid, ...input }, { as: app.admin });
      // What answers one page at most has no cursor to take.
      const hasCursor = "cursor" in input.shape;
      for (const cursor of CURSORS) {
        const code = hasCursor ? "invalid_cursor" : "unknown_field";
        expectInvalid(await call({ cursor }), [{ pointer: "/cursor", code }]);
      }
      expectInvalid(await call({ cursor: "x".repeat(201) }), [
        { pointer: "/cursor", code: hasCursor ? "too_long" : "unknown_field" },
      ]);
      for (const [limit, code] of LIMITS) {
        expectInvalid(await call({ limit }), [{ pointer: "/limit", code }]);
      }
      for (const limit of [1, 100]) expect((await call({ limit })).status).toBe(200);
    }
  });

  it("of the log refuses a cursor out of range", async () => {
    const cursor = Buffer.from("9".repeat(19)).toString("base64url");
    const answer = await app.call("GET", `/audit-logs?cursor=${cursor}`, { as: app.admin });
    expectInvalid(answer, [{ pointer: "/cursor", code: "invalid_cursor" }]);
  });

  it.each([
    ["/requests?colour=red", "/colour", "unknown_field"],
    ["/requests?__proto__=1", "/__proto__", "unknown_field"],
    ["/requests?limit=1&limit=2", "/limit", "invalid_type"],
    ["/requests?requester=me&requester=me", "/requester", "invalid_value"],
    ["/requests?limit=1e1", "/limit", "invalid_type"],
    ["/requests?limit=99999999999999999999", "/limit", "invalid_type"],
    ["/requests?status=NEW&status=OLD", "/status/1", "invalid_value"],
    ["/requests?createdFrom=yesterday", "/createdFrom", "invalid_format"],
    ["/users?active=1", "/active", "invalid_type"],
    ["/users?active=true&active=false", "/active", "invalid_type"],
    ["/requests/SF-1001?id=SF-1002", "/id", "unknown_field"],
  ])("%s is refused because of its field %s", async (path, pointer, code) => {
    const answer = await app.call("GET", path, { as: app.admin });
    expectInvalid(answer, [{ pointer, code }]);
  });

  it.each(["%", "%zz", "%ff%fe", "+%2B+", "%F0%9F%92%A9"])(
    "may say %s without harm",
    async (value) => {
      const headers = { "x-api-key": app.admin.key };
      const answer = await send(app.fetch, `/api/v1/requests?q=${value}`, { headers });
      expect(answer.status).toBe(200);
    },
  );
});
