import { canView, type Role, STATUSES, toPublicId, type UserKind } from "@serviceflow/domain";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { LONG } from "./harness/long-run.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const PEOPLE = ["admin", "agent", "otherAgent", "employee", "otherEmployee", "bot"] as const;
type Name = (typeof PEOPLE)[number];
/** Those who do not see everything; the second agent comes and goes. */
const WATCHERS = ["otherAgent", "employee", "otherEmployee", "bot"] as const;
type Watcher = (typeof WATCHERS)[number];

const VERBS = [
  ...["file", "claim", "start", "finish", "cancel", "assign", "update"],
  ...["correct", "comment", "commentInternally", "demote", "promote"],
] as const;

const step = fc.record({
  verb: fc.constantFrom(...VERBS),
  by: fc.constantFrom(...PEOPLE),
  about: fc.constantFrom(...PEOPLE),
  which: fc.nat(3),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Known {
  id: string;
  status: (typeof STATUSES)[number];
  requester: string;
  submitter: string;
  assignee: string | null;
}

describe.each(ENGINES)("on %s, through any history", (engine) => {
  let app: TestApp;
  let people: Record<Name, Person>;
  beforeAll(async () => {
    app = await openTestApp(engine);
    const bot = await app.addUser({ fullName: "Bot", email: "bot@example.com", kind: "BOT" });
    people = { ...app, bot };
  });
  afterAll(() => app.close());

  const call = (method: string, path: string, as: Person, body?: object) =>
    app.call(method, path, { as, ...(body ? { body } : {}) });

  async function known(): Promise<Known[]> {
    const rows = await runSql<Omit<Known, "id"> & { number: number }>(
      app.database.db,
      `select number, status, requester_id as requester, submitter_id as submitter, assignee_id as assignee
       from requests order by number desc`,
    );
    const user = (uuid: string) => toPublicId("user", uuid);
    return rows.map(({ number, status, requester, submitter, assignee }) => ({
      id: `SF-${number}`,
      status,
      requester: user(requester),
      submitter: user(submitter),
      assignee: assignee && user(assignee),
    }));
  }

  async function visibleTo(name: Watcher, all: readonly Known[]): Promise<Known[]> {
    const [user] = await runSql<{ role: Role; kind: UserKind }>(
      app.database.db,
      "select role, kind from users where full_name = $1",
      [people[name].fullName],
    );
    const me = { id: people[name].id, ...(user as NonNullable<typeof user>) };
    return all.filter(({ status, requester, submitter, assignee }) => {
      const of = (id: string) => ({ id });
      const facts = { status, requester: of(requester), submitter: of(submitter) };
      return canView({ ...facts, assignee: assignee === null ? null : of(assignee) }, me);
    });
  }

  /** All that lists say to a watcher, in the order of activity. */
  async function viewOf(name: Watcher): Promise<{ id: string }[]> {
    const { body } = await call("GET", "/requests?sort=activity&limit=100", people[name]);
    return body.items;
  }

  function act({ verb, by, about, which }: Step, ids: readonly string[]) {
    const as = people[by];
    const path = `/requests/${ids[which % ids.length] ?? "SF-1"}`;
    const move = (status: string) =>
      call("PATCH", `${path}/status`, as, { status, reason: "Because." });
    const demotes = (role: string) =>
      call("PATCH", `/users/${people.otherAgent.id}/role`, people.admin, { role });
    switch (verb) {
      case "file":
        return call("POST", "/requests", as, {
          title: "A chair",
          ...(by === about ? {} : { requesterId: people[about].id }),
        });
      case "claim":
        return call("POST", `${path}/claim`, as);
      case "start":
        return move("IN_PROGRESS");
      case "finish":
        return move("DONE");
      case "cancel":
        return move("CANCELED");
      case "assign":
        return call("PUT", `${path}/assignee`, as, { assigneeId: people[about].id });
      case "update":
        return call("PATCH", path, as, { priority: which > 1 ? "HIGH" : "LOW" });
      case "correct":
        return call("PATCH", path, people.admin, { requesterId: people[about].id });
      case "comment":
        return call("POST", `${path}/comments`, as, { body: "Hello" });
      case "commentInternally":
        return call("POST", `${path}/comments`, as, { body: "Psst", visibility: "INTERNAL" });
      case "demote":
        return demotes("EMPLOYEE");
      default:
        return demotes("AGENT");
    }
  }

  it("nobody gets, counts or sees moved what they may not see", async () => {
    const reached = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 16 }), async (steps) => {
        await call("POST", "/requests", people.bot, {
          title: "A first chair",
          requesterId: people.employee.id,
        });
        for (const each of steps) {
          const before = await known();
          const views = new Map<Watcher, [visible: Known[], view: { id: string }[]]>();
          for (const name of WATCHERS) {
            views.set(name, [await visibleTo(name, before), await viewOf(name)]);
          }
          const ids = before.map(({ id }) => id).slice(0, 4);
          const { status } = await act(each, ids);
          expect(status).toBeLessThan(500);
          if (status < 300) reached.add(each.verb);
          const after = await known();
          for (const [name, [visible, view]] of views) {
            const now = await visibleTo(name, after);
            const shown = await viewOf(name);
            expect(shown.map(({ id }) => id).sort()).toEqual(now.map(({ id }) => id).sort());
            const target = ids[each.which % ids.length];
            const isUnseen =
              each.verb === "commentInternally" ||
              ![...visible, ...now].some(({ id }) => id === target);
            const isEmployee = now.length < after.length;
            if (isEmployee && isUnseen && !["file", "demote", "promote"].includes(each.verb)) {
              expect(shown).toEqual(view);
            }
          }
        }
        const all = await known();
        for (const name of WATCHERS) {
          const visible = await visibleTo(name, all);
          const ids = new Set(visible.map(({ id }) => id));
          const { byStatus } = (await call("GET", "/requests/stats", people[name])).body;
          const counts = STATUSES.map((one) => [
            one,
            visible.filter(({ status }) => status === one).length,
          ]);
          expect(byStatus).toEqual(Object.fromEntries(counts));
          for (const { id } of all.slice(0, 4)) {
            for (const below of ["", "/comments", "/history"]) {
              const { status } = await call("GET", `/requests/${id}${below}`, people[name]);
              expect(status).toBe(ids.has(id) ? 200 : 404);
            }
          }
          const { items } = (await call("GET", "/events?limit=100", people[name])).body;
          for (const { serviceRequestId } of items) expect(ids).toContain(serviceRequestId);
        }
      }),
      { numRuns: LONG ? 15 : 4 },
    );
    expect(reached.size).toBeGreaterThan(5);
  });
});
