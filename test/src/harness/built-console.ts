import { fileURLToPath } from "node:url";
import { run } from "./child-process.ts";

/** Builds the console as `npm start` does, unless its sources are the same as when it was built. */
export async function buildConsole(): Promise<void> {
  const script = fileURLToPath(new URL("../../../scripts/build-console.ts", import.meta.url));
  await run(process.execPath, [script]);
}
