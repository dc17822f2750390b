import { openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.SERVICEFLOW_TEST_LOGS as string;
// Of this process, which has it open until it ends.
const file = openSync(join(folder, `${process.pid}.log`), "a");

/** Keeps lines of a server's log until all tests have run. */
export function keepLog(lines: string): void {
  writeSync(file, lines);
}

/** Every line that was kept, by all processes of this run. */
export function keptLogs(): string[] {
  return readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), "utf8").split("\n"),
  );
}
