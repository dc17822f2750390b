import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startProcess } from "../../../test/src/harness/child-process.ts";
import { freePort } from "../../../test/src/harness/local-postgres.ts";
import { waitUntil } from "../../../test/src/harness/waiting.ts";

/** This checkout. */
export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A contender's own process. */
export interface Service {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** @param probe a path that answers, with any status, as soon as the service is ready */
export async function startService(
  args: readonly string[],
  { root = ROOT, probe, env }: { root?: string; probe: string; env: Record<string, string> },
): Promise<Service> {
  const port = await freePort();
  const child = startProcess(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  const name = `${args.at(-1)} to answer`;
  await waitUntil(name, () => {
    if (child.exitCode !== null) throw new Error(`${args.at(-1)} ended with ${child.exitCode}`);
    return fetch(url + probe).then(
      () => true,
      () => false,
    );
  });
  return {
    url,
    pid: child.pid as number,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}
