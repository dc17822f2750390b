import { toUuid } from "@serviceflow/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { runSql } from "./harness/raw-sql.ts";
import { insertRequests } from "./harness/request-rows.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

async function csvOf(app: TestApp, query: string, as: Person) {
  const response = await app.fetch(`/requests?${query}`, {
    headers: { accept: "text/csv", "x-api-key": as.key },
  });
  return {
    response,
    text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.arrayBuffer()),
  };
}

describe.each(ENGINES)("a list of requests as CSV, on %s,", (engine) => {
  let app: TestApp;
  const ids: string[] = [];

  beforeAll(async () => {
    app = await openTestApp(engine);
    const titles = [
      '=HYPERLINK("http://evil.example")',
      "+1",
      "-1",
      "@SUM(A1)",
      'Say "hi", please',
      "a;=1+1;b",
      "a| @SUM(A1)",
    ];
    for (const title of [...titles, "Ordinary"]) {
      const body = {
        title,
        description: "One\nTwo",
        priority: title === "Ordinary" ? "LOW" : "HIGH",
      };
      ids.push((await app.call("POST", "/requests", { as: app.employee, body })).body.id);
    }
  });
  afterAll(() => app.close());

  const csv = (query: string, as: Person = app.admin) => csvOf(app, query, as);

  it("has a byte order mark, a header, a line for each request, and no formulas", async () => {
    const { response, text } = await csv("fields=title,assignee&sort=oldest");
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(response.headers.get("vary")).toContain("Accept");
    expect(text).toBe(
      [
        "\uFEFFid,title,assigneeId,assignee",
        `"${ids[0]}","'=HYPERLINK(""http://evil.example"")",,`,
        `"${ids[1]}","'+1",,`,
        `"${ids[2]}","'-1",,`,
        `"${ids[3]}","'@SUM(A1)",,`,
        `"${ids[4]}","Say ""hi"", please",,`,
        `"${ids[5]}","a;'=1+1;b",,`,
        `"${ids[6]}","a| '@SUM(A1)",,`,
        `"${ids[7]}","Ordinary",,`,
        "",
      ].join("\r\n"),
    );
  });

  it("takes the filters of the list, shows what the caller may see, and the description when asked", async () => {
    const { text } = await csv("priority=LOW&include=description");
    const [header, ...lines] = text.slice(1).split("\r\n");
    expect(header).toContain(
      "id,title,description,status,priority,category,requesterId,requester,",
    );
    expect(header).not.toContain("allowedActions");
    expect(lines.slice(0, -1)).toHaveLength(1);
    expect(lines[0]).toMatch(
      new RegExp(`^"${ids[7]}","Ordinary","One\nTwo","NEW","LOW","general","usr_`),
    );
    expect((await csv("fields=id", app.otherEmployee)).text).toBe("\uFEFFid\r\n");
  });

  it("is refused as problems are, and has no pages", async () => {
    const { response, text } = await csv("limit=5&status=OLD");
    expect(response.status).toBe(422);
    const { errors } = JSON.parse(text);
    expect(errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      "/limit",
      "/status",
    ]);
  });

  it("is refused before its first line, as JSON is", async () => {
    const { response, text } = await csv("q=lamp&sort=oldest");
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(JSON.parse(text)).toMatchObject({
      status: 422,
      errors: [{ pointer: "/sort", code: "not_with_q" }],
    });
  });
});

describe("many requests", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp("postgres");
  });
  afterAll(() => app.close());

  it("are a file of many pages", async () => {
    const requester = toUuid("user", app.employee.id);
    const rows = Array.from({ length: 6_000 }, (_, index) => ({
      number: 5_000 + index,
      status: "DONE" as const,
      requester,
      assignee: requester,
    }));
    await insertRequests(app.database.db, rows);
    const { text } = await csvOf(app, "fields=id&status=DONE", app.admin);
    expect(new Set(text.trimEnd().split("\r\n")).size).toBe(1 + 6_000);
  });

  it("are read a part at a time: a page can be short, and the next one goes on", async () => {
    const { call, admin, database } = app;
    await call("POST", "/categories", { as: admin, body: { slug: "rare", name: "Rare" } });
    await runSql(
      database.db,
      `update requests set category = 'rare'
       where id = (select id from requests where status = 'DONE' order by updated_at, id limit 1)`,
    );
    for (const query of ["sort=updated", "sort=priority", "sort=activity", "sort=newest"]) {
      const filter = `status=DONE&category=rare&category=none&priority=NORMAL&${query}`;
      const found: unknown[] = [];
      let pages = 0;
      for (let cursor = ""; ; pages += 1) {
        const { body } = await call("GET", `/requests?${filter}${cursor}`, { as: admin });
        found.push(...body.items);
        if (body.nextCursor === null) break;
        cursor = `&cursor=${body.nextCursor}`;
      }
      expect({ query, found: found.length }).toEqual({ query, found: 1 });
      expect(pages).toBeLessThan(60);
    }
    const { body } = await call("GET", "/requests/counts?all&rare.category=rare&done.status=DONE", {
      as: admin,
    });
    expect(body.counts).toEqual({
      all: { count: 1_000, more: true },
      rare: { count: 1, more: false },
      done: { count: 1_000, more: true },
    });
  });
});
