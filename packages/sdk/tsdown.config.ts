import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    webhooks: "src/webhook-receiver/index.ts",
    schemas: "src/schemas/index.ts",
    testing: "src/testing/index.ts",
    presence: "src/presence/index.ts",
    "tanstack-query": "src/tanstack-query/index.ts",
  },
  format: ["esm", "cjs"],
  platform: "neutral",
  target: "es2022",
  fixedExtension: true,
  dts: true,
  // The declarations keep the documentation.
  outputOptions: { comments: { jsdoc: false } },
  treeshake: { moduleSideEffects: false },
  // Everything is bundled, so that consumers install no dependencies; only these may be.
  deps: {
    alwaysBundle: [/^(?!@serviceflow\/testing$|@tanstack\/query-core$)/],
    neverBundle: ["@serviceflow/testing", "@tanstack/query-core"],
    onlyBundle: [],
  },
});
