import { ServiceFlow } from "@serviceflow/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { invoke, TRANSPORTS, type Transport } from "./harness/operation.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const REASON = "On leave until Monday.";

describe("handing over a request", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp("postgres");
  });
  afterAll(() => app.close());

  /** A request of the employee's that the agent holds. */
  async function held(status: "NEW" | "IN_PROGRESS"): Promise<string> {
    const body = { title: "A chair for desk 12" };
    const { id } = (await app.call("POST", "/requests", { as: app.employee, body })).body;
    const taken =
      status === "NEW"
        ? await app.call("POST", `/requests/${id}/claim`, { as: app.agent })
        : await app.call("PATCH", `/requests/${id}/status`, { as: app.agent, body: { status } });
    expect(taken.body).toMatchObject({ status, assignee: { id: app.agent.id } });
    return id;
  }

  const assign = (transport: Transport, as: Person, id: string, input: object) =>
    invoke(app, transport, "requests.assign", { id, ...input }, { as });

  it.each(
    TRANSPORTS.flatMap((transport) =>
      (["agent", "admin"] as const).flatMap((by) =>
        (["NEW", "IN_PROGRESS"] as const).map((status) => ({ transport, by, status })),
      ),
    ),
  )("over $transport works for its $by while $status", async ({ transport, by, status }) => {
    const id = await held(status);
    const before = (await app.call("GET", `/requests/${id}`, { as: app.agent })).body;
    expect(before.allowedActions).toContain("assign");
    const input = { assigneeId: app.otherAgent.id, reason: REASON };
    const answer = await assign(transport, app[by], id, input);
    expect(answer.body).toMatchObject({
      status,
      assignee: { id: app.otherAgent.id, fullName: app.otherAgent.fullName },
      startedAt: before.startedAt,
      version: before.version + 1,
    });

    const after = async (as: Person) =>
      (await app.call("GET", `/requests/${id}`, { as })).body.allowedActions;
    expect(await after(app.agent)).toEqual(["comment", "commentInternally"]);
    expect(await after(app.otherAgent)).toContain(status === "NEW" ? "start" : "finish");

    const history = await app.call("GET", `/requests/${id}/history?limit=1`, { as: app.employee });
    expect(history.body.items).toEqual([
      expect.objectContaining({
        action: "request.assigned",
        actor: { id: app[by].id, fullName: app[by].fullName },
        changes: { assigneeId: { from: app.agent.id, to: app.otherAgent.id } },
        reason: REASON,
      }),
    ]);
  });

  it.each(
    TRANSPORTS.flatMap((transport) =>
      (["agent", "admin"] as const).map((by) => [transport, by] as const),
    ),
  )("over %s needs a reason of its %s once work has begun", async (transport, by) => {
    const id = await held("IN_PROGRESS");
    const input = { assigneeId: app.otherAgent.id };
    const answer = await assign(transport, app[by], id, input);
    expectInvalid(answer, [{ pointer: "/reason", code: "required" }]);
    const { body } = await app.call("GET", `/requests/${id}`, { as: app.agent });
    expect(body.assignee.id).toBe(app.agent.id);
  });

  it("works with the SDK, before work without a reason", async () => {
    const as = ({ key }: Person) =>
      new ServiceFlow({ baseUrl: "http://test", apiKey: key, fetch: app.fetch });
    const id = await held("NEW");
    const to = (person: Person) => ({ assigneeId: person.id });
    await as(app.agent).requests.assign(id, { ...to(app.otherAgent), reason: REASON });
    await as(app.otherAgent).requests.assign(id, to(app.admin));
    const reasons = [];
    for await (const entry of as(app.agent).requests.history(id)) reasons.push(entry.reason);
    expect(reasons.slice(0, 2)).toEqual([null, REASON]);
  });

  it("is refused to an agent who does not hold it, with the rule in words", async () => {
    const id = await held("IN_PROGRESS");
    const answer = await assign("rest", app.otherAgent, id, { assigneeId: app.admin.id });
    expectProblem(answer, "forbidden");
    expect(answer.body).toMatchObject({
      rule: "request.assign:AGENT:selfOrFromSelf",
      detail:
        "request.assign is allowed for AGENT only to themselves while it is unassigned, or to another while it is assigned to them.",
    });
    expectProblem(
      await assign("rest", app.otherAgent, id, { assigneeId: app.otherAgent.id }),
      "already_assigned",
    );
  });

  it("needs somebody who can work, and a request that is open", async () => {
    const id = await held("IN_PROGRESS");
    const toEmployee = { assigneeId: app.employee.id, reason: REASON };
    expectInvalid(await assign("rest", app.agent, id, toEmployee), [
      { pointer: "/assigneeId", code: "not_eligible" },
    ]);
    const status = { status: "DONE" };
    await app.call("PATCH", `/requests/${id}/status`, { as: app.agent, body: status });
    expectProblem(
      await assign("rest", app.agent, id, { assigneeId: app.otherAgent.id }),
      "request_closed",
    );
  });

  it("takes one reason, within the bounds of reasons", async () => {
    const id = await held("NEW");
    const reason = "x".repeat(1001);
    const answer = await assign("rest", app.agent, id, { assigneeId: app.admin.id, reason });
    expectInvalid(answer, [{ pointer: "/reason", code: "too_long" }]);
  });
});
