import {
  canView,
  OPEN,
  type RequestFacts,
  type Role,
  STATUSES,
  toUuid,
  type UserKind,
} from "@serviceflow/domain";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { runSql } from "./harness/raw-sql.ts";
import { insertRequests } from "./harness/request-rows.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const PEOPLE = ["admin", "agent", "otherAgent", "employee", "otherEmployee", "bot"] as const;
type Name = (typeof PEOPLE)[number];
const KNOWN: Record<Name, { role: Role; kind: UserKind }> = {
  admin: { role: "ADMIN", kind: "HUMAN" },
  agent: { role: "AGENT", kind: "HUMAN" },
  otherAgent: { role: "AGENT", kind: "HUMAN" },
  employee: { role: "EMPLOYEE", kind: "HUMAN" },
  otherEmployee: { role: "EMPLOYEE", kind: "HUMAN" },
  bot: { role: "EMPLOYEE", kind: "BOT" },
};

const person = fc.constantFrom(...PEOPLE);
/** Work in progress or done always has an assignee. */
const filed = fc
  .record({
    status: fc.constantFrom(...STATUSES),
    requester: person,
    submitter: person,
    assignee: fc.option(person, { nil: null }),
  })
  .filter(({ status, assignee }) => assignee !== null || !["IN_PROGRESS", "DONE"].includes(status));
type Filed = typeof filed extends fc.Arbitrary<infer T> ? T : never;

describe.each(ENGINES)("on %s a list and the statistics hold", (engine) => {
  let app: TestApp;
  let people: Record<Name, Person>;
  beforeAll(async () => {
    app = await openTestApp(engine);
    const bot = await app.addUser({ fullName: "Bot", email: "bot@example.com", kind: "BOT" });
    people = { ...app, bot };
  });
  afterAll(() => app.close());

  async function file(requests: readonly Filed[]): Promise<void> {
    const uuidOf = (name: Name | null) => name && toUuid("user", people[name].id);
    const rows = requests.map(({ status, requester, submitter, assignee }, index) => ({
      number: index + 1,
      status,
      requester: uuidOf(requester),
      submitter: uuidOf(submitter),
      assignee: uuidOf(assignee),
    }));
    await runSql(app.database.db, "delete from requests");
    await insertRequests(app.database.db, rows);
  }

  async function listed(as: Person, query: string): Promise<string[]> {
    const ids: string[] = [];
    for (let cursor = ""; ; ) {
      const { body } = await app.call("GET", `/requests?limit=7${query}${cursor}`, { as });
      ids.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.nextCursor === null) return ids;
      cursor = `&cursor=${body.nextCursor}`;
    }
  }

  it("exactly the requests that the domain lets each person view", async () => {
    const reached = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(filed, { minLength: 5, maxLength: 40 }), async (requests) => {
        await file(requests);
        for (const name of PEOPLE) {
          const me = { id: people[name].id, ...KNOWN[name] };
          const visible = requests.flatMap(({ status, requester, submitter, assignee }, index) => {
            const facts: RequestFacts = {
              status,
              requester: people[requester],
              submitter: people[submitter],
              assignee: assignee && people[assignee],
            };
            const seen = canView(facts, me);
            reached.add(`${me.kind} ${me.role} ${seen}`);
            return seen ? [{ id: `SF-${index + 1}`, status }] : [];
          });
          const idsOf = (some: typeof visible) => some.map(({ id }) => id).sort();

          expect((await listed(people[name], "")).sort()).toEqual(idsOf(visible));
          const open = visible.filter(({ status }) => OPEN.some((one) => one === status));
          const query = OPEN.map((status) => `&status=${status}`).join("");
          expect((await listed(people[name], query)).sort()).toEqual(idsOf(open));
          const { body } = await app.call("GET", "/requests/stats", { as: people[name] });
          const counts = STATUSES.map((one) => [
            one,
            visible.filter(({ status }) => status === one).length,
          ]);
          expect(body.byStatus).toEqual(Object.fromEntries(counts));
        }
      }),
      { numRuns: 12 },
    );
    expect([...reached].sort()).toEqual([
      "BOT EMPLOYEE false",
      "BOT EMPLOYEE true",
      "HUMAN ADMIN true",
      "HUMAN AGENT true",
      "HUMAN EMPLOYEE false",
      "HUMAN EMPLOYEE true",
    ]);
  });
});
