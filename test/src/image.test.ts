import { access, chmod } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { killProcesses, run, temporaryFolder } from "./harness/child-process.ts";
import { freshDataDirectory } from "./harness/databases.ts";
import { buildImage, ContainedProcess, type Image } from "./harness/image.ts";
import { LONG } from "./harness/long-run.ts";
import { addPeople } from "./harness/people.ts";
import { BOOTSTRAP_KEY, caller } from "./harness/test-app.ts";

const TOUCH = "require('node:fs').writeFileSync(process.env.FILE, '')";
const STARTED = /"msg":"started"/;

let folder: string;
let image: Image;
let data: string;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = await temporaryFolder("image");
  await chmod(folder, 0o755);
  image = await buildImage(folder);
  data = join(image.root, "data");
  environment = { HOST: "127.0.0.1", PORT: "0" };
});

afterAll(async () => {
  await killProcesses();
  // Else only root could remove it.
  await run("chmod", ["-R", "u+w", folder]);
});

it("can write to its volume alone", async () => {
  const touch = (file: string) =>
    new ContainedProcess(image, { FILE: file }, ["node", "-e", TOUCH]).end();
  expect((await touch(join(image.root, "data.lock"))).code).toBe(1);
  expect((await touch(join(image.directory, "written"))).code).toBe(1);
  expect((await touch(join(data, "written"))).code).toBe(0);
  await run("rm", ["-f", join(data, "written")]);
});

it("has the operator's command", async () => {
  const command = new ContainedProcess(image, {}, ["serviceflow", "--version"]);
  expect((await command.end()).code, command.stderr).toBe(0);
  expect(command.stdout).toMatch(/^\d/);
});

it("refuses to start with neither a database nor a directory for one", async () => {
  const server = new ContainedProcess(image, environment);
  expect((await server.end()).code).toBe(1);
  expect(server.stderr).toContain("DATABASE_URL must be set");
});

it("keeps its data in a volume, which one container at a time can open", async () => {
  if (!LONG) await copyDatabase(data, image.owner);
  const settings = { ...environment, DATA_DIR: data, ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY };
  const first = new ContainedProcess(image, settings);
  await first.writes(STARTED);
  await access(join(data, "serviceflow.lock"));
  const { admin } = await addPeople(first.url);
  const body = { title: "From a container" };
  const filed = await caller(fetch, `${first.url}/api/v1`)("POST", "/requests", {
    as: admin,
    body,
  });
  expect(filed.status).toBe(201);
  const page = await (await fetch(`${first.url}/console/`)).text();
  const script = /src="(\/console\/assets\/[^"]+\.js)"/.exec(page)?.[1];
  expect((await fetch(`${first.url}${script}`)).status).toBe(200);

  const second = new ContainedProcess(image, settings);
  expect((await second.end()).code).toBe(1);
  expect(second.stderr).toContain(`${data} is in use by another process`);

  const { port } = new URL(first.url);
  const isHealthy = async () =>
    (await new ContainedProcess(image, { PORT: port }, image.healthCheck).end()).code === 0;
  expect(await isHealthy()).toBe(true);
  expect(await first.end("SIGTERM")).toEqual({ code: 0, signal: null });
  expect(await isHealthy()).toBe(false);

  if (!LONG) return;
  const listed = new ContainedProcess(image, settings, ["serviceflow", "--json", "users", "list"]);
  expect((await listed.end()).code, listed.stderr).toBe(0);
  expect(listed.stdout).toContain("ada@example.com");
  const again = new ContainedProcess(image, settings);
  await again.writes(STARTED);
  const path = `/requests/${filed.body.id}`;
  const read = await caller(fetch, `${again.url}/api/v1`)("GET", path, { as: admin });
  expect(read.body).toMatchObject(body);
  expect(await again.end("SIGTERM")).toEqual({ code: 0, signal: null });
});

/** So that the first start, with an empty volume, takes its time in long runs alone. */
async function copyDatabase(to: string, owner: string): Promise<void> {
  await run("cp", ["-Rl", `${await freshDataDirectory()}/.`, to]);
  await run("chown", ["-R", owner, to]);
}
