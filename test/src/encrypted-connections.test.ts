import { chown, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { makeCertificates } from "./harness/certificates.ts";
import { killProcesses, startProcess, temporaryFolder } from "./harness/child-process.ts";
import {
  freePort,
  type LocalPostgres,
  onServer,
  startLocalPostgres,
  unprivilegedUser,
} from "./harness/local-postgres.ts";
import { LONG, ONLY_LONG } from "./harness/long-run.ts";
import { machinePostgres } from "./harness/machine-postgres.ts";
import { ServerProcess } from "./harness/server-process.ts";

let postgres: LocalPostgres | null = null;
afterAll(async () => {
  await killProcesses();
  await postgres?.stop();
});

it("a server encrypts its connections to PostgreSQL and Redis, and says what is wrong with a certificate", async ({
  skip,
}) => {
  skip(!LONG, ONLY_LONG);
  const folder = await temporaryFolder("tls");
  const { authority, valid } = await makeCertificates();
  const [ca, cert, key] = ["ca.crt", "server.crt", "server.key"].map((name) => join(folder, name));
  await writeFile(ca as string, authority);
  await writeFile(cert as string, valid.cert);
  await writeFile(key as string, valid.key, { mode: 0o600 });
  const owner = await unprivilegedUser();
  if (owner) {
    for (const path of [folder, key as string]) await chown(path, owner.uid, owner.gid);
  }
  const tls = { ssl: "on", ssl_cert_file: cert as string, ssl_key_file: key as string };
  postgres = await startLocalPostgres(tls, { programs: machinePostgres as string });
  const access = join(postgres.data, "pg_hba.conf");
  const plain = await readFile(access, "utf8");
  await writeFile(access, plain.replaceAll(/^host /gm, "hostssl "));
  await onServer(`${postgres.url}?sslmode=no-verify`, (client) =>
    client.query("select pg_reload_conf()"),
  );
  const { url } = postgres;
  const migrated = await ServerProcess.run(
    { DATABASE_URL: `${url}?sslmode=verify-full&sslrootcert=${ca}` },
    "migrate",
  );
  expect(migrated.code, migrated.stderr).toBe(0);

  const redisPort = await freePort();
  const redis = ["--port", "0", "--tls-port", String(redisPort), "--tls-auth-clients", "no"];
  const files = ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", ca];
  startProcess("redis-server", [...redis, ...(files as string[]), "--save", ""], {
    stdio: "ignore",
  });

  const doctor = async (query: string, environment: Record<string, string> = {}) =>
    (await ServerProcess.run({ DATABASE_URL: `${url}${query}`, ...environment }, "doctor")).stdout;
  const encrypted = await doctor(`?sslmode=verify-full&sslrootcert=${ca}`, {
    REDIS_URL: `rediss://127.0.0.1:${redisPort}`,
    NODE_EXTRA_CA_CERTS: ca as string,
  });
  expect(encrypted).toMatch(/^ok +database +postgres/m);
  expect(encrypted).toMatch(/^ok +redis +answers/m);
  expect(await doctor("")).toMatch(/^fail +database .*28000/m);
  expect(await doctor("?sslmode=verify-full")).toMatch(/^fail +database .*UNABLE_TO_VERIFY/m);
  const otherHost = url.replace("127.0.0.1", "localhost");
  const misnamed = await ServerProcess.run(
    { DATABASE_URL: `${otherHost}?sslmode=verify-full&sslrootcert=${ca}` },
    "doctor",
  );
  expect(misnamed.stdout).toMatch(/^fail +database .*ERR_TLS_CERT_ALTNAME_INVALID/m);
});
