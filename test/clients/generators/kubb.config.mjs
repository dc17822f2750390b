import { defineConfig } from "@kubb/core";
import { pluginClient } from "@kubb/plugin-client";
import { pluginOas } from "@kubb/plugin-oas";
import { pluginTs } from "@kubb/plugin-ts";

export default defineConfig({
  root: ".",
  input: { path: "./openapi.json" },
  output: { path: "./generated/kubb", format: false },
  plugins: [
    pluginOas({ validate: true }),
    pluginTs({ enumType: "literal" }),
    pluginClient({ client: "fetch", dataReturnType: "full" }),
  ],
});
