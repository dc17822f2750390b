import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FILES = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(ROOT, file)));
const DOCUMENTS = FILES.filter(
  (file) => file.endsWith(".md") && !file.startsWith("packages/sdk/docs/"),
);

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** The anchors that GitHub gives to a document's headings. */
function anchorsOf(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** All inline code of a text, without its code blocks. */
function inlineCode(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

describe.each(DOCUMENTS)("%s", (document) => {
  it("links to files and headings that exist", () => {
    const broken = [...read(document).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)]
      .map(([, path = "", anchor]) => {
        const target = path === "" ? document : relative(ROOT, join(ROOT, dirname(document), path));
        const exists =
          existsSync(join(ROOT, target)) &&
          (anchor === undefined || target.startsWith("packages/sdk/docs/")
            ? true
            : anchorsOf(target).includes(anchor));
        return exists ? null : `${path}#${anchor ?? ""}`;
      })
      .filter((link) => link !== null);
    expect(broken).toEqual([]);
  });

  it("names npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json"));
    const named = [...read(document).matchAll(/npm run ([\w:-]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

const DESCRIBES_CODE = /^(CONTRIBUTING|docs\/.*)\.md$/;
it.each(DOCUMENTS.filter((file) => DESCRIBES_CODE.test(file)))(
  "%s names source files that exist",
  (document) => {
    const named = inlineCode(read(document)).filter((code) =>
      /^[\w/-]+(\.[\w-]+)*\.ts$/.test(code),
    );
    const missing = named.filter(
      (name) => !FILES.some((file) => file === name || file.endsWith(`/${name}`)),
    );
    expect(missing).toEqual([]);
  },
);

it("a serving role may delete from the tables that the server deletes from, and no others", () => {
  const privileges = read("packages/server/src/db/privileges.ts");
  const named = read("packages/server/src/db/schema.ts").matchAll(
    /export const (\w+) = pgTable\(\s*"(\w+)"/g,
  );
  const tables = new Map([...named].map(([, variable = "", table]) => [variable, table]));
  const sources = FILES.filter((file) => /^packages\/server\/src\/.*\.ts$/.test(file));
  const inCode = sources.flatMap((file) =>
    [...read(file).matchAll(/delete from \$\{(\w+)\}/g)].map(([, name = ""]) => tables.get(name)),
  );
  const migrations = FILES.filter((file) => /^migrations\/.*\.sql$/.test(file));
  const inTriggers = migrations.flatMap((file) =>
    [...read(file).matchAll(/DELETE FROM (\w+)/g)].map(([, table]) => table),
  );
  const granted = [...privileges.matchAll(/^ {2}(\w+): ALL,$/gm)].map(([, name = ""]) =>
    tables.get(name),
  );
  expect(granted.sort()).toEqual([...new Set([...inCode, ...inTriggers])].sort());
});

it("docs/operations/log-messages.md has what the server logs", () => {
  const rows = read("docs/operations/log-messages.md").matchAll(/^\| (`.*?) \|/gm);
  const known = [...rows].flatMap(([, cell = ""]) => inlineCode(cell));
  const isKnown = (message: string) =>
    known.some((each) =>
      each.endsWith("...") ? message.startsWith(each.slice(0, -3)) : message === each,
    );
  const sources = FILES.filter((file) => /^packages\/server\/src\/.*\.ts$/.test(file));
  const logged = sources
    .flatMap((file) => [...read(file).matchAll(/\blog\.(?:info|warn|error)\(([^;]*?)\)[;,]\n/g)])
    .flatMap(([, args = ""]) => /["`]([^"`$]+)[^"`]*["`],?\s*$/.exec(args)?.[1] ?? []);
  expect(logged.length).toBeGreaterThan(25);
  expect(logged.filter((message) => !isKnown(message))).toEqual([]);
});

it("SECURITY.md names tests that exist", () => {
  const tests = read("SECURITY.md")
    .split("\n")
    .filter((line) => /^\| .* \| .* \| .*`/.test(line))
    .flatMap((row) => inlineCode(row.split(" | ").at(-1) ?? ""))
    .map((name) => (name.endsWith(".ts") ? name : `test/src/${name}.test.ts`));
  expect(tests.length).toBeGreaterThan(20);
  expect(tests.filter((file) => !FILES.includes(file))).toEqual([]);
});

describe("the release chain", () => {
  const workflows = FILES.filter((file) => /^\.github\/workflows\/.*\.ya?ml$/.test(file));

  it.each(workflows)("%s pins its actions, keeps no credentials and grants by job", (file) => {
    const text = read(file);
    const uses = text.match(/uses: .*$/gm) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((each) => !/^uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(each))).toEqual(
      [],
    );
    const checkouts = text.split("actions/checkout@").slice(1);
    for (const checkout of checkouts) {
      const [step] = checkout.split(/\n {6}- /);
      expect(step).toContain("persist-credentials: false");
    }
    expect(text).toMatch(/^permissions: \{\}$/m);
    const tokens = [...text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name);
    expect(tokens.filter((name) => name !== "GITHUB_TOKEN")).toEqual([]);
  });

  it("has one job that may publish to npm, which waits for an approval and builds nothing", () => {
    const jobs = read(".github/workflows/release.yml").split(/^ {2}(?=[\w-]+:$)/m);
    const publishing = jobs.filter((job) => job.includes("id-token: write"));
    expect(publishing).toHaveLength(1);
    expect(publishing[0]).toContain("environment: release");
    expect(publishing[0]).not.toMatch(/npm run|\.ci\/|cache:/);
    const [building] = jobs.filter((job) => job.includes(".ci/run"));
    expect(building).not.toMatch(/: write|cache:/);
  });

  it("names the repository in each published package, which is where its provenance says that it is from", () => {
    const [, loop = ""] = read(".ci/build-release").split("for package in ");
    const named = (loop.split("; do")[0] ?? "").split(" ");
    const published = FILES.filter((file) => /^packages\/\w+\/package\.json$/.test(file)).filter(
      (file) => JSON.parse(read(file)).private !== true,
    );
    expect(named.map((name) => `packages/${name}/package.json`).toSorted()).toEqual(
      published.toSorted(),
    );
    for (const field of ["type=git", "url=", "directory="])
      expect(loop).toContain(`repository.${field}`);
  });

  it("builds on base images that are pinned by digest", () => {
    const bases = [...read("Dockerfile").matchAll(/^FROM (\S+:\S+)/gm)].map(([, image]) => image);
    expect(bases.length).toBeGreaterThan(0);
    for (const image of bases) expect(image).toMatch(/^node:24-slim@sha256:[0-9a-f]{64}$/);
  });
});
