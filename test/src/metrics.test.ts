import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunningServer } from "@serviceflow/server";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { run } from "./harness/child-process.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { runSql } from "./harness/raw-sql.ts";
import { serveWith } from "./harness/serve-with.ts";
import { BOOTSTRAP_KEY, caller } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

const MONITORING = fileURLToPath(new URL("../../compose/monitoring", import.meta.url));
const TOKEN = "a-token-for-metrics";

// The jobs that follow the log run beside the calls.
const CAUGHT_UP = ["serviceflow_event_index_lag_entries 0", "serviceflow_webhook_lag_entries 0"];

describe("metrics", () => {
  let database: TestDatabase & { url: string };
  let server: RunningServer;
  beforeAll(async () => {
    database = await freshPostgres();
  });
  afterEach(() => server.close());
  afterAll(() => database.drop());

  const metrics = (headers: Record<string, string> = {}) =>
    fetch(`${server.url}/metrics`, { headers });

  it("include calls by outcome, the process and the sealer's lag", async () => {
    server = await serveWith(database, { METRICS_TOKEN: TOKEN });
    const call = caller(fetch, `${server.url}/api/v1`);
    await call("POST", "/users", {
      body: { fullName: "Ada Admin", email: "ada@example.com" },
      headers: { "x-bootstrap-key": BOOTSTRAP_KEY },
    });
    await call("GET", "/users/me");
    let text = "";
    await waitUntil("the jobs that follow the log to catch up", async () => {
      text = await (await metrics({ authorization: `Bearer ${TOKEN}` })).text();
      return CAUGHT_UP.every((line) => text.includes(`${line}\n`));
    });
    const lines = text.split("\n");
    expect(lines).toContain(
      'serviceflow_calls_total{procedure="users.create",transport="rest",code="ok"} 1',
    );
    expect(lines).toContain(
      'serviceflow_calls_total{procedure="users.me",transport="rest",code="unauthenticated"} 1',
    );
    expect(text).toMatch(/^serviceflow_call_duration_seconds_bucket\{le="0\.001",/m);
    expect(text).toMatch(/^serviceflow_audit_seal_lag_seconds [\d.e-]+$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds [\d.e-]+$/m);
    expect(text).toMatch(
      /^serviceflow_build_info\{version="\d+\.\d+\.\d+",node="v[\d.]+",engine="postgres"\} 1$/m,
    );
    for (const line of [
      'serviceflow_database_connections{state="max"} 4',
      "serviceflow_database_waiting 0",
      "serviceflow_webhook_oldest_pending_seconds 0",
      "serviceflow_webhooks_disabled 0",
    ]) {
      expect(lines).toContain(line);
    }
    const open = /^serviceflow_http_connections (\d+)$/m.exec(text)?.[1];
    expect(Number(open)).toBeGreaterThan(0);
  });

  it("count what an operator has to look at, of which a caller learns what may pass", async () => {
    const own = await freshPostgres();
    onTestFinished(() => own.drop());
    server = await serveWith(own, { METRICS_TOKEN: TOKEN });
    const call = caller(fetch, `${server.url}/api/v1`);
    const create = (email: string) =>
      call("POST", "/users", {
        body: { fullName: "Ada Admin", email },
        headers: { "x-bootstrap-key": BOOTSTRAP_KEY },
      });
    const fails = (state: string) =>
      runSql(
        own.db,
        `create or replace function fail() returns trigger language plpgsql as
           $$ begin raise exception 'of values' using errcode = '${state}'; end $$;
         create or replace trigger fail before insert on users for each row execute function fail()`,
      );
    for (const [state, status, words] of [
      ["53100", 503, "no room"],
      ["53100", 503, "no room"],
      ["25006", 503, "no changes"],
      ["42501", 500, "The server failed"],
    ] as const) {
      await fails(state);
      const answer = await create("grace@example.com");
      expect(answer.status).toBe(status);
      expect(answer.body.detail).toContain(words);
      expect(JSON.stringify(answer.body)).not.toContain("of values");
    }
    const text = await (await metrics({ authorization: `Bearer ${TOKEN}` })).text();
    for (const [failure, count] of [
      ["disk", 2],
      ["read_only", 1],
      ["permission", 1],
    ]) {
      expect(text.split("\n")).toContain(
        `serviceflow_database_failures_total{failure="${failure}"} ${count}`,
      );
    }
  });

  it("have all that the alert rules and the dashboard ask for", async () => {
    server = await serveWith(database, { METRICS_TOKEN: TOKEN });
    const text = await (await metrics({ authorization: `Bearer ${TOKEN}` })).text();
    const asked = await Promise.all(
      ["alerts.yml", "grafana/serviceflow.json"].map((file) =>
        readFile(join(MONITORING, file), "utf8"),
      ),
    );
    const names = new Set(asked.join().match(/\b(serviceflow|nodejs|process)_\w+/g));
    expect(names.size).toBeGreaterThan(15);
    const missing = [...names].filter((name) => {
      return !text.includes(`# TYPE ${name.replace(/_bucket$/, "")} `);
    });
    expect(missing).toEqual([]);
  });

  it("without a token are closed to everybody on the API's port", async () => {
    server = await serveWith(database, {});
    const unknown = await fetch(`${server.url}/nowhere`);
    const direct = await metrics();
    const forwarded = await metrics({ "x-forwarded-for": "127.0.0.1" });
    const proxied = await fetch(`${await plainProxy(server.url)}/metrics`);
    const other = (await unknown.json()) as Problem;
    for (const hidden of [direct, forwarded, proxied]) {
      expect(hidden.status).toBe(404);
      const one = (await hidden.json()) as Problem;
      expect({ ...one, requestId: "", instance: "" }).toEqual({
        ...other,
        requestId: "",
        instance: "",
      });
    }
  });

  it("with a token need it through a proxy that adds no header, too", async () => {
    server = await serveWith(database, { METRICS_TOKEN: TOKEN });
    const url = `${await plainProxy(server.url)}/metrics`;
    expect((await fetch(url)).status).toBe(401);
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await fetch(url, { headers })).status).toBe(200);
  });

  it("can have a port of their own, which serves nothing else", async () => {
    server = await serveWith(database, { METRICS_PORT: "0" });
    const url = server.metricsUrl ?? "";
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(/^serviceflow_event_streams 0$/m);
    for (const path of ["/", "/health", "/api/v1/requests", "/trpc/users.me", "/docs"]) {
      expect((await fetch(new URL(path, url))).status).toBe(404);
    }
    expect((await metrics()).status).toBe(404);
  });

  it("need the token on a port of their own too, once there is one", async () => {
    server = await serveWith(database, { METRICS_PORT: "0", METRICS_TOKEN: TOKEN });
    const url = server.metricsUrl ?? "";
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers })).status).toBe(200);
    expect((await metrics(headers)).status).toBe(404);
  });

  it("with a token are available to every bearer of it", async () => {
    server = await serveWith(database, { METRICS_TOKEN: TOKEN });
    const forwarded = { "x-forwarded-for": "198.51.100.1" };
    const given = await metrics({ ...forwarded, authorization: `Bearer ${TOKEN}` });
    expect(given.status).toBe(200);
    for (const authorization of ["", "Bearer", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`]) {
      const refused = await metrics(authorization === "" ? {} : { authorization });
      expect(refused.status).toBe(401);
      expect(refused.headers.get("www-authenticate")).toContain("Bearer");
    }
  });
});

it("alert rules raise the alerts that they should, and no other", async () => {
  const missing = "Install prometheus: the alert rules are tested with its promtool.";
  const tested = run("promtool", ["test", "rules", "alerts.test.yml"], { cwd: MONITORING });
  const { stdout } = await tested.catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new Error(missing, { cause: error }) : error;
  });
  expect(stdout + (await tested).stderr).toContain("SUCCESS");
});

/** A proxy on this machine that forwards and adds no header, as nginx does with `proxy_pass` alone. */
async function plainProxy(target: string): Promise<string> {
  const proxy = http.createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const forwarded = http.request(`${target}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

type Problem = Record<string, unknown>;
