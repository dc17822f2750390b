import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startProcess, temporaryFolder } from "./child-process.ts";
import { freePort } from "./local-postgres.ts";
import { waitUntil } from "./waiting.ts";

/** HAProxy in front of some servers, as docs/scaling.md configures it. */
export async function startHaproxy(
  servers: readonly string[],
): Promise<{ url: string; stop(): void }> {
  requireHaproxy();
  const folder = await temporaryFolder("haproxy");
  const port = await freePort();
  const file = join(folder, "haproxy.cfg");
  await writeFile(file, configuration(port, servers));
  const child = startProcess("haproxy", ["-db", "-f", file], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await waitUntil("HAProxy to answer", async () => {
    if (child.exitCode !== null) throw new Error("HAProxy ended as it started");
    return (await fetch(`${url}/health/ready`).catch(() => null))?.ok === true;
  });
  return { url, stop: () => void child.kill("SIGKILL") };
}

function requireHaproxy(): void {
  try {
    execFileSync("haproxy", ["-v"], { stdio: "ignore" });
  } catch (cause) {
    throw new Error("Install haproxy: failovers are tested through it.", { cause });
  }
}

function configuration(port: number, servers: readonly string[]): string {
  const lines = servers.map((url, index) => `  server s${index + 1} ${new URL(url).host} check`);
  return `
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout check 5s
  retries 3
  retry-on conn-failure empty-response
  option redispatch
  option httpchk GET /health/ready
  default-server inter 500ms fall 2 rise 1

listen serviceflow
  bind 127.0.0.1:${port}
${lines.join("\n")}
`;
}
