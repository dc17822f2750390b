import { OPERATIONS } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { ENGINES_IN_TIME } from "./harness/databases.ts";
import { invoke, TRANSPORTS } from "./harness/operation.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

describe.each(ENGINES_IN_TIME)("internal comments on %s", (engine) => {
  let app: TestApp;
  let path: string;
  beforeAll(async () => {
    app = await openTestApp(engine, { clock: new TestClock("2026-03-02T08:00:00Z").tick });
    const { call, employee, agent, admin } = app;
    const filed = await call("POST", "/requests", {
      as: employee,
      body: { title: "Broken screen" },
    });
    path = `/requests/${filed.body.id}`;
    const say = (as: Person, body: string, visibility: string) =>
      call("POST", `${path}/comments`, { as, body: { body, visibility } });
    await say(employee, "Please hurry", "PUBLIC");
    await say(agent, "Secret: dropped it again", "INTERNAL");
    await say(agent, "On my way", "PUBLIC");
    await say(admin, "Secret: bill the department", "INTERNAL");
  });
  afterAll(() => app.close());

  /** Every item of a list, page by page of one. */
  async function walk(list: string, as: Person): Promise<Record<string, unknown>[]> {
    const items = [];
    for (let cursor = ""; ; ) {
      const { body } = await app.call("GET", `${list}?limit=1${cursor}`, { as });
      items.push(...body.items);
      if (body.nextCursor === null) return items;
      cursor = `&cursor=${body.nextCursor}`;
    }
  }

  it("are visible to agents and administrators", async () => {
    for (const as of [app.agent, app.admin]) {
      expect((await walk(`${path}/comments`, as)).map(({ body }) => body)).toEqual([
        "Secret: bill the department",
        "On my way",
        "Secret: dropped it again",
        "Please hurry",
      ]);
      expect(JSON.stringify(await walk(`${path}/history`, as)).match(/Secret/g)).toHaveLength(2);
    }
  });

  it("do not exist for the employee in any list, page or count", async () => {
    const { call, employee, agent } = app;
    const comments = await walk(`${path}/comments`, employee);
    expect(comments.map(({ body }) => body)).toEqual(["On my way", "Please hurry"]);
    const history = await walk(`${path}/history`, employee);
    expect(history.map(({ action }) => action)).toEqual([
      "comment.created",
      "comment.created",
      "request.created",
    ]);
    const search = async (as: Person) => (await call("GET", "/requests?q=secret", { as })).body;
    expect(await search(employee)).toEqual({ items: [], nextCursor: null });
    expect((await search(agent)).items).toHaveLength(1);
    const seen = async () =>
      [
        await call("GET", path, { as: employee }),
        await call("GET", "/requests", { as: employee }),
        await call("GET", "/requests/stats", { as: employee }),
        await call("GET", `${path}/comments`, { as: employee }),
        await call("GET", `${path}/history`, { as: employee }),
      ].map(({ body, headers }) => ({
        body,
        etag: headers.get("etag"),
        link: headers.get("link"),
      }));
    const before = await seen();
    expect(JSON.stringify(before)).not.toMatch(/secret|INTERNAL/i);
    const body = { body: "Secret: yet another", visibility: "INTERNAL" };
    expect((await call("POST", `${path}/comments`, { as: agent, body })).status).toBe(201);
    expect(await seen()).toEqual(before);
  });

  it("are in no answer of any operation to an employee, errors included", async () => {
    const { employee, agent, admin } = app;
    const ids = (await walk(`${path}/comments`, admin)).map(({ id }) => String(id));
    const entries = await walk("/audit-logs", admin);
    const internal = entries.filter((entry) => JSON.stringify(entry).includes("Secret"));
    expect(internal.length).toBeGreaterThanOrEqual(2);
    const hidden = [
      "Secret",
      ...internal.map(({ id }) => String(id)),
      ...internal.map(({ subject }) => (subject as { id: string }).id),
    ];
    const id = path.replace("/requests/", "");
    const inputs: Record<string, unknown>[] = [
      {},
      { id },
      { id: agent.id },
      { id: ids[0] },
      { id, q: "secret", limit: 100 },
      { q: "Secret", limit: 100 },
      { id, title: "Secret title", body: "x", status: "DONE", reason: "x", assigneeId: agent.id },
      { subject: hidden[1], request: id, limit: 100 },
      { redacted: false },
    ];
    let answers = 0;
    for (const { name } of OPERATIONS) {
      for (const transport of TRANSPORTS) {
        for (const input of inputs) {
          const { status, body, headers } = await invoke(app, transport, name, input, {
            as: employee,
          });
          expect(status).toBeLessThan(500);
          answers += 1;
          // What the employee has sent is theirs to see again.
          const own = ["Secret title", ...Object.values(input).map(String)];
          const text = own.reduce(
            (rest, word) => rest.replaceAll(word, ""),
            `${JSON.stringify(body)}${[...headers].join()}`,
          );
          for (const word of hidden) expect(text).not.toContain(word);
        }
      }
    }
    expect(answers).toBe(OPERATIONS.length * 2 * inputs.length);
  });

  it("do not exist for an agent who became an employee, not even their own", async () => {
    const { call, addUser, admin } = app;
    const former = await addUser({ fullName: "Fay", role: "AGENT", email: "fay@example.com" });
    const filed = await call("POST", "/requests", { as: former, body: { title: "My own screen" } });
    const own = `/requests/${filed.body.id}`;
    for (const body of [
      { body: "Secret: mine", visibility: "INTERNAL" },
      { body: "No hurry", visibility: "PUBLIC" },
    ]) {
      expect((await call("POST", `${own}/comments`, { as: former, body })).status).toBe(201);
    }
    await call("PATCH", `/users/${former.id}/role`, { as: admin, body: { role: "EMPLOYEE" } });
    for (const list of ["comments", "history"]) {
      const items = await walk(`${own}/${list}`, former);
      expect(items.length).toBeGreaterThan(0);
      expect(JSON.stringify(items)).not.toContain("Secret");
    }
  });
});
