import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Server {
  url: string;
  stop(): Promise<void>;
}

/** Starts ServiceFlow in its own process, with its default logs. */
export function startServiceFlow(environment: Record<string, string>): Promise<Server> {
  return start(
    ["--conditions=@serviceflow/source", "packages/server/src/main.ts"],
    "/health/ready",
    {
      SEED_DEMO: "false",
      LOG_PRETTY: "false",
      // Counts calls as usual, but never reaches the limit.
      RATE_LIMIT_PER_MINUTE: "1000000",
      ...environment,
    },
  );
}

/** Starts the bare service in its own process. */
export function startBare(databaseUrl: string): Promise<Server> {
  return start(["bench/src/bare.ts"], "/", { DATABASE_URL: databaseUrl });
}

const running = new Set<ChildProcess>();

/** Stops every remaining server after a failure. */
export function stopAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

async function start(
  args: readonly string[],
  probe: string,
  environment: Record<string, string>,
): Promise<Server> {
  const port = await freePort();
  const child: ChildProcess = spawn(process.execPath, [...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment, PORT: String(port) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  running.add(child);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await answers(url + probe)); tries += 1) {
    if (child.exitCode !== null || tries > 200) throw new Error(`${args.at(-1)} did not start`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      running.delete(child);
    },
  };
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
