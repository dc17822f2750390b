import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

describe.each(ENGINES)("the life cycle of a request on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  it("goes from NEW to DONE and is recorded in its history", async () => {
    const { call, employee, agent } = app;
    const filed = await call("POST", "/requests", {
      as: employee,
      body: { title: "  Printer jammed  ", description: "It blinks.", priority: "HIGH" },
    });
    expect(filed.status).toBe(201);
    expect(filed.headers.get("location")).toBe(`/api/v1/requests/${filed.body.id}`);
    expect(filed.headers.get("etag")).toMatch(/^"1-/);
    expect(filed.body).toMatchObject({
      title: "Printer jammed",
      status: "NEW",
      priority: "HIGH",
      category: "general",
      requester: { id: employee.id, fullName: employee.fullName },
      assignee: null,
      version: 1,
      allowedActions: ["update", "cancel", "comment"],
    });

    const path = `/requests/${filed.body.id}`;
    const started = await call("PATCH", `${path}/status`, {
      as: agent,
      body: { status: "IN_PROGRESS" },
    });
    expect(started.body).toMatchObject({
      status: "IN_PROGRESS",
      assignee: { id: agent.id },
      version: 2,
    });
    const note = await call("POST", `${path}/comments`, {
      as: agent,
      body: { body: "Roller is worn", visibility: "INTERNAL" },
    });
    expect(note.status).toBe(201);
    await call("POST", `${path}/comments`, { as: employee, body: { body: "Thank you" } });
    const done = await call("PATCH", `${path}/status`, { as: agent, body: { status: "DONE" } });
    expect(done.body).toMatchObject({ status: "DONE", version: 3 });
    expect(done.body.closedAt).not.toBeNull();

    const actions = async (as: typeof agent) =>
      (await call("GET", `${path}/history`, { as })).body.items.map(
        (entry: { action: string }) => entry.action,
      );
    expect(await actions(agent)).toEqual([
      "request.transitioned",
      "comment.created",
      "comment.created",
      "request.transitioned",
      "request.created",
    ]);
    expect(await actions(employee)).toHaveLength(4);
    expect((await call("GET", `${path}/comments`, { as: employee })).body.items).toHaveLength(1);
    expect((await call("GET", `${path}/comments`, { as: agent })).body.items).toHaveLength(2);
  });
});
