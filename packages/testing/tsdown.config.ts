import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm"],
  platform: "node",
  target: "node20",
  fixedExtension: true,
  dts: true,
  inputOptions: {
    resolve: { conditionNames: ["@serviceflow/source", "node", "default"] },
  },
  // The server comes along as it is; its engine brings files of its own, and is installed.
  deps: { alwaysBundle: [/^(?!@electric-sql\/pglite$)/], neverBundle: ["@electric-sql/pglite"] },
});
