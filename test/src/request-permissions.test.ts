import {
  type ActionRule,
  type MoveAction,
  REQUEST_ACTIONS,
  REQUEST_RULES,
  type RequestAction,
  ROLES,
  type Role,
  toUuid,
} from "@serviceflow/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ACTION_CELLS,
  type PermissionCell,
  permissionCells,
  VIEW_CELLS,
} from "../../packages/domain/src/rules/permissions.fixture.ts";
import { invoke, kindOf, TRANSPORTS } from "./harness/operation.ts";
import { runSql } from "./harness/raw-sql.ts";
import { insertRequests } from "./harness/request-rows.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

/** `assign` in the ways that differ from the row of the action itself. */
const ASSIGN_CELLS = permissionCells<"assign-to-self" | "assign-to-third">(`
  ADMIN    assign-to-self  ++AA++++ ++AA++++ CCCCCCCC CCCCCCCC -
  ADMIN    assign-to-third ++++++++ ++++++++ CCCCCCCC CCCCCCCC -
  AGENT    assign-to-self  +AAA+A++ +AAA+A++ CCCCCCCC CCCCCCCC -
  AGENT    assign-to-third FF++FFFF FF++FFFF CCCCCCCC CCCCCCCC selfOrFromSelf
  EMPLOYEE assign-to-self  FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF never
  EMPLOYEE assign-to-third FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF never
`);

type Call = "view" | Exclude<RequestAction, "assign"> | "assign-to-self" | "assign-to-third";

type Cell = PermissionCell<Call>;

const RULES: Partial<Record<string, ActionRule>> = REQUEST_RULES;

/** Whether a change of status is judged by another action: a call names the status, not the action. */
function isOfAnotherAction({ action, status }: Cell): boolean {
  const to = RULES[action]?.to;
  if (to === undefined) return false;
  const leading = Object.entries(RULES).filter(([, rule]) => rule?.to === to);
  const judged =
    leading.find(([, rule]) => rule?.from !== "any" && rule?.from.some((one) => one === status)) ??
    leading[0];
  return judged?.[0] !== action;
}

interface Sent {
  procedures: string[];
  input?: (me: Person, third: Person) => object;
  created?: boolean;
}

const CALLS: Record<Exclude<Call, MoveAction>, Sent> = {
  view: { procedures: ["requests.get", "requests.history", "comments.list"] },
  update: { procedures: ["requests.update"], input: () => ({ title: "Changed title" }) },
  correctRequester: {
    procedures: ["requests.update"],
    input: (_me, third) => ({ requesterId: third.id }),
  },
  claim: { procedures: ["requests.claim"] },
  release: { procedures: ["requests.release"] },
  "assign-to-self": {
    procedures: ["requests.assign"],
    input: (me) => ({ assigneeId: me.id, reason: "On leave." }),
  },
  "assign-to-third": {
    procedures: ["requests.assign"],
    input: (_me, third) => ({ assigneeId: third.id, reason: "On leave." }),
  },
  comment: { procedures: ["comments.create"], input: () => ({ body: "Hello" }), created: true },
  commentInternally: {
    procedures: ["comments.create"],
    input: () => ({ body: "Psst", visibility: "INTERNAL" }),
    created: true,
  },
};

function callOf(action: Call): Sent {
  const status = RULES[action]?.to;
  if (status === undefined) return CALLS[action as keyof typeof CALLS];
  return {
    procedures: ["requests.transition"],
    input: () => ({ status, reason: "Because." }),
  };
}

const isSamePlace = (one: PermissionCell<string>, other: PermissionCell<string>) =>
  one.role === other.role && one.status === other.status && one.situation === other.situation;

function isHidden(cell: Cell): boolean {
  return VIEW_CELLS.some((view) => isSamePlace(view, cell) && view.code !== null);
}

