import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REAPER = fileURLToPath(new URL("./reaper-main.ts", import.meta.url));

/** What the reaper is sent. A negative process id is a process group. */
export type Change =
  | { started: number; signal: NodeJS.Signals }
  | { ended: number }
  | { folder: string };

interface Running {
  child: ChildProcess;
  target: number;
  signal: NodeJS.Signals;
}

const running = new Set<Running>();
let reaper: ChildProcess | undefined;

/**
 * Starts a program that does not outlive this process, however either of them ends.
 * @param signal what ends it at once; SIGKILL goes to every process that it has started in turn, too
 */
export function startProcess(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  signal: "SIGKILL" | "SIGQUIT" = "SIGKILL",
): ChildProcess {
  // Detached: in its own process group.
  const child = spawn(command, args, { ...options, detached: true });
  const { pid } = child;
  if (pid === undefined) return child;
  const target = signal === "SIGKILL" ? -pid : pid;
  const entry = { child, target, signal };
  running.add(entry);
  tellReaper({ started: target, signal });
  child.once("exit", () => {
    running.delete(entry);
    tellReaper({ ended: target });
  });
  return child;
}

/** What a program wrote. */
export interface Output {
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end.
 * @throws when it does not exit with 0; the error has what it wrote, as `Output` has
 */
export async function run(
  command: string,
  args: readonly string[],
  options: Omit<SpawnOptions, "stdio"> = {},
): Promise<Output> {
  const output: Output = { stdout: "", stderr: "" };
  const child = startProcess(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  const [code, signal] = await once(child, "close");
  if (code === 0) return output;
  const words = `${command} ended with ${code ?? signal}:\n${output.stdout}${output.stderr}`;
  throw Object.assign(new Error(words), output);
}

/** Ends every process that is still running. */
export async function killProcesses(): Promise<void> {
  const left = [...running];
  const ends = left.map(({ child }) => once(child, "exit"));
  for (const each of left) kill(each);
  await Promise.all(ends);
}

/** A folder that is there as long as this process. Each test file has its own process. */
export async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `serviceflow-${name}-`));
  tellReaper({ folder });
  return folder;
}

function kill({ target, signal }: Running): void {
  try {
    process.kill(target, signal);
  } catch {
    // It has ended already.
  }
}

function tellReaper(change: Change): void {
  reaper ??= startReaper();
  reaper.stdin?.write(`${JSON.stringify(change)}\n`);
}

function startReaper(): ChildProcess {
  const child = spawn(process.execPath, [REAPER], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  // Neither the process nor its pipe keeps this one alive.
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
