import { afterAll, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { startHaproxy } from "./harness/haproxy.ts";
import { freePort, onServer } from "./harness/local-postgres.ts";
import { LONG, ONLY_LONG } from "./harness/long-run.ts";
import { addPeople } from "./harness/people.ts";
import { startPgBouncer } from "./harness/pgbouncer.ts";
import { SdkLoad } from "./harness/sdk-load.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY } from "./harness/test-app.ts";
import { twoRoles } from "./harness/two-roles.ts";

const ROUNDS = 3;
const CLIENTS = 8;
const CALLS_BETWEEN = 200;

afterAll(killProcesses);

it(`two servers behind HAProxy and PgBouncer restart in turn under load, ${ROUNDS} times, and lose no call`, async ({
  skip,
  annotate,
}) => {
  skip(!LONG, ONLY_LONG);
  const roles = await twoRoles();
  const migrated = await ServerProcess.run(
    { DATABASE_URL: roles.serverUrl, DATABASE_MIGRATION_URL: roles.ownerUrl },
    "migrate",
  );
  expect(migrated.code, migrated.stderr).toBe(0);
  const [pooled] = await startPgBouncer([roles.serverUrl], 10);
  const ports = await Promise.all([freePort(), freePort()]);
  const start = (port: number) =>
    ServerProcess.start({
      PORT: String(port),
      DATABASE_URL: pooled as string,
      DATABASE_PREPARED_STATEMENTS: "false",
      ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
      LOG_LEVEL: "warn",
    });
  const servers = await Promise.all(ports.map(start));
  const proxy = await startHaproxy(servers.map(({ url }) => url));
  const { admin } = await addPeople(proxy.url);
  const load = new SdkLoad({ baseUrl: proxy.url, apiKey: admin.key });
  load.start(CLIENTS);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, port] of ports.entries()) {
      await load.makes(CALLS_BETWEEN);
      expect(await servers[index]?.end("SIGTERM")).toMatchObject({ code: 0 });
      servers[index] = await start(port);
      await load.makes(CALLS_BETWEEN);
    }
  }
  await load.stop();
  await annotate(JSON.stringify(load.figures));
  expect(load.failures).toEqual([]);
  const { rows } = await onServer(roles.adminUrl, (client) =>
    client.query("select title, count(*)::int as count from requests group by 1"),
  );
  const counts = new Map(rows.map(({ title, count }) => [title, count]));
  expect(load.filed.filter((title) => counts.get(title) !== 1)).toEqual([]);
  proxy.stop();
  for (const server of servers) await server.end("SIGTERM");
  await roles.drop();
});
