import { defineConfig } from "@lingui/conf";
import { formatter } from "@lingui/format-po";

export default defineConfig({
  sourceLocale: "en",
  locales: ["en", "ru"],
  catalogs: [{ path: "<rootDir>/src/words/{locale}", include: ["src"] }],
  runtimeConfigModule: { Trans: ["#trans", "Trans"] },
  // Without line numbers, so that a change of code does not change the catalogues.
  format: formatter({ lineNumbers: false }),
});
