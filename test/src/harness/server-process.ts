import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Role } from "@serviceflow/domain";
import { startProcess } from "./child-process.ts";
import { NO_OPTIMIZING } from "./from-source.ts";
import { keepLog } from "./kept-logs.ts";
import { waitFor } from "./waiting.ts";

/** The bundle of this run. */
const MAIN = process.env.SERVICEFLOW_TEST_SERVER ?? "";
/** What it says once it answers, among the lines of its log and on a terminal. */
const STARTED = /"msg":"started","url":"(http:[^"]+)".*\n|answers at +(http:\S+)/;

const DEFAULTS = {
  PATH: process.env.PATH,
  PORT: "0",
  LOG_LEVEL: "info",
  // Tests call as fast as they can, some of them wrongly on purpose.
  RATE_LIMIT_PER_MINUTE: "0",
  AUTH_FAILURES_PER_MINUTE: "0",
  NODE_COMPILE_CACHE: join(dirname(MAIN), "compile-cache"),
};

/** The lines of a server's log, but for the one that shows the demo's keys, and should. */
function logLines(stdout: string): string {
  const lines = stdout
    .split("\n")
    .filter((line) => line.startsWith('{"level":') && !line.includes('"msg":"started"'));
  return lines.map((line) => `${line}\n`).join("");
}

/** How a process ended. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The server as an operator runs it: a process with its own environment, and nothing inherited. */
export class ServerProcess {
  stdout = "";
  stderr = "";
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;

  /** @param command as on the command line; none: serve */
  constructor(environment: Readonly<Record<string, string>>, ...command: string[]) {
    const [program, ...args] = this.commandLine(command);
    const env = { ...DEFAULTS, ...environment };
    const child = startProcess(program, args, {
      env,
      cwd: tmpdir(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      keepLog(text);
    });
    // "close" comes when everything that it wrote has been read.
    this.ended = once(child, "close").then(([code, signal]) => {
      keepLog(logLines(this.stdout));
      return { code, signal };
    });
  }

  protected commandLine(command: readonly string[]): [string, ...string[]] {
    return [process.execPath, ...NO_OPTIMIZING, MAIN, ...command];
  }

  /** Starts a server and waits until it says where it answers. */
  static async start(environment: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const server = new ServerProcess(environment);
    await server.writes(STARTED);
    return server;
  }

  /** Runs a command to its end. */
  static async run(
    environment: Readonly<Record<string, string>>,
    ...command: string[]
  ): Promise<Ended & { stdout: string; stderr: string }> {
    const child = new ServerProcess(environment, ...command);
    const { code, signal } = await child.end();
    return { code, signal, stdout: child.stdout, stderr: child.stderr };
  }

  get url(): string {
    const [, logged, shown] = STARTED.exec(this.stdout) ?? [];
    const url = logged ?? shown;
    if (url === undefined) throw new Error("The server has not said where it answers");
    return url.replace("localhost", "127.0.0.1");
  }

  /** The keys of the demo users, from the greeting of a first start. */
  async demoKeys(): Promise<Record<Role, string>> {
    await this.writes(/"msg":"started".*\n|curl .*\n/);
    const keys = this.stdout.matchAll(/\b(ADMIN|AGENT|EMPLOYEE)(?: +|":")(sf_\w{49})\b/g);
    return Object.fromEntries([...keys].map(([, role, key]) => [role, key])) as Record<
      Role,
      string
    >;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until what it wrote matches. */
  async writes(pattern: RegExp, to: "stdout" | "stderr" = "stdout"): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      const look = () => {
        if (!pattern.test(this[to])) return;
        this.#child[to]?.off("data", look);
        resolve();
      };
      this.#child[to]?.on("data", look);
      look();
    });
    const tooSoon = this.ended.then(({ code, signal }) => {
      if (!pattern.test(this[to])) {
        throw new Error(`The server ended (${code ?? signal}): ${this.stderr}`);
      }
    });
    await waitFor(`the server to write ${pattern}`, Promise.race([seen, tooSoon]));
  }

  /** Sends the signal, if any, and waits for the end. */
  async end(signal?: NodeJS.Signals): Promise<Ended> {
    if (signal) this.#child.kill(signal);
    return waitFor("the server to end", this.ended);
  }
}

/** The command that gives a program a terminal, or null where there is none. */
export const terminalCommand: string | null = isOnPath("script") ? "script" : null;

/** The server as somebody at a terminal runs it. What it logs comes on standard output too. */
export class ServerOnTerminal extends ServerProcess {
  protected override commandLine(command: readonly string[]): [string, ...string[]] {
    return ["script", "-qefc", super.commandLine(command).join(" "), "/dev/null"];
  }
}

function isOnPath(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}
