import { defineConfig } from "vitest/config";

const LONG = process.env.LONG === "1";

export default defineConfig({
  ssr: { resolve: { conditions: ["@serviceflow/source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/src/**/*.test.ts"],
    globalSetup: ["test/src/harness/postgres.ts"],
    testTimeout: LONG ? 1_800_000 : 60_000,
    hookTimeout: 60_000,
  },
});