const cells = [...VIEW_CELLS, ...ACTION_CELLS, ...ASSIGN_CELLS]
  .filter((cell): cell is Cell => cell.action !== "assign")
  .filter((cell) => !isOfAnotherAction(cell))
  // Work in progress or done is never unassigned.
  .filter(
    ({ status, situation }) =>
      situation.assignee !== null || !["IN_PROGRESS", "DONE"].includes(status),
  )
  .map((cell) => {
    const code = isHidden(cell) ? "not_found" : cell.code;
    const verb = code === null ? "lets" : "refuses";
    const { role, action, status, situation } = cell;
    const title = `${verb} ${role} ${action} a ${status} request (${situation.name})`;
    return { ...cell, code, title: code === null ? title : `${title}: ${code}` };
  });

const FIRST_NUMBER = 100_000;

/** One request for each procedure and transport of each cell, so that no call meets what another left. */
const fixtures = cells
  .flatMap((cell) =>
    callOf(cell.action).procedures.flatMap((procedure) =>
      TRANSPORTS.map((transport) => ({ cell, procedure, transport })),
    ),
  )
  .map((fixture, index) => ({ ...fixture, number: FIRST_NUMBER + index }));

let app: TestApp;
let third: Person;
let gone: Person;
const peopleOf = (role: Role) => ({
  me: { ADMIN: app.admin, AGENT: app.agent, EMPLOYEE: app.employee }[role],
  somebody: app.otherEmployee,
  another: app.otherAgent,
  gone,
});

beforeAll(async () => {
  app = await openTestApp("postgres");
  third = await app.addUser({ fullName: "Tess", role: "AGENT", email: "tess@example.com" });
  gone = await app.addUser({ fullName: "Gus", role: "AGENT", email: "gus@example.com" });
  const left = await app.call("PATCH", `/users/${gone.id}`, {
    as: app.admin,
    body: { active: false },
  });
  expect(left.status).toBe(200);
  const requests = fixtures.map(({ number, cell: { role, status, situation } }) => {
    const people = peopleOf(role);
    return {
      number,
      status,
      requester: toUuid("user", people[situation.requester].id),
      assignee: situation.assignee && toUuid("user", people[situation.assignee].id),
    };
  });
  await insertRequests(app.database.db, requests);
});
afterAll(() => app.close());

describe("the permissions of each role on a request, over REST and tRPC", () => {
  it("have a known outcome for every role, call, status and situation", () => {
    const calls = [...Object.keys(CALLS), ...REQUEST_ACTIONS.filter((action) => RULES[action]?.to)];
    const expected = ROLES.flatMap((role) => calls.map((call) => `${role} ${call}`));
    const named = cells.map(({ role, action }) => `${role} ${action}`);
    expect([...new Set(named)].sort()).toEqual(expected.sort());
    expect(cells.filter(({ code }) => code === undefined)).toEqual([]);
  });

  it.each(cells)("$title", async (cell) => {
    const { me } = peopleOf(cell.role);
    const { input, created } = callOf(cell.action);
    const own = fixtures.filter((fixture) => fixture.cell === cell);
    expect(new Set(own.map(({ transport }) => transport)).size).toBe(2);
    for (const { procedure, transport, number } of own) {
      const call = (id: string) =>
        invoke(app, transport, procedure, { id, ...input?.(me, third) }, { as: me });
      const { status, body } = await call(`SF-${number}`);
      if (cell.code !== null) {
        expect(body.code).toBe(cell.code);
        expect(status).toBe({ forbidden: 403, not_found: 404 }[body.code as string] ?? 409);
        const action = cell.action.split("-to-")[0];
        const rule = `request.${action}:${cell.role}:${cell.condition}`;
        expect(body.rule).toBe(cell.code === "forbidden" ? rule : undefined);
        if (cell.code === "not_found") {
          expect(kindOf(body)).toEqual(kindOf((await call("SF-999999999")).body));
        }
      } else {
        expect(status).toBe(created && transport === "rest" ? 201 : 200);
        if (procedure === "requests.get") expect(body.allowedActions).toEqual(allowedIn(cell));
      }
      const changes = cell.action !== "view" && cell.code === null ? 1 : 0;
      expect(await entriesOf(number)).toBe(changes);
    }
  });
});

/** The actions that the table allows in the same place. */
function allowedIn(cell: Cell): RequestAction[] {
  const allowed = ACTION_CELLS.filter((other) => isSamePlace(other, cell) && other.code === null);
  return allowed.map(({ action }) => action);
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
