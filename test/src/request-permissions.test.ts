import { REQUEST_ACTIONS, type Role, type Status, toUuid } from "@serviceflow/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { invoke, kindOf, TRANSPORTS } from "./harness/operation.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

type People = { me: Person; somebody: Person; another: Person };

/** Each letter of a cell below, left to right. Work in progress or done is never unassigned. */
const SITUATIONS = [
  { name: "of their own that nobody holds", requester: "me", assignee: null },
  { name: "of their own that another holds", requester: "me", assignee: "another" },
  { name: "of their own that they hold", requester: "me", assignee: "me" },
  { name: "of somebody's that they hold", requester: "somebody", assignee: "me" },
  { name: "of somebody's that nobody holds", requester: "somebody", assignee: null },
  { name: "of somebody's that another holds", requester: "somebody", assignee: "another" },
] as const;
const HELD = SITUATIONS.filter(({ assignee }) => assignee !== null);
const COLUMNS: readonly [Status, readonly (typeof SITUATIONS)[number][]][] = [
  ["NEW", SITUATIONS],
  ["IN_PROGRESS", HELD],
  ["DONE", HELD],
  ["CANCELED", SITUATIONS],
];

const REFUSALS: Record<string, { status: number; code: string }> = {
  F: { status: 403, code: "forbidden" },
  H: { status: 404, code: "not_found" },
  C: { status: 409, code: "request_closed" },
  T: { status: 409, code: "illegal_transition" },
  S: { status: 409, code: "request_started" },
  A: { status: 409, code: "already_assigned" },
  N: { status: 409, code: "not_assigned" },
};

/** The last column is the condition that a refusal of kind F names. */
const TABLE = `
  ADMIN    view              ++++++ ++++ ++++ ++++++ -
  ADMIN    update            ++++++ ++++ CCCC CCCCCC -
  ADMIN    claim             +AAA+A AAAA CCCC CCCCCC -
  ADMIN    release           N+++N+ SSSS CCCC CCCCCC -
  ADMIN    assign-to-self    ++AA++ +AA+ CCCC CCCCCC -
  ADMIN    assign-to-third   ++++++ ++++ CCCC CCCCCC -
  ADMIN    start             ++++++ TTTT TTTT TTTTTT -
  ADMIN    finish            TTTTTT ++++ TTTT TTTTTT -
  ADMIN    cancel            ++++++ ++++ TTTT TTTTTT -
  ADMIN    comment           ++++++ ++++ ++++ ++++++ -
  ADMIN    commentInternally ++++++ ++++ ++++ ++++++ -
  AGENT    view              ++++++ ++++ ++++ ++++++ -
  AGENT    update            +F+++F F++F CCCC CCCCCC assigneeOrUnassigned
  AGENT    claim             +AAA+A AAAA CCCC CCCCCC -
  AGENT    release           NF++NF SSSS CCCC CCCCCC assignee
  AGENT    assign-to-self    +AAA+A AAAA CCCC CCCCCC -
  AGENT    assign-to-third   FFFFFF FFFF CCCC CCCCCC selfAsAssignee
  AGENT    start             +F+++F TTTT TTTT TTTTTT assigneeOrUnassigned
  AGENT    finish            TTTTTT F++F TTTT TTTTTT assignee
  AGENT    cancel            FF++FF F++F TTTT TTTTTT assignee
  AGENT    comment           ++++++ ++++ ++++ ++++++ -
  AGENT    commentInternally ++++++ ++++ ++++ ++++++ -
  EMPLOYEE view              ++++HH +++H +++H ++++HH -
  EMPLOYEE update            +FFFHH FFFH CCCH CCCCHH requesterBeforeWork
  EMPLOYEE claim             FFFFHH FFFH FFFH FFFFHH never
  EMPLOYEE release           FFFFHH FFFH FFFH FFFFHH never
  EMPLOYEE assign-to-self    FFFFHH FFFH FFFH FFFFHH never
  EMPLOYEE assign-to-third   FFFFHH FFFH FFFH FFFFHH never
  EMPLOYEE start             FFFFHH FFFH FFFH FFFFHH never
  EMPLOYEE finish            FFFFHH FFFH FFFH FFFFHH never
  EMPLOYEE cancel            +FFFHH FFFH TTTH TTTTHH requesterBeforeWork
  EMPLOYEE comment           ++++HH +++H +++H ++++HH -
  EMPLOYEE commentInternally FFFFHH FFFH FFFH FFFFHH never
`;

const CALLS: Record<
  string,
  { procedures: string[]; input?: (me: Person, third: Person) => object; created?: boolean }
> = {
  view: { procedures: ["requests.get", "requests.history", "comments.list"] },
  update: { procedures: ["requests.update"], input: () => ({ title: "Changed title" }) },
  claim: { procedures: ["requests.claim"] },
  release: { procedures: ["requests.release"] },
  "assign-to-self": { procedures: ["requests.assign"], input: (me) => ({ assigneeId: me.id }) },
  "assign-to-third": {
    procedures: ["requests.assign"],
    input: (_me, third) => ({ assigneeId: third.id }),
  },
  start: { procedures: ["requests.transition"], input: () => ({ status: "IN_PROGRESS" }) },
  finish: { procedures: ["requests.transition"], input: () => ({ status: "DONE" }) },
  cancel: {
    procedures: ["requests.transition"],
    input: () => ({ status: "CANCELED", reason: "Not needed" }),
  },
  comment: { procedures: ["comments.create"], input: () => ({ body: "Hello" }), created: true },
  commentInternally: {
    procedures: ["comments.create"],
    input: () => ({ body: "Psst", visibility: "INTERNAL" }),
    created: true,
  },
};

