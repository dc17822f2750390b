import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ServiceFlow, verifyAuditExport } from "@serviceflow/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses, temporaryFolder } from "./harness/child-process.ts";
import { ENGINES, freshPostgres } from "./harness/databases.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY } from "./harness/test-app.ts";

describe.each(ENGINES)("the audit log through the SDK, on a server with %s", (engine) => {
  const drop: (() => Promise<void>)[] = [];
  let folder: string;
  let server: ServerProcess;
  let admin: ServiceFlow;
  let agent: ServiceFlow;

  beforeAll(async () => {
    folder = await temporaryFolder("sdk-audit");
    const store: Record<string, string> = { DATA_DIR: join(folder, "data"), SEED_DEMO: "false" };
    if (engine === "postgres") {
      const database = await freshPostgres();
      drop.push(() => database.drop());
      store.DATABASE_URL = database.url;
    }
    server = await ServerProcess.start({ ...store, ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY });
    const made = await new ServiceFlow({ baseUrl: server.url }).users.bootstrap(
      { fullName: "Ada Admin", email: "ada@example.com" },
      BOOTSTRAP_KEY,
    );
    admin = new ServiceFlow({ baseUrl: server.url, apiKey: made.apiKey });
    const { apiKey } = await admin.users.create({
      fullName: "Abe Agent",
      email: "abe@example.com",
      role: "AGENT",
    });
    agent = new ServiceFlow({ baseUrl: server.url, apiKey });
    for (let i = 0; i < 20; i += 1) await agent.requests.create({ title: `Request ${i}` });
    await allSealed();
  });
  afterAll(async () => {
    await killProcesses();
    for (const end of drop.reverse()) await end();
  });

  async function allSealed(): Promise<void> {
    while ((await admin.audit.verify()).unsealed > 0);
  }

  it("is verified on the server against an anchor", async () => {
    const { valid, head, entries, fault } = await admin.audit.verify();
    expect({ valid, fault, entries }).toEqual({ valid: true, fault: null, entries: 24 });
    expect(await admin.audit.sealState()).toMatchObject({ head, unsealed: 0 });
    const anchor = `${head?.position}:${head?.hash}`;
    expect(await admin.audit.verify({ anchor })).toMatchObject({ valid: true });
    const forged = `${head?.position}:${"0".repeat(64)}`;
    expect(await admin.audit.verify({ anchor: forged })).toMatchObject({
      valid: false,
      fault: { problem: "anchor_mismatch" },
    });
    await expect(admin.audit.verify({ anchor: "x" })).rejects.toMatchObject({
      code: "validation_failed",
      errors: [{ pointer: "/anchor" }],
    });
  });

  it("is exported and verified offline", async () => {
    const lines = await Array.fromAsync(admin.audit.export());
    const verified = await verifyAuditExport(lines);
    const { head } = await admin.audit.verify();
    expect(verified).toMatchObject({ valid: true, entries: lines.length - 2, fault: null });
    expect(verified.head?.position).toBeLessThanOrEqual(head?.position ?? 0);

    const file = join(folder, "audit.jsonl");
    await writeFile(file, lines.join("\n"));
    const fromFile = createInterface({ input: createReadStream(file) });
    expect(await verifyAuditExport(fromFile)).toMatchObject({ valid: true });

    const forged = lines.map((line) => line.replace("Request 7", "Request 8"));
    const fault = { problem: "value_changed", entryId: expect.stringMatching(/^evt_/) };
    expect(await verifyAuditExport(forged)).toMatchObject({ valid: false, fault });
    const cut = lines.toSpliced(10, 1);
    expect(await verifyAuditExport(cut)).toMatchObject({ valid: false, fault: { position: 10 } });
  });

  it("is exported without personal data, and still verifies", async () => {
    const lines = await Array.fromAsync(admin.audit.export({ redacted: true }));
    expect(await verifyAuditExport(lines)).toMatchObject({ valid: true });
    expect(lines.join()).not.toMatch(/Abe Agent|abe@example.com|Request 7|127\.0\.0\.1/);
  });

  it("cannot be exported or verified by an agent", async () => {
    const exported = Array.fromAsync(agent.audit.export());
    await expect(exported).rejects.toMatchObject({ code: "forbidden", status: 403 });
    await expect(agent.audit.verify()).rejects.toMatchObject({ code: "forbidden" });
  });

  it("allows leaving or aborting an export", async () => {
    for await (const line of admin.audit.export()) {
      expect(line).toContain('"type":"header"');
      break;
    }
    const controller = new AbortController();
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of admin.audit.export({}, { signal: controller.signal })) {
        lines.push(line);
        controller.abort();
      }
    })();
    await expect(reading.then(() => "ended")).rejects.toMatchObject({ code: "aborted" });
    expect(lines.length).toBeGreaterThan(0);
  });

  it("fails an export, rather than ending it, when the server goes away", async () => {
    let gone = false;
    const flaky = new ServiceFlow({
      baseUrl: server.url,
      apiKey: "sf_unused",
      maxRetries: 0,
      fetch: () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              if (gone) controller.error(new TypeError("terminated"));
              else controller.enqueue(new TextEncoder().encode('{"type":"header"}\n'));
              gone = true;
            },
          }),
          { headers: { "content-type": "application/x-ndjson" } },
        ),
    });
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of flaky.audit.export()) lines.push(line);
    })();
    await expect(reading).rejects.toMatchObject({ code: "network_error", retryable: true });
    expect(lines).toEqual(['{"type":"header"}']);
  });
});
