import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs drizzle-kit, which resolves paths from the server's folder. */
export function drizzleKit(root: string, ...args: string[]) {
  return run(join(root, "node_modules/.bin/drizzle-kit"), args, {
    cwd: join(root, "packages/server"),
    env: { ...process.env, NODE_OPTIONS: "--conditions=@serviceflow/source" },
  });
}
