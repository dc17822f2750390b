import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    webhooks: "src/webhook-receiver/index.ts",
    testing: "src/testing/index.ts",
    "tanstack-query": "src/tanstack-query/index.ts",
  },
  format: ["esm", "cjs"],
  platform: "neutral",
  target: "es2022",
  fixedExtension: true,
  dts: true,
  // Editors read the documentation from the declarations.
  outputOptions: { comments: { jsdoc: false } },
  treeshake: { moduleSideEffects: false },
  // Nothing is left for the consumer to install, and nothing else slips in.
  deps: {
    alwaysBundle: [/^(?!@serviceflow\/testing$)/],
    neverBundle: ["@serviceflow/testing"],
    onlyBundle: ["@trpc/client", "@trpc/server"],
  },
});
