import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { onServer } from "./harness/local-postgres.ts";
import { addPeople } from "./harness/people.ts";
import { databaseUrl } from "./harness/postgres.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY, caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";
import { workerPostgres } from "./harness/worker-postgres.ts";

const DATABASE = "tenants";
const TENANTS = ["acme", "globex"] as const;
type Tenant = (typeof TENANTS)[number];

interface Installation {
  server: ServerProcess;
  admin: Person;
  call: TestApp["call"];
}

describe("two installations in schemas of one database", () => {
  const { postgresUrl } = workerPostgres();
  const url = databaseUrl(postgresUrl, DATABASE);
  const of = {} as Record<Tenant, Installation>;
  const environment = (schema: string) => ({
    DATABASE_URL: url,
    DATABASE_SCHEMA: schema,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
  });
  const rows = async <Row>(text: string): Promise<Row[]> =>
    (await onServer(url, (client) => client.query(text))).rows as Row[];

  beforeAll(async () => {
    await onServer(postgresUrl, (client) => client.query(`create database ${DATABASE}`));
    // At once: neither waits for the other, and neither takes the other's migrations for its own.
    await Promise.all(
      TENANTS.map(async (tenant) => {
        const server = await ServerProcess.start(environment(tenant));
        const { admin } = await addPeople(server.url);
        of[tenant] = { server, admin, call: caller(fetch, `${server.url}/api/v1`) };
      }),
    );
  });
  afterAll(async () => {
    await killProcesses();
    await onServer(postgresUrl, (client) => client.query(`drop database ${DATABASE} with (force)`));
  });

  async function file(tenant: Tenant, title: string): Promise<string> {
    const { call, admin } = of[tenant];
    const { status, body } = await call("POST", "/requests", { as: admin, body: { title } });
    expect(status).toBe(201);
    return body.id;
  }

  it("share no number, no list, no search and no key", async () => {
    expect([await file("acme", "Acme printer"), await file("globex", "Globex printer")]).toEqual([
      "SF-1001",
      "SF-1001",
    ]);
    for (const tenant of TENANTS) {
      const { call, admin } = of[tenant];
      const { body } = await call("GET", "/requests?q=printer", { as: admin });
      expect(body.items.map(({ title }: { title: string }) => title.toLowerCase())).toEqual([
        `${tenant} printer`,
      ]);
    }
    const stranger = await of.acme.call("GET", "/users/me", { as: of.globex.admin });
    expect(stranger.status).toBe(401);
  });

  it("keep everything in their own schema, the names of their migrations too", async () => {
    const found = await rows<{ schema: string; tables: number; history: boolean }>(`
      select schemaname as schema, count(*)::int as tables, bool_or(tablename = '__drizzle_migrations') as history
      from pg_tables where schemaname not in ('pg_catalog', 'information_schema') group by 1 order by 1`);
    const [acme, globex] = found;
    expect(found.map(({ schema }) => schema)).toEqual(["acme", "globex"]);
    expect(acme).toEqual({ ...globex, schema: "acme" });
    expect(acme?.history).toBe(true);
  });

  it("seal each its own log, also while the other is being sealed", async () => {
    const newest = async (tenant: Tenant): Promise<string> => {
      const { call, admin } = of[tenant];
      const { body } = await call("GET", "/events?type=request.created&limit=100", { as: admin });
      return body.items.at(-1)?.request.title;
    };
    await waitUntil("the log so far to be sealed", async () => {
      return (await newest("acme")) === "Acme printer";
    });
    await onServer(url, async (client) => {
      // The lock of those who seal the first one's log.
      await client.query("select pg_advisory_lock(hashtextextended('acme', 7251965))");
      await file("acme", "Acme waits");
      await file("globex", "Globex goes on");
      await waitUntil("the second log to be sealed", async () => {
        return (await newest("globex")) === "Globex goes on";
      });
      expect(await newest("acme")).toBe("Acme printer");
    });
    await waitUntil("the first log to be sealed", async () => {
      return (await newest("acme")) === "Acme waits";
    });
  });

  it("verify each its own log and state", async () => {
    for (const tenant of TENANTS) {
      const verified = await ServerProcess.run(
        environment(tenant),
        ...["audit", "verify", "--state", "--json"],
      );
      expect(verified).toMatchObject({ code: 0 });
      expect(JSON.parse(verified.stdout)).toMatchObject({ valid: true });
    }
  });

  it("note and guard what anybody writes, with any search_path", async () => {
    const noted = () =>
      rows<{ tenant: string }>(`
        select 'acme' as tenant from acme.request_deltas union all select 'globex' from globex.request_deltas`);
    await waitUntil("the counts to be complete", async () => (await noted()).length === 0);
    await rows(
      `set search_path = ''; update acme.requests set priority = 'LOW' where number = 1001`,
    );
    const refused = rows(
      `set search_path = ''; update globex.requests set status = 'DONE' where number = 1001`,
    );
    await expect(refused).rejects.toMatchObject({ constraint: "requests_status_transition" });
    const functions = await rows<{ name: string; schema: string; config: string[] | null }>(`
      select proname as name, nspname as schema, proconfig as config
      from pg_proc join pg_namespace n on n.oid = pronamespace where nspname in ('acme', 'globex')`);
    expect(functions.length).toBeGreaterThan(10);
    for (const { schema, config } of functions) {
      expect(config).toEqual([`search_path=${schema}, pg_temp`]);
    }
  });

  it("are out of reach for each other's role", async () => {
    const granted = await ServerProcess.run(
      {},
      "grants",
      "--role",
      "globex_app",
      "--schema",
      "globex",
    );
    await rows(`create role globex_app login password 'globex'; ${granted.stdout}`);
    try {
      const own = new URL(url);
      own.username = "globex_app";
      own.password = "globex";
      const server = await ServerProcess.start({
        ...environment("globex"),
        DATABASE_URL: own.href,
      });
      const call = caller(fetch, `${server.url}/api/v1`);
      const as = of.globex.admin;
      expect((await call("POST", "/requests", { as, body: { title: "As a role" } })).status).toBe(
        201,
      );
      const other = onServer(own.href, (client) => client.query("select from acme.users"));
      await expect(other).rejects.toMatchObject({ code: "42501" });
      await server.end("SIGTERM");
    } finally {
      await rows("drop owned by globex_app; drop role globex_app");
    }
  });
});
