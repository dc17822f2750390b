/**
 * Preloaded by processes of the tests. Node parses the package.json of a module's package for each module, and that of
 * drizzle-orm, with its hundreds of exports, costs every process half a second. Here its modules need no look at it.
 */
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    const { parentURL } = context;
    const isWithin =
      specifier.startsWith(".") && /\/node_modules\/drizzle-orm\/.*\.js$/.test(parentURL ?? "");
    if (!isWithin) return next(specifier, context);
    return { url: new URL(specifier, parentURL).href, format: "module", shortCircuit: true };
  },
});
