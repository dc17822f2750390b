import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { startProcess } from "./harness/child-process.ts";
import { waitUntil } from "./harness/waiting.ts";

const HARNESS = new URL("./harness/child-process.ts", import.meta.url).href;

/** Starts a process that never ends, makes a folder, and never ends itself. */
const PARENT = `
  import { startProcess, temporaryFolder } from ${JSON.stringify(HARNESS)};
  const forever = "setInterval(() => {}, 60_000)";
  const { pid } = startProcess(process.execPath, ["--eval", forever], { stdio: "ignore" });
  process.stdout.write(JSON.stringify({ pid, folder: await temporaryFolder("left") }));
  setInterval(() => {}, 60_000);
`;

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it.each(["SIGTERM", "SIGINT", "SIGKILL"] as const)(
  "processes and folders of a test do not outlive it when it ends by %s",
  async (signal) => {
    const args = ["--input-type=module", "--eval", PARENT];
    const parent = startProcess(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let written = "";
    parent.stdout?.setEncoding("utf8").on("data", (text: string) => {
      written += text;
    });
    await waitUntil("the child to start", () => written.endsWith("}"));
    const { pid, folder } = JSON.parse(written) as { pid: number; folder: string };
    expect([isRunning(pid), existsSync(folder)]).toEqual([true, true]);
    parent.kill(signal);
    await waitUntil("the child to end", () => !isRunning(pid));
    await waitUntil("the folder to be removed", () => !existsSync(folder));
  },
);
