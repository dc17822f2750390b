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
  // Bundles the server, except PGlite, which loads files from its own package.
  deps: { alwaysBundle: [/^(?!@electric-sql\/pglite$)/], neverBundle: ["@electric-sql/pglite"] },
});
