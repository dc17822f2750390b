import { defineConfig } from "tsdown";

const TIMERS = "setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm"],
  platform: "node",
  target: "node20",
  fixedExtension: true,
  dts: true,
  // Those of a DOM return numbers, and fake ones are for what is tested, not for the server.
  banner: { js: `import { ${TIMERS} } from "node:timers";` },
  inputOptions: {
    resolve: { conditionNames: ["@serviceflow/source", "node", "default"] },
  },
  // Bundles the server, except PGlite, which loads files from its own package.
  deps: { alwaysBundle: [/^(?!@electric-sql\/pglite$)/], neverBundle: ["@electric-sql/pglite"] },
});
