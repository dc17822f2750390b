import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { COMPILE_CACHE, QUICK_START } from "./test/src/harness/from-source.ts";
import { LONG } from "./test/src/harness/long-run.ts";
import SkippedTestsReporter from "./test/src/harness/skipped-tests-reporter.ts";
import { WORKERS } from "./test/src/harness/workers.ts";

// What all servers of the run have logged is looked through at its end.
if (process.env.SERVICEFLOW_TEST_LOGS === undefined) {
  const folder = mkdtempSync(join(tmpdir(), "serviceflow-test-logs-"));
  process.env.SERVICEFLOW_TEST_LOGS = folder;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
}

// The workers take it from here.
Object.assign(process.env, COMPILE_CACHE);

const fromSource = { resolve: { conditions: ["@serviceflow/source"] } };
const AFTER_ALL = "test/src/after-all/**/*.test.ts";

export default defineConfig({
  ssr: fromSource,
  // The global set-up runs in an environment of its own, which would otherwise look for a build.
  environments: { __vitest__: fromSource },
  test: {
    // These only end what hangs: a test waits for conditions, and the machine may be busy with other work.
    testTimeout: LONG ? 1_800_000 : 180_000,
    hookTimeout: LONG ? 1_800_000 : 180_000,
    maxWorkers: WORKERS,
    execArgv: QUICK_START,
    setupFiles: ["test/src/harness/seeds.ts"],
    reporters: ["default", new SkippedTestsReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: "tests",
          include: ["test/src/**/*.test.ts"],
          exclude: [AFTER_ALL],
          globalSetup: ["test/src/harness/postgres.ts"],
          // A worker loads the server once, not for each file: a tenth of the CPU time of all tests.
          isolate: false,
          // Not 0: on a machine for one worker those of 0 would run last.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        // Pure code: what these share is nothing but the process.
        test: {
          name: "units",
          include: ["packages/*/src/**/*.test.ts", "bench/src/**/*.test.ts"],
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: "after all", include: [AFTER_ALL], sequence: { groupOrder: 2 } },
      },
    ],
  },
});
