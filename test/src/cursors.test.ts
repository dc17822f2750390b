import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LONG } from "./harness/long-run.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

const RUNS = LONG ? 20_000 : 200;

const TIMES = ["-99999999999999", "-62135596800001", "253402300800000", "-0", "007"];
const NUMBERS = [
  "0",
  "-1",
  "2147483648",
  "4294967296",
  "999999999999999999",
  "9".repeat(19),
  "1e3",
];
const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64url");

const sort = fc.constantFrom("newest", "oldest", "updated", "activity", "priority", "__proto__");
const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.bigInt().map(String));
const time = fc.oneof(fc.constantFrom(...TIMES), fc.integer().map(String), number);
const key = fc.oneof(time, fc.constantFrom("LOW", "URGENT", "", "constructor"));
const uuid = fc.oneof(
  fc.constant("0".repeat(32)),
  fc.constant("f".repeat(32)),
  fc.uuid().map((id) => id.replaceAll("-", "")),
);
/** What a cursor of some list could be, or nearly. */
const cursor = fc.oneof(
  fc.tuple(sort, key, uuid).map((parts) => base64(parts.join(":"))),
  number.map(base64),
  fc
    .uint8Array({ minLength: 13, maxLength: 17 })
    .map((bytes) => Buffer.from(bytes).toString("base64url")),
  fc.string({ maxLength: 30 }).map(base64),
  fc.string({ unit: "grapheme", maxLength: 30 }),
);

describe("the cursor of a list", () => {
  let app: TestApp;
  let lists: string[];

  beforeAll(async () => {
    app = await openTestApp("embedded");
    const body = { title: "Broken lamp" };
    const { id } = (await app.call("POST", "/requests", { as: app.admin, body })).body;
    const hook = { url: "https://example.com/hook", eventTypes: ["request.created"] };
    const webhook = (await app.call("POST", "/webhooks", { as: app.admin, body: hook })).body;
    lists = [
      ...["newest", "oldest", "updated", "activity", "priority"].map(
        (order) => `/requests?sort=${order}`,
      ),
      "/requests?q=lamp",
      `/requests/${id}/comments?`,
      `/requests/${id}/history?`,
      "/users?",
      `/users/${app.admin.id}/api-keys?`,
      "/categories?",
      "/audit-logs?",
      "/webhooks?",
      `/webhooks/${webhook.id}/deliveries?`,
      "/events?",
    ];
  });
  afterAll(() => app.close());

  const ask = async (list: string, cursor: string) => {
    const field = list.startsWith("/events") ? "after" : "cursor";
    return app.call("GET", `${list}&${field}=${encodeURIComponent(cursor)}`, { as: app.admin });
  };

  it("is needed by none of them", async () => {
    for (const list of lists) {
      expect([list, (await app.call("GET", list, { as: app.admin })).status]).toEqual([list, 200]);
    }
  });

  it.each(["updated", "activity"])(
    "has a time that a request can have, in the order %s",
    async (order) => {
      for (const each of TIMES) {
        const { status, body } = await ask(
          `/requests?sort=${order}`,
          base64(`${order}:${each}:${"0".repeat(32)}`),
        );
        expect([each, status, body.errors?.[0].code]).toEqual([each, 422, "invalid_cursor"]);
      }
      for (const each of ["-62135596800000", "0", "253402300799999"]) {
        const answer = await ask(
          `/requests?sort=${order}`,
          base64(`${order}:${each}:${"0".repeat(32)}`),
        );
        expect([each, answer.status]).toEqual([each, 200]);
      }
    },
  );

  it("is never more than the server can take", async () => {
    await fc.assert(
      fc.asyncProperty(cursor, fc.nat(), async (text, at) => {
        const list = lists[at % lists.length] as string;
        expect([200, 409, 410, 422], list).toContain((await ask(list, text)).status);
      }),
      { numRuns: RUNS },
    );
  });
});
