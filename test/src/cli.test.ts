import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServices, formatApiKey } from "@serviceflow/server";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { killProcesses, temporaryFolder } from "./harness/child-process.ts";
import { Collector } from "./harness/collector.ts";
import { freshPostgres, type TestDatabase, testLog } from "./harness/databases.ts";
import { onServer } from "./harness/local-postgres.ts";
import { databaseUrl } from "./harness/postgres.ts";
import { runSql } from "./harness/raw-sql.ts";
import { insertRequests, type RequestRow } from "./harness/request-rows.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { caller, fetchOf, openTestApp, type Person, type TestApp } from "./harness/test-app.ts";
import { workerPostgres } from "./harness/worker-postgres.ts";

const KEY = /sf_\w{49}/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
const COLOUR = /\u001b/;

const ISSUE = ["keys", "issue", "--user", "ada@example.com", "--name", "Reader"];
const MAIN = "packages/server/src/main.ts";

it("serviceflow loads nothing of the server for its version and its help", async () => {
  const { metafile } = await build({
    absWorkingDir: fileURLToPath(new URL("../..", import.meta.url)),
    entryPoints: [MAIN],
    outdir: "bundle",
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages: "external",
    metafile: true,
  });
  const outputs = Object.entries(metafile.outputs);
  const loaded = outputs.filter(([, { entryPoint }]) => entryPoint === MAIN).map(([name]) => name);
  // Grows while it is read: what is imported by a statement is loaded, what import() loads is not.
  for (const name of loaded) {
    for (const { path, kind } of metafile.outputs[name]?.imports ?? []) {
      if (kind === "import-statement" && path in metafile.outputs) loaded.push(path);
    }
  }
  const files = loaded.flatMap((name) => Object.keys(metafile.outputs[name]?.inputs ?? {}));
  expect(files).toContain(MAIN);
  expect(files.filter((file) => !/src\/(main|version|cli\/[\w-]+)\.ts$/.test(file))).toEqual([]);
  expect(outputs.flatMap(([, { inputs }]) => Object.keys(inputs))).toContain(
    "packages/server/src/server.ts",
  );
});

