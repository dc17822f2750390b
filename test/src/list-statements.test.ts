import { compiledLists } from "@serviceflow/server";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freshPostgres } from "./harness/databases.ts";
import { LONG } from "./harness/long-run.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestAppOn, type TestApp } from "./harness/test-app.ts";

let app: TestApp;
beforeAll(async () => {
  // One connection, so that what it has prepared can be counted.
  app = await openTestAppOn(await freshPostgres(1));
});
afterAll(() => app.close());

const FILTERS = [
  "status=NEW",
  "status=NEW&status=DONE",
  "status=NEW&status=DONE&status=CANCELED",
  "priority=HIGH",
  "priority=HIGH&priority=LOW",
  "category=general",
  "requester=me",
  "assignee=me",
  "assignee=none",
  "createdFrom=2020-01-01T00:00:00Z",
  "createdTo=2040-01-01T00:00:00Z",
  "updatedFrom=2020-01-01T00:00:00Z",
  "updatedTo=2040-01-01T00:00:00Z",
  "activeFrom=2020-01-01T00:00:00Z",
  "activeTo=2040-01-01T00:00:00Z",
  "participant=me",
  "unread=true",
  "unread=false",
  "q=printer",
];

const fieldOf = (filter: string) => filter.split("=")[0];

/** Every set of up to so many of the filters, as queries. */
function queries(upTo: number, filters: readonly string[] = FILTERS): string[] {
  if (upTo === 0) return [""];
  const longer = filters.flatMap((filter, index) => {
    const others = filters.slice(index + 1).filter((other) => fieldOf(other) !== fieldOf(filter));
    return queries(upTo - 1, others).map((rest) => `${filter}&${rest}`);
  });
  return ["", ...longer];
}

// Before any other list: what has been asked of an empty table had a plan then.
it("have a plan that connections keep, with any limit, however many requests PostgreSQL believes in", async () => {
  const { db } = app.database;
  const body = { title: "The printer is jammed", description: "It blinks." };
  expect((await app.call("POST", "/requests", { as: app.admin, body })).status).toBe(201);
  await runSql(
    db,
    "analyze requests; update pg_class set reltuples = 5000000 where relname = 'requests'",
  );
  const asked = {
    "status=DONE&status=CANCELED&limit=3": ["requests_all_newest_status_gated_21"],
    "assignee=me&assignee=none&status=NEW&limit=25": [
      "requests_all_newest_assignee_ids_none_status_gated_51",
    ],
    "category=general&limit=60": ["requests_all_newest_category_gated_101"],
    "sort=updated&limit=20": ["requests_all_updated_gated_21"],
    "q=jammed&limit=3": ["search_terms", "walk_found_1_none_all_words"],
  };
  for (const query of Object.keys(asked)) {
    for (let use = 0; use < 20; use += 1) {
      const { status } = await app.call("GET", `/requests?${query}`, { as: app.admin });
      expect(status).toBe(200);
    }
  }
  const kept = await runSql<{ name: string }>(
    db,
    "select name from pg_prepared_statements where generic_plans > 0",
  );
  expect(kept.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.values(asked).flat()));
});

it("are kept for few of the combinations of filters, in the server and in PostgreSQL", async () => {
  const { db } = app.database;
  let asked = 0;
  for (const query of queries(LONG ? 4 : 2)) {
    for (const as of [app.admin, app.employee]) {
      const { status } = await app.call("GET", `/requests?${query}limit=1`, { as });
      expect(status).toBe(200);
      asked += 1;
    }
  }
  // More than are kept.
  expect(asked).toBeGreaterThan(200);
  for (const filter of FILTERS) {
    for (let use = 0; use < 6; use += 1)
      await app.call("GET", `/requests?${filter}&limit=1`, { as: app.admin });
  }
  const [prepared] = await runSql<{ lists: number; all: number }>(
    db,
    `select count(*) filter (where name ~ '^requests_(all|participant)_')::int as lists, count(*)::int as all
     from pg_prepared_statements`,
  );
  expect(prepared?.lists).toBeGreaterThan(0);
  expect(prepared?.all).toBeLessThan(100);
  expect(compiledLists.size).toBeLessThanOrEqual(200);
});
