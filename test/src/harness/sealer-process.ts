import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("./sealer-main.ts", import.meta.url));

/** A sealer in a process of its own, that can be killed. */
export class SealerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, "exit");
  }

  static async start(databaseUrl: string): Promise<SealerProcess> {
    const child = spawn(process.execPath, ["--conditions=@serviceflow/source", MAIN], {
      env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const sealer = new SealerProcess(child);
    const said = once(child.stdout, "data");
    await Promise.race([said, sealer.#ended.then(() => Promise.reject(new Error("No sealer")))]);
    child.stdout.resume();
    return sealer;
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }
}