const rows = TABLE.trim()
  .split("\n")
  .map(
    (line) => line.trim().split(/\s+/) as [Role, string, string, string, string, string, string],
  );

const cells = rows.flatMap(([role, action, ...columns]) =>
  COLUMNS.flatMap(([status, situations], column) =>
    situations.map((situation, index) => {
      const letter = columns[column]?.[index] ?? "?";
      const refusal = REFUSALS[letter] ?? null;
      const verb = refusal ? "refuses" : "lets";
      return {
        title: `${verb} ${role} ${action} a ${status} request ${situation.name}${refusal ? `: ${refusal.code}` : ""}`,
        ...{ role, action, status, situation, letter, refusal },
        rule: `request.${verbOf(action)}:${role}:${columns[4]}`,
      };
    }),
  ),
);

const FIRST_NUMBER = 100_000;

/** One request for each procedure and transport of each cell, so that no call meets what another left. */
const fixtures = cells
  .flatMap((cell) =>
    (CALLS[cell.action]?.procedures ?? []).flatMap((procedure) =>
      TRANSPORTS.map((transport) => ({ cell, procedure, transport })),
    ),
  )
  .map((fixture, index) => ({ ...fixture, number: FIRST_NUMBER + index }));

let app: TestApp;
let third: Person;
const peopleOf = (role: Role): People => ({
  me: { ADMIN: app.admin, AGENT: app.agent, EMPLOYEE: app.employee }[role],
  somebody: app.otherEmployee,
  another: app.otherAgent,
});

beforeAll(async () => {
  app = await openTestApp("postgres");
  third = await app.addUser({ fullName: "Tess", role: "AGENT", email: "tess@example.com" });
  const requests = fixtures.map(({ number, cell: { role, status, situation } }) => {
    const people = peopleOf(role);
    return {
      number,
      status,
      requester: toUuid("user", people[situation.requester].id),
      assignee: situation.assignee && toUuid("user", people[situation.assignee].id),
    };
  });
  await runSql(
    app.database.db,
    `insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
       assignee_id, created_at, updated_at, started_at, closed_at)
     select gen_random_uuid(), number, 'Some title', '', status, 'NORMAL', 'general', requester, requester, assignee,
       now(), now(), case when status in ('IN_PROGRESS', 'DONE') then now() end,
       case when status in ('DONE', 'CANCELED') then now() end
     from json_to_recordset($1) as r (number int, status text, requester uuid, assignee uuid)`,
    [JSON.stringify(requests)],
  );
});
afterAll(() => app.close());

describe("the permissions of each role on a request, over REST and tRPC", () => {
  it("have a row for every role and action, and a known letter in every cell", () => {
    const named = new Set(rows.map(([role, action]) => `${role} ${verbOf(action)}`));
    const expected = (["ADMIN", "AGENT", "EMPLOYEE"] as const).flatMap((role) =>
      ["view", ...REQUEST_ACTIONS].map((action) => `${role} ${action}`),
    );
    expect([...named].sort()).toEqual(expected.sort());
    expect(cells.filter(({ letter }) => letter !== "+" && !(letter in REFUSALS))).toEqual([]);
    expect(cells).toHaveLength(rows.length * 20);
  });

  it.each(cells)("$title", async (cell) => {
    const { me } = peopleOf(cell.role);
    const { input, created } = CALLS[cell.action] ?? {};
    const own = fixtures.filter((fixture) => fixture.cell === cell);
    expect(new Set(own.map(({ transport }) => transport)).size).toBe(2);
    for (const { procedure, transport, number } of own) {
      const call = (id: string) =>
        invoke(app, transport, procedure, { id, ...input?.(me, third) }, { as: me });
      const { status, body } = await call(`SF-${number}`);
      if (cell.refusal) {
        expect({ status, code: body.code }).toEqual(cell.refusal);
        expect(body.rule).toBe(cell.letter === "F" ? cell.rule : undefined);
        if (cell.letter === "H") {
          expect(kindOf(body)).toEqual(kindOf((await call("SF-999999999")).body));
        }
      } else {
        expect(status).toBe(created && transport === "rest" ? 201 : 200);
        if (procedure === "requests.get") expect(body.allowedActions).toEqual(allowedIn(cell));
      }
      const changes = cell.action !== "view" && !cell.refusal ? 1 : 0;
      expect(await entriesOf(number)).toBe(changes);
    }
  });
});

/** The actions that the table allows in the same place. */
function allowedIn({ role, status, situation }: (typeof cells)[number]) {
  const allowed = new Set(
    cells
      .filter(
        (cell) => cell.role === role && cell.status === status && cell.situation === situation,
      )
      .filter(({ letter }) => letter === "+")
      .map(({ action }) => verbOf(action)),
  );
  return REQUEST_ACTIONS.filter((action) => allowed.has(action));
}

function verbOf(action: string): string {
  return action.split("-to-")[0] as string;
}

async function entriesOf(number: number): Promise<number> {
  const [row] = await runSql<{ entries: number }>(
    app.database.db,
    `select count(*)::int as entries from audit_logs a join requests r on r.id = a.service_request_id
     where r.number = $1`,
    [number],
  );
  return row?.entries ?? -1;
}
