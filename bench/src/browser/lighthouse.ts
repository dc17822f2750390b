import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../test/src/harness/child-process.ts";

/** Not a dependency: it brings a hundred packages, which only this benchmark needs. */
const VERSION = "13.5.0";

/** What Lighthouse says of one load of a page. */
export interface Report {
  /** 0 to 100. */
  performance: number;
  accessibility: number;
  /** Milliseconds, but the layout shift. */
  metrics: Record<Metric, number>;
  /** Titles of the accessibility audits that failed. */
  failed: string[];
}

export const METRICS = {
  "first-contentful-paint": "first paint",
  "largest-contentful-paint": "largest paint",
  "speed-index": "speed index",
  "total-blocking-time": "blocked",
  "cumulative-layout-shift": "layout shift",
} as const;
export type Metric = keyof typeof METRICS;

export const FORMS = ["phone", "desktop"] as const;
export type Form = (typeof FORMS)[number];

interface Audit {
  title: string;
  score: number | null;
  numericValue?: number;
}

/** @returns the program, which is installed in a temporary folder the first time */
export async function installLighthouse(): Promise<string> {
  const folder = join(tmpdir(), `serviceflow-lighthouse-${VERSION}`);
  const program = join(folder, "node_modules/lighthouse/cli/index.js");
  if (existsSync(program)) return program;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "private": true }');
  const options = ["--no-audit", "--no-fund", "--ignore-scripts"];
  await run("npm", ["install", ...options, `lighthouse@${VERSION}`], { cwd: folder });
  return program;
}

/** Loads a page once in a browser that is open, as a slow phone or as a computer. */
export async function audit(
  program: string,
  { url, port, form }: { url: string; port: number; form: Form },
): Promise<Report> {
  const out = join(tmpdir(), `serviceflow-lighthouse-${process.pid}.json`);
  await run(process.execPath, [
    program,
    url,
    `--port=${port}`,
    "--quiet",
    "--output=json",
    `--output-path=${out}`,
    "--only-categories=performance,accessibility",
    ...(form === "desktop" ? ["--preset=desktop"] : []),
  ]);
  const { categories, audits } = JSON.parse(await readFile(out, "utf8")) as {
    categories: Record<string, { score: number; auditRefs: { id: string }[] }>;
    audits: Record<string, Audit>;
  };
  const scoreOf = (name: string) => Math.round((categories[name]?.score ?? 0) * 100);
  const refs = categories.accessibility?.auditRefs ?? [];
  return {
    performance: scoreOf("performance"),
    accessibility: scoreOf("accessibility"),
    metrics: Object.fromEntries(
      Object.keys(METRICS).map((name) => [name, audits[name]?.numericValue ?? Number.NaN]),
    ) as Report["metrics"],
    failed: refs.flatMap(({ id }) => {
      const { score = null, title = id } = audits[id] ?? {};
      return score !== null && score < 1 ? [title] : [];
    }),
  };
}
