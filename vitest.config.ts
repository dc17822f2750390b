import { defineConfig } from "vitest/config";

const LONG = process.env.LONG === "1";

const fromSource = { resolve: { conditions: ["@serviceflow/source"] } };

export default defineConfig({
  ssr: fromSource,
  // The global set-up runs in an environment of its own, which would otherwise look for a build.
  environments: { __vitest__: fromSource },
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/src/**/*.test.ts"],
    globalSetup: ["test/src/harness/postgres.ts"],
    testTimeout: LONG ? 1_800_000 : 60_000,
    hookTimeout: 60_000,
  },
});
