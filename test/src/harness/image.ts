import { chmod, copyFile, link, mkdir, readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildConsole } from "./built-console.ts";
import { run } from "./child-process.ts";
import { installedPackages, transpile } from "./image-steps.ts";
import { unprivilegedUser } from "./local-postgres.ts";
import { LONG } from "./long-run.ts";
import { ServerProcess } from "./server-process.ts";

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));

const CONSOLE = "packages/console/dist";

/** Of a package, what no process loads. */
const NOT_RUN = ["*.map", "*.d.ts", "*.d.mts", "*.d.cts"];

interface Stage {
  root: string;
  /** Where its steps run. */
  directory: string;
}

/** What the Dockerfile makes, in a folder. */
export interface Image extends Stage {
  environment: Record<string, string>;
  /** What its user owns: "uid:gid". */
  owner: string;
  command: string[];
  healthCheck: string[];
}

/**
 * Follows the Dockerfile without Docker: each stage is a folder, in which its steps run with this machine's Node and npm.
 * Only a long run installs packages and compiles as they do: any other copies what that would install, and drops the types.
 */
export async function buildImage(folder: string): Promise<Image> {
  const context = join(folder, "context");
  await copyContext(context);
  const stages = new Map<string, Stage>();
  const user = await unprivilegedUser();
  const owner = user ? `${user.uid}:${user.gid}` : `${process.getuid?.()}:${process.getgid?.()}`;
  const place = { root: "", directory: "" };
  const image: Image = { ...place, environment: {}, owner, command: [], healthCheck: [] };
  let stage: Stage = image;
  const inStage = (path: string, { root, directory } = stage) =>
    path.startsWith("/") ? join(root, path) : join(directory, path);

  const steps: Record<string, (rest: string) => unknown> = {
    async FROM(rest) {
      const [from = "", , name = "last"] = rest.split(" ");
      const root = join(folder, name);
      await mkdir(join(root, "usr/local/bin"), { recursive: true });
      const base = stages.get(from);
      if (base) await run("cp", ["-RPl", `${base.root}/.`, root]);
      stage = { root, directory: base ? base.directory.replace(base.root, root) : root };
      stages.set(name, stage);
    },
    async WORKDIR(path) {
      stage.directory = inStage(path);
      await mkdir(stage.directory, { recursive: true });
    },
    ENV(rest) {
      for (const [, name = "", value = ""] of rest.matchAll(/(\w+)=(\S+)/g)) {
        image.environment[name] = value;
      }
    },
    async COPY(rest) {
      const [, name, listed = ""] = /^(?:--from=(\S+) )?(.*)$/.exec(rest) ?? [];
      const from = name === undefined ? { root: context, directory: context } : stages.get(name);
      const paths = listed.split(" ");
      const target = paths.pop() as string;
      for (const path of paths) {
        const source = inStage(path, from);
        const isFile = (await stat(source)).isFile();
        const to = inStage(isFile && target.endsWith("/") ? join(target, basename(path)) : target);
        await mkdir(isFile ? dirname(to) : to, { recursive: true });
        await run("cp", ["-RPl", isFile ? source : `${source}/.`, to]);
      }
    },
    async RUN(rest) {
      const compiled = /\btsc -b (.*)$/.exec(rest)?.[1]?.split(" ");
      if (!LONG && compiled) return transpile(compiled.map((path) => inStage(path)));
      if (!LONG && rest.includes("build-console")) {
        await buildConsole();
        return transfer(REPOSITORY, stage.directory, [CONSOLE], []);
      }
      if (!LONG && rest.startsWith("npm ci ")) {
        const paths = rest.includes("--omit=dev") ? await installedPackages(context) : [];
        if (paths.length > 0) await transfer(REPOSITORY, stage.directory, paths, NOT_RUN);
        return;
      }
      const command = rest.replaceAll(/(?<=\s)\/(?=app|data|usr)/g, `${stage.root}/`);
      await run("sh", ["-ec", command.replaceAll("node:node", owner)], { cwd: stage.directory });
    },
    HEALTHCHECK(rest) {
      image.healthCheck = JSON.parse(rest.slice(rest.indexOf("[")));
    },
    CMD(rest) {
      image.command = JSON.parse(rest);
    },
  };
  const text = await readFile(join(REPOSITORY, "Dockerfile"), "utf8");
  for (const line of text
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/ *\\\n */g, " ")
    .split("\n")) {
    const [, name = "", rest = ""] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    await steps[name]?.(rest);
  }
  await run("chmod", ["-R", "a+rX,a-w", stage.root]);
  await chmod(join(stage.root, "usr/local/bin"), 0o755);
  const node = join(stage.root, "usr/local/bin/node");
  await link(process.execPath, node).catch(() => copyFile(process.execPath, node));
  await chmod(join(stage.root, "usr/local/bin"), 0o555);
  await run("chmod", ["u+w", join(stage.root, "data")]);
  return Object.assign(image, stage);
}

/** What .dockerignore lets into a build. */
async function copyContext(context: string): Promise<void> {
  const lines = (await readFile(join(REPOSITORY, ".dockerignore"), "utf8")).split("\n");
  const starting = (mark: string) =>
    lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
  await mkdir(context);
  await transfer(REPOSITORY, context, starting("!"), starting("**/"));
}

async function transfer(
  from: string,
  to: string,
  paths: readonly string[],
  without: readonly string[],
): Promise<void> {
  const archive = `${to}.tar`;
  const excluded = without.map((pattern) => `--exclude=${pattern}`);
  await run("tar", ["-cf", archive, "-C", from, ...excluded, ...paths]);
  await run("tar", ["-xf", archive, "-C", to]);
  await rm(archive);
}

/** A process of an image, contained: a user without rights, and nothing that it can write but the volume. */
export class ContainedProcess extends ServerProcess {
  /** @param command by default what the image starts */
  constructor(
    { root, directory, ...image }: Image,
    environment: Readonly<Record<string, string>>,
    command = image.command,
  ) {
    const programs = join(root, "usr/local/bin");
    const PATH = `${programs}:${process.env.PATH}`;
    const contained = { ...image.environment, PATH, TMPDIR: join(root, "tmp"), HOME: root };
    const [program = "", ...args] = command;
    if (program === "node") args.unshift("--liftoff-only");
    super({ ...contained, ...environment }, directory, join(programs, program), ...args);
  }

  protected override commandLine(command: readonly string[]): [string, ...string[]] {
    const inDirectory = ["sh", "-c", 'cd "$0" && exec "$@"', ...command] as const;
    if (process.getuid?.() !== 0) return [...inDirectory];
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", ...inDirectory];
  }
}