describe("serviceflow", () => {
  let database: TestDatabase & { url: string };
  let folder: string;
  let call: TestApp["call"];

  beforeAll(async () => {
    database = await freshPostgres();
    folder = await temporaryFolder("cli");
    call = caller(fetchOf(createServices(database.db, testLog).services));
  });
  afterAll(async () => {
    await killProcesses();
    await database.drop();
  });

  /** Runs a command on the test's database. */
  const run = (...command: string[]) =>
    ServerProcess.run({ DATABASE_URL: database.url }, ...command);
  const json = async (...command: string[]) => {
    const ended = await run("--json", ...command);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    return JSON.parse(ended.stdout);
  };
  const as = (key: string): Person => ({ id: "", fullName: "", key });

  it.concurrent.each([
    [
      ["--help"],
      [
        "serve",
        "migrate",
        "seed",
        "doctor",
        "users",
        "admin",
        "keys",
        "audit",
        "stats",
        "Exit codes",
      ],
    ],
    [
      ["admin", "create", "--help"],
      ["--name", "--email", "Example"],
    ],
    [
      ["keys", "issue", "--help"],
      ["--user", "--scope", "--expires", "Example"],
    ],
    [
      ["audit", "verify", "--help"],
      ["--anchor", "--file", "Example"],
    ],
    [
      ["audit", "export", "--help"],
      ["--redacted", "--output", "Example"],
    ],
    [
      ["users", "list", "--help"],
      ["--role", "--email", "--all"],
    ],
    [
      ["keys", "list", "--help"],
      ["--user", "--all"],
    ],
    [
      ["keys", "revoke", "--help"],
      ["key_...", "standard input"],
    ],
  ])("prints help for %j", async (command, words) => {
    const { code, stdout, stderr } = await ServerProcess.run({}, ...command);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const word of [...words, "--json"]) expect(stdout).toContain(word);
    expect(stdout).not.toMatch(COLOUR);
  });

  it.concurrent.each([
    [["server"], /unknown command 'server'/],
    [["serve", "now"], /too many arguments/],
    [["admin"], /create/],
    [["admin", "create", "--name", "Ada"], /--email/],
    [["keys", "revoke"], /missing required argument 'id'/],
    [["keys", "issue", "--user", "x", "--name", "x", "--scope", "everything"], /requests:read/],
    [["audit", "verify", "--anchor", "7"], /position:hash/],
    [[...ISSUE, "--expires", "2001-01-01T00:00:00Z"], /The expiry must be in the future\./],
    [[...ISSUE, "--expires", "tomorrow"], /90d, or ISO 8601/],
    [["users", "list", "--role", "BOSS"], /ADMIN, AGENT, EMPLOYEE/],
    [["audit", "verify", "--fix"], /unknown option '--fix'/],
  ])("exits with 2 for the wrong usage %j", async (command, message) => {
    const { code, stdout, stderr } = await ServerProcess.run({}, ...command);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("prints errors as JSON, without the connection string", async () => {
    const url = "postgres://somebody:hunter2@127.0.0.1:1/nowhere";
    const ended = await ServerProcess.run({ DATABASE_URL: url }, "--json", "seed");
    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.stdout)).toEqual({ error: expect.stringContaining("ECONNREFUSED") });
    expect(ended.stdout + ended.stderr).not.toMatch(/hunter2|somebody|nowhere/);
  });

  it("creates administrators, issues and revokes keys, and records it in the log", async () => {
    const options = ["--name", "Ada Admin", "--email", "Ada@Example.com"];
    const admin = await json("admin", "create", ...options);
    expect(admin).toMatchObject({ role: "ADMIN", email: "ada@example.com" });
    expect((await call("GET", "/users/me", { as: as(admin.apiKey) })).status).toBe(200);

    const again = await run("admin", "create", ...options);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("Another user has that email address.");
    const second = await run("admin", "create", "--name", "Abe", "--email", "abe@bücher.example");
    expect(second.stdout).toMatch(KEY);

    const issue = ["keys", "issue", "--name", "Reader", "--scope", "requests:read"];
    const key = await json(...issue, "--user", "ada@example.com", "--expires", "90d");
    expect(key).toMatchObject({ name: "Reader", scopes: ["requests:read"] });
    const days = (Date.parse(key.expiresAt) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThan(90.1);
    expect((await call("GET", "/requests", { as: as(key.apiKey) })).status).toBe(200);
    const nobody = await run(...issue, "--user", "nobody@example.com");
    expect(nobody).toMatchObject({ code: 1, stdout: "" });
    const listed = await json("keys", "list", "--user", "ada@example.com");
    expect(listed.items.map(({ name }: { name: string }) => name)).toEqual(["Reader", "default"]);
    expect(JSON.stringify(listed)).not.toMatch(KEY);

    const revoked = await json("keys", "revoke", key.id);
    expect(revoked.revokedAt).not.toBeNull();
    expect((await call("GET", "/requests", { as: as(key.apiKey) })).status).toBe(401);
    const leaked = await json(...issue, "--user", "ada@example.com");
    const ended = await run("keys", "revoke", leaked.apiKey);
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining(leaked.id) });
    expect((await call("GET", "/requests", { as: as(leaked.apiKey) })).status).toBe(401);
    const unknown = await run("keys", "revoke", formatApiKey(new Uint8Array(32)));
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toBe("There is no such API key in this database.\n");
    expect(ended.stdout + unknown.stderr).not.toMatch(KEY);
    const inWords = await run("keys", "list", "--user", admin.id, "--all");
    expect(inWords.stdout).toMatch(/^ID +KEY +STATE +EXPIRES +LAST USED +SCOPES +NAME\n/);
    expect(inWords.stdout.match(/ revoked /g)).toHaveLength(2);
    expect(inWords.stdout.match(/ active /g)).toHaveLength(1);
    const people = await json("users", "list", "--role", "ADMIN");
    expect(people.items.map(({ email }: { email: string }) => email)).toEqual([
      "abe@xn--bcher-kva.example",
      "ada@example.com",
    ]);
    const one = await run("users", "list", "--email", " Ada@Example.com");
    expect(one.stdout).toMatch(
      /^ID .*\nusr_\w{26} +ADMIN +HUMAN +active +ada@example\.com +Ada Admin\n$/,
    );

    const all = await json("keys", "revoke-all", "--user", " Abe@BÜCHER.example");
    expect(all).toEqual({ revoked: 1 });

    const log = await call("GET", "/audit-logs?limit=100", { as: as(admin.apiKey) });
    const entries = log.body.items.map((entry: Record<string, unknown>) => entry);
    expect(entries.map(({ action }: { action: string }) => action).reverse()).toEqual([
      "user.created",
      "api_key.issued",
      "user.created",
      "api_key.issued",
      "api_key.issued",
      "api_key.revoked",
      "api_key.issued",
      "api_key.revoked",
      "api_key.revoked",
    ]);
    for (const { actor, userAgent } of entries) {
      expect(actor).toBeNull();
      expect(userAgent).toMatch(/^serviceflow-cli\//);
    }
  });

  it("invites a person, new or not, by a code or a link that signs in once", async () => {
    const invite = ["users", "invite", "Ina@Example.com"];
    const unnamed = await run(...invite);
    expect(unnamed).toMatchObject({ code: 1, stdout: "" });
    const link = ["--url", "https://sf.example.com/#old"];
    const invited = await json(...invite, "--name", "Ina Invited", ...link);
    expect(invited).toMatchObject({
      purpose: "SESSION",
      issuerId: null,
      url: `https://sf.example.com/#code=${invited.code}`,
    });
    const twice = await run(...invite);
    expect(twice.stdout).toMatch(/^ina@example\.com .*\n\n {2}sfc_\w{49}\n/);
    const session = { "x-one-time-code": invited.code, "sec-fetch-site": "same-origin" };
    const signedIn = await call("POST", "/session", { headers: session });
    expect([signedIn.status, signedIn.body.startedWith]).toEqual([201, "CODE"]);
    const bad = await run(...invite, "--url", "javascript:alert(1)");
    expect(bad).toMatchObject({ code: 1, stdout: "" });
  });

  it("verifies the log, prints an anchor and detects changes", async () => {
    await allSealed(database.db);
    const found = await json("audit", "verify");
    expect(found).toMatchObject({ valid: true, fault: null });
    const anchor = `${found.head.position}:${found.head.hash}`;
    const inWords = await run("audit", "verify", "--anchor", anchor);
    expect(inWords).toMatchObject({ code: 0, stderr: "" });
    expect(inWords.stdout).toContain(anchor);
    expect(inWords.stdout).not.toMatch(COLOUR);

    const file = join(folder, "audit.jsonl");
    // One that others could read stays so otherwise.
    await writeFile(file, "before");
    await chmod(file, 0o644);
    const written = await json("audit", "export", "--output", file);
    expect(written).toEqual({ file, entries: found.entries });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await json("audit", "verify", "--file", file)).entries).toBe(found.entries);
    const piped = await run("audit", "export", "--redacted");
    expect(piped.stdout.trim().split("\n")).toHaveLength(found.entries + 3);
    expect(piped.stdout).not.toContain("Ada Admin");

    const impossible = [
      [join(folder, "none", "audit.jsonl"), /^.*audit\.jsonl cannot be written \(ENOENT\)\.\n$/],
      [folder, /^.* cannot be written \(EISDIR\)\.\n$/],
      ["/dev/full", /^The export cannot be written \(ENOSPC\)\.\n$/],
    ] as const;
    for (const [path, words] of impossible) {
      const refused = await run("audit", "export", "--output", path);
      expect(refused).toEqual({
        code: 1,
        signal: null,
        stdout: "",
        stderr: expect.stringMatching(words),
      });
    }

    const lines = await readFile(file, "utf8");
    const away = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" };
    expect((await ServerProcess.run(away, "audit", "export", "--output", file)).code).toBe(1);
    expect(await readFile(file, "utf8")).toBe(lines);
    await writeFile(file, lines.replace('"Ada Admin"', '"Eve Admin"'));
    const forged = await run("audit", "verify", "--file", file);
    expect(forged.code).toBe(3);
    expect(forged.stdout).toMatch(/is invalid.*evt_/);

    await runSql(database.db, "alter table audit_logs disable trigger user");
    await runSql(database.db, "update audit_logs set request_id = 'another' where seq = 2");
    const tampered = await run("--json", "audit", "verify");
    expect(tampered.code).toBe(3);
    expect(JSON.parse(tampered.stdout)).toMatchObject({
      valid: false,
      fault: { position: 2, problem: "entry_changed", entryId: expect.stringMatching(/^evt_/) },
    });

    const examined = await run("--json", "doctor");
    expect(examined.code).toBe(3);
    expect(statusOf(examined.stdout, "guards")).toBe("fail");
  });

  it("counts requests again for the statistics", async () => {
    await insertRequests(database.db, await rowsOfSomebody(3));
    await runSql(database.db, "delete from request_deltas");
    expect(await json("stats", "rebuild")).toEqual({ requests: 3 });
    const inWords = await run("stats", "rebuild");
    expect(inWords).toMatchObject({ code: 0, stderr: "" });
    expect(inWords.stdout).toContain("3 requests");
  });

  async function rowsOfSomebody(count: number): Promise<RequestRow[]> {
    const [user] = await runSql<{ id: string }>(database.db, "select id from users limit 1");
    return Array.from({ length: count }, (_, index) => ({
      number: index + 1,
      status: "NEW",
      requester: user?.id ?? null,
      assignee: null,
    }));
  }

  describe("doctor", () => {
    it("passes a working set-up", async () => {
      const fresh = await freshPostgres();
      const ended = await ServerProcess.run({ DATABASE_URL: fresh.url }, "doctor");
      await fresh.drop();
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      for (const name of ["configuration", "node", "database", "locale", "clock", "schema"]) {
        expect(ended.stdout).toMatch(new RegExp(`^ok +${name} `, "m"));
      }
      expect(ended.stdout).toMatch(/^warn +role .*superuser[\s\S]*docs\/operations\/database\.md/m);
      expect(ended.stdout).toMatch(/^warn +administrators .*[\s\S]*admin create/m);
      expect(ended.stdout).not.toMatch(COLOUR);
    });

    it("reports every fault of the configuration", async () => {
      const ended = await ServerProcess.run({ PORT: "x", TRUST_PROXY: "y" }, "--json", "doctor");
      expect(ended.code).toBe(3);
      const findings = JSON.parse(ended.stdout).checks.map((check: Check) => check.finding);
      expect(findings).toEqual([
        expect.stringMatching(/^PORT must/),
        expect.stringMatching(/^TRUST_PROXY must/),
      ]);
    });

    it("says where traces go, and that the collector takes them", async () => {
      const collector = await Collector.open();
      const token = "hunter2-of-the-collector";
      const environment = {
        DATA_DIR: join(folder, "none", "data"),
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=${token}`,
      };
      const { stdout } = await ServerProcess.run(environment, "--json", "doctor");
      await collector.close();
      const checks: Check[] = JSON.parse(stdout).checks;
      expect(checks.find(({ name }) => name === "tracing")).toEqual({
        name: "tracing",
        status: "ok",
        finding: `to ${collector.url} (http/protobuf, parentbased_always_on)`,
        advice: null,
      });
      expect(stdout).not.toContain(token);
      expect(collector.requests).toMatchObject([{ authorization: token }]);
      expect(collector.faults).toEqual([]);
    });

    it.each([
      [{}, "ok", /^not served$/],
      [{ METRICS_TOKEN: "m".repeat(16) }, "ok", /API's port, with a token/],
      [{ METRICS_PORT: "9464" }, "ok", /^on 127\.0\.0\.1, port 9464, without a token$/],
      [{ METRICS_PORT: "9464", METRICS_HOST: "0.0.0.0" }, "warn", /without a token$/],
      [
        { METRICS_PORT: "9464", METRICS_HOST: "0.0.0.0", METRICS_TOKEN: "m".repeat(16) },
        "ok",
        /with a token$/,
      ],
    ])("says who can read the metrics with %j", async (settings, status, finding) => {
      const environment = { DATA_DIR: join(folder, "none", "data"), ...settings };
      const ended = await ServerProcess.run(environment, "--json", "doctor");
      const checks: Check[] = JSON.parse(ended.stdout).checks;
      expect(checks.find(({ name }) => name === "metrics")).toMatchObject({
        status,
        finding: expect.stringMatching(finding),
      });
    });

    it("reports that the database and Redis cannot be reached", async () => {
      const environment = {
        DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/x",
        REDIS_URL: "redis://127.0.0.1:1",
      };
      const ended = await ServerProcess.run(environment, "--json", "doctor");
      expect(ended.code).toBe(3);
      expect(statusOf(ended.stdout, "database")).toBe("fail");
      expect(statusOf(ended.stdout, "redis")).toBe("warn");
      expect(ended.stdout).not.toContain("hunter2");
    });

    it("reports a database that is not migrated, without changing it", async () => {
      const name = `cli_${process.pid}`;
      const server = workerPostgres().postgresUrl;
      await onServer(server, (client) => client.query(`create database ${name}`));
      const environment = { DATABASE_URL: databaseUrl(server, name) };
      const before = await ServerProcess.run(environment, "--json", "doctor");
      const still = await ServerProcess.run(environment, "--json", "doctor");
      expect(before.code).toBe(3);
      expect(statusOf(before.stdout, "schema")).toBe("fail");
      expect(statusOf(still.stdout, "schema")).toBe("fail");
      const migrated = await ServerProcess.run(environment, "--json", "migrate");
      expect(JSON.parse(migrated.stdout).applied).toContain("0000_initial");
      const after = await ServerProcess.run(environment, "--json", "doctor");
      expect(after.code).toBe(0);
      await onServer(server, (client) => client.query(`drop database ${name} with (force)`));
    });

    it("lists webhooks that are disabled or have no working owner", async () => {
      const app = await openTestApp("postgres");
      const { call, admin, database } = app;
      const owner = await app.addUser({
        fullName: "Otto Owner",
        email: "otto.owner@example.com",
        role: "ADMIN",
      });
      const create = async (as: Person) => {
        const body = { url: "https://bot.example.com/" };
        return (await call("POST", "/webhooks", { as, body })).body.id as string;
      };
      const examine = async () => {
        const environment = { DATABASE_URL: database.url as string };
        const { stdout } = await ServerProcess.run(environment, "--json", "doctor");
        const { checks } = JSON.parse(stdout) as { checks: Check[] };
        const { status, finding } = checks.find(({ name }) => name === "webhooks") as Check;
        return { status, finding };
      };
      const [good, off, lost] = [await create(admin), await create(owner), await create(owner)];
      await call("PATCH", `/webhooks/${off}`, { as: admin, body: { active: false } });
      expect((await examine()).status).toBe("ok");
      await call("PATCH", `/users/${owner.id}/role`, { as: admin, body: { role: "AGENT" } });
      await runSql(database.db, "update users set active = false where full_name = 'Otto Owner'");
      const { status, finding } = await examine();
      expect(status).toBe("warn");
      expect(finding).toContain(`${off} (OWNER_DEACTIVATED)`);
      expect(finding).toContain(`${lost} (OWNER_LOST_ROLE, OWNER_DEACTIVATED)`);
      expect(finding).not.toContain(good);
      await app.close();
    });

    it("does not create a missing data directory", async () => {
      const environment = { DATA_DIR: join(folder, "none", "data") };
      const ended = await ServerProcess.run(environment, "--json", "doctor");
      expect(ended.code).toBe(0);
      expect(JSON.parse(ended.stdout).checks.at(-1).finding).toContain("not created yet");
      const again = await ServerProcess.run(environment, "--json", "doctor");
      expect(again.stdout).toContain("not created yet");
    });
  });

  interface Check {
    name: string;
    status: string;
    finding: string;
  }

  function statusOf(stdout: string, name: string): string | undefined {
    const { checks } = JSON.parse(stdout) as { checks: Check[] };
    return checks.find((check) => check.name === name)?.status;
  }
});
