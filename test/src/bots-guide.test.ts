import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ServiceFlow } from "@serviceflow/sdk";
import { signWebhook } from "@serviceflow/sdk/webhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses, run, startProcess, temporaryFolder } from "./harness/child-process.ts";
import { codeBlocks } from "./harness/code-blocks.ts";
import { freshDataDirectory } from "./harness/databases.ts";
import { COMPILE_CACHE, FROM_SOURCE } from "./harness/from-source.ts";
import { Receiver } from "./harness/receiver.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GUIDE = join(ROOT, "docs/bots.md");

async function blocks(language: string, after = ""): Promise<string[]> {
  const guide = await readFile(GUIDE, "utf8");
  return codeBlocks(after === "" ? guide : (guide.split(after)[1] as string), language);
}

/** Runs an example in its own process. */
class Example {
  stdout = "";
  readonly #child: ChildProcess;

  constructor(file: string, env: Record<string, string>) {
    this.#child = startProcess(process.execPath, [...FROM_SOURCE, file], {
      env: { PATH: process.env.PATH ?? "", ...COMPILE_CACHE, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
  }

  async writes(text: string): Promise<void> {
    const look = async () => {
      while (!this.stdout.includes(text))
        await once(this.#child.stdout as NodeJS.EventEmitter, "data");
    };
    await waitFor(`the example to write ${text}`, look());
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }
}

describe("the guide to building bots", () => {
  let folder: string;
  let server: ServerProcess;
  let admin: ServiceFlow;
  let agent: ServiceFlow;
  let adminKey: string;
  const files: string[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder("guide");
    server = await ServerProcess.start({
      DATA_DIR: await freshDataDirectory(),
      SEED_DEMO: "true",
      WEBHOOK_ALLOW_HTTP: "true",
      WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
    });
    const { ADMIN, AGENT } = await server.demoKeys();
    adminKey = ADMIN;
    admin = new ServiceFlow({ baseUrl: server.url, apiKey: ADMIN });
    agent = new ServiceFlow({ baseUrl: server.url, apiKey: AGENT });
  });
  afterAll(async () => {
    for (const file of files) await rm(file);
    await killProcesses();
  });

  /** Writes the example to a folder from which its imports resolve, and runs it. */
  async function start(name: string, env: Record<string, string>): Promise<Example> {
    const [source] = await blocks("ts", `<!-- example:${name} -->`);
    const file = join(ROOT, "test", `guide-${name}-${process.pid}.ts`);
    await writeFile(file, source as string);
    if (!files.includes(file)) files.push(file);
    return new Example(file, env);
  }

  it("has a bot that greets each request once, resumes after a kill and ignores its own requests", async () => {
    const bot = await admin.users.create({
      fullName: "Greeter",
      email: "other.greeter@example.com",
      role: "AGENT",
      kind: "BOT",
    });
    const env = {
      SERVICEFLOW_URL: server.url,
      API_KEY: bot.apiKey,
      CURSOR_FILE: join(folder, "cursor.txt"),
    };
    const greetings = async (id: string) => {
      const comments = await Array.fromAsync(agent.comments.list(id));
      return comments.map(({ body }) => body);
    };
    const killed = await start("stream", env);
    await killed.writes("listening");
    await killed.stop();
    const early = await agent.requests.create({ title: "Before its first event" });
    const first = await start("stream", env);
    await first.writes(`greeted ${early.id}`);
    const one = await agent.requests.create({ title: "The printer is jammed" });
    await first.writes(`greeted ${one.id}`);
    await first.stop();
    const missed = await agent.requests.create({ title: "While it was away" });
    const second = await start("stream", env);
    await second.writes(`greeted ${missed.id}`);
    const own = new ServiceFlow({ baseUrl: server.url, apiKey: bot.apiKey });
    const ownRequest = await own.requests.create({ title: "By the bot itself" });
    const last = await agent.requests.create({ title: "After its own" });
    await second.writes(`greeted ${last.id}`);
    for (const { id } of [early, one, missed, last]) {
      expect(await greetings(id)).toEqual(["Hello Demo Agent, we are on it."]);
    }
    expect(await greetings(ownRequest.id)).toEqual([]);
  });

  it("has a receiver that handles a signed delivery once and rejects all others", async () => {
    const probe = await Receiver.open();
    const { port } = new URL(probe.url);
    await probe.close();
    const url = `http://127.0.0.1:${port}/`;
    const hook = await admin.webhooks.create({ url, eventTypes: ["request.created"] });
    const receiver = await start("webhook", { WEBHOOK_SECRET: hook.secret, PORT: port });
    await receiver.writes("listening");
    const made = await agent.requests.create({ title: "Delivered by webhook" });
    await receiver.writes(`filed ${made.id} Delivered by webhook`);
    const isDelivered = async (times: number) => {
      const { items } = await admin.webhooks.deliveries(hook.id);
      return items.length === times && items.every(({ status }) => status === "DELIVERED");
    };
    await waitUntil("the delivery", () => isDelivered(1));
    const [delivery] = (await admin.webhooks.deliveries(hook.id)).items;
    await admin.webhooks.replay(hook.id, { deliveryId: delivery?.id });
    await waitUntil("the replay", () => isDelivered(2));
    expect(receiver.stdout.match(/filed/g)).toHaveLength(1);
    const forged = await fetch(url, {
      method: "POST",
      headers: {
        "webhook-id": "evt_1",
        "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
        "webhook-signature": "v1,AAAA",
      },
      body: "{}",
    });
    expect(forged.status).toBe(401);
    const body = "x".repeat(100_001);
    const large = await fetch(url, {
      method: "POST",
      headers: await signWebhook(body, hook.secret),
      body,
    });
    expect(large.status).toBe(413);
  });

  it("has curl calls that succeed", async () => {
    const script = (await blocks("sh"))
      .join("\n")
      .replaceAll("http://localhost:8000", server.url)
      .replace("curl -N", "stream -N");
    // Of a stream, which has no end, only the status line is read.
    const shown = `
      curl() { command curl --silent --output /dev/null --write-out '%{http_code}\\n' "$@"; }
      stream() {
        read -r _ status _ < <(exec curl --silent --include "$@" 2>/dev/null)
        kill $!
        echo "$status"
      }
    `;
    const { stdout } = await run("bash", ["-ec", shown + script], {
      env: { PATH: process.env.PATH ?? "", ADMIN_KEY: adminKey, API_KEY: adminKey },
    });
    expect(stdout.trim().split("\n")).toEqual(["201", ...Array(5).fill("200"), "201"]);
  });
});
