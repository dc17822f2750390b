import { execFileSync } from "node:child_process";
import { chown, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { startProcess, temporaryFolder } from "./child-process.ts";
import { freePort, unprivilegedUser } from "./local-postgres.ts";
import { waitUntil } from "./waiting.ts";

const PROGRAMS = ["pgbouncer", "/usr/sbin/pgbouncer"];

/**
 * Starts the PgBouncer of this machine in transaction mode.
 * @param urls of roles and databases of one PostgreSQL
 * @param ignored what it drops of what a connection asks for
 * @returns the same URLs, through the pooler
 */
export async function startPgBouncer(
  urls: readonly string[],
  poolSize: number,
  ignored: readonly string[] = [],
): Promise<string[]> {
  const program = PROGRAMS.find(isInstalled);
  if (program === undefined) throw new Error("Install pgbouncer: servers are tested with it.");
  const folder = await temporaryFolder("pgbouncer");
  const [port, user] = await Promise.all([freePort(), unprivilegedUser()]);
  const targets = urls.map((url) => new URL(url));
  const users = targets.map(({ username, password }) => `"${username}" "${password}"\n`);
  const settings = `
[databases]
* = host=127.0.0.1 port=${targets[0]?.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${folder}/users
pool_mode = transaction
default_pool_size = ${poolSize}
ignore_startup_parameters = ${ignored.join(",")}
`;
  await writeFile(join(folder, "users"), users.join(""));
  await writeFile(join(folder, "settings"), settings);
  if (user) await chown(folder, user.uid, user.gid);
  startProcess(program, [join(folder, "settings")], { ...user, stdio: "ignore" });
  await waitUntil("PgBouncer to listen", () => accepts(port));
  return targets.map((url) => {
    url.port = String(port);
    return url.href;
  });
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  });
  socket.destroy();
  return isOpen;
}
