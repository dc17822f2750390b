import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { startProcess } from "./child-process.ts";
import { COMPILE_CACHE, FROM_SOURCE } from "./from-source.ts";
import { waitFor } from "./waiting.ts";

const MAIN = fileURLToPath(new URL("./sealer-main.ts", import.meta.url));

/** A sealer in its own process, which can be killed. */
export class SealerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, "exit");
  }

  static async start(databaseUrl: string): Promise<SealerProcess> {
    const child = startProcess(process.execPath, [...FROM_SOURCE, MAIN], {
      env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, ...COMPILE_CACHE },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const sealer = new SealerProcess(child);
    const stdout = child.stdout as Readable;
    const ready = once(stdout, "data");
    const tooSoon = sealer.#ended.then(() => Promise.reject(new Error("The sealer ended")));
    await waitFor("the sealer to start", Promise.race([ready, tooSoon]));
    stdout.resume();
    return sealer;
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#child.kill(signal);
    await waitFor("the sealer to end", this.#ended);
  }
}
