import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { startProcess } from "../../../test/src/harness/child-process.ts";
import type { Adapter } from "./adapter.ts";
import type { Project } from "./install.ts";
import { inTurn } from "./loading.ts";
import type { CallRound } from "./results.ts";

const ANSWER_BYTES = 700;
const CONNECTIONS = [1, 16];
const WARM_UP_SECONDS = 1;

/** Reads through each SDK in turn, each in a process of its own, from one server that answers at once. */
export async function measureCalls(
  projects: readonly Project[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Record<string, CallRound[]>> {
  const bodies: Record<string, string> = {};
  for (const { name, adapter } of projects) {
    const { answer } = (await import(adapter)) as Adapter;
    bodies[name] = padded(answer);
  }
  const server = start("answering-main.ts", JSON.stringify(bodies));
  const ports = await answerOf<Record<string, number>>(server);
  const callers: { name: string; child: ChildProcess }[] = [];
  const found: Record<string, CallRound[]> = {};
  try {
    for (const { name, adapter } of projects) {
      const child = start("calling-main.ts", adapter, String(ports[name]));
      callers.push({ name, child });
      await answerOf(child);
      await ask(child, { connections: 16, seconds: Math.min(seconds, WARM_UP_SECONDS) });
      found[name] = [];
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const connections of CONNECTIONS) {
        for (const { name, child } of inTurn(callers, round)) {
          found[name]?.push(await ask(child, { connections, seconds }));
        }
      }
    }
  } finally {
    for (const child of [server, ...callers.map((each) => each.child)]) child.kill("SIGKILL");
  }
  return found;
}

/** All answers are as long, so that what they cost to parse differs little. */
function padded(answer: object): string {
  const { length } = JSON.stringify({ ...answer, padding: "" });
  return JSON.stringify({ ...answer, padding: "x".repeat(Math.max(0, ANSWER_BYTES - length)) });
}

function start(program: string, ...args: readonly string[]): ChildProcess {
  return startProcess(process.execPath, [join(import.meta.dirname, program), ...args], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

async function ask(child: ChildProcess, round: object): Promise<CallRound> {
  const answer = answerOf<CallRound>(child);
  child.send(round);
  return answer;
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${child.spawnargs.slice(1).join(" ")} ended with ${code}`);
  });
  const [message] = await Promise.race([once(child, "message"), ended]);
  return message as T;
}
