import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { startProcess, temporaryFolder } from "./child-process.ts";
import { freePort } from "./local-postgres.ts";
import { waitFor } from "./waiting.ts";

const NAMES = ["redis-server", "valkey-server"];

/** The Redis server on the PATH. Continuous integration always has one. */
export const redisServer: string | null = NAMES.find(isInstalled) ?? null;
if (redisServer === null && process.env.CI) {
  throw new Error(`Install one of ${NAMES.join(", ")}: limits are tested on a real one.`);
}

function isInstalled(name: string): boolean {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A Redis of a test's own, in memory, on a port that stays the same when it is started again. */
export class LocalRedis {
  readonly url: string;
  readonly #port: number;
  readonly #folder: string;
  #child: ChildProcess | null = null;

  private constructor(port: number, folder: string) {
    this.#port = port;
    this.#folder = folder;
    this.url = `redis://127.0.0.1:${port}`;
  }

  static async start(): Promise<LocalRedis> {
    const redis = new LocalRedis(await freePort(), await temporaryFolder("redis"));
    await redis.resume();
    return redis;
  }

  async resume(): Promise<void> {
    const settings = ["--port", `${this.#port}`, "--bind", "127.0.0.1", "--save", ""];
    this.#child = startProcess(redisServer as string, [...settings, "--dir", this.#folder], {
      stdio: "ignore",
    });
    await waitFor("Redis", accepts(this.#port));
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
}

async function accepts(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const open = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (open) return;
  }
}
