import { Script } from "node:vm";
import { describe, expect, it } from "vitest";
import { loadFailure } from "./load-failure.ts";

const failureOf = (load: () => Promise<unknown>) => load().catch((error: unknown) => error);
const coded = (code: string, message: string) => Object.assign(new Error(message), { code });

describe("a package with the test server that cannot be loaded", () => {
  it.each([
    [
      "Node",
      "ERR_MODULE_NOT_FOUND",
      "Cannot find package '@serviceflow/testing' imported from /bot/a.mjs",
    ],
    ["Jest", "MODULE_NOT_FOUND", "Cannot find module '@serviceflow/testing' from 'bot.test.js'"],
  ])("is to be installed if it is missing, in %s", (_where, code, message) => {
    const cause = coded(code, message);
    const failure = loadFailure(cause);
    expect(failure.message).toMatch(
      /requires the package.*npm install --save-dev @serviceflow\/testing$/,
    );
    expect(failure.cause).toBe(cause);
  });

  it("needs a flag where a virtual machine loads no ES modules, as in Jest", async () => {
    const cause = await failureOf(() =>
      new Script("import('@serviceflow/testing')").runInThisContext(),
    );
    const { message, cause: kept } = loadFailure(cause);
    expect(message).toContain("NODE_OPTIONS=--experimental-vm-modules");
    expect(message).not.toContain("npm install");
    expect(kept).toBe(cause);
  });

  it("needs what jest-environment-jsdom takes away", () => {
    const { message } = loadFailure(new ReferenceError("TextEncoder is not defined"));
    expect(message).toMatch(/needs TextEncoder.*jest-fixed-jsdom for a DOM/);
  });

  it.each([
    [
      "a dependency is missing",
      coded(
        "ERR_MODULE_NOT_FOUND",
        "Cannot find package '@electric-sql/pglite' imported from /bot/node_modules/@serviceflow/testing/dist/index.mjs",
      ),
    ],
    [
      "a file of it is missing",
      coded(
        "ERR_MODULE_NOT_FOUND",
        "Cannot find module '/bot/node_modules/@serviceflow/testing/dist/index.mjs' imported from /bot/a.mjs",
      ),
    ],
    ["it throws", new SyntaxError("Unexpected token")],
    ["it throws no error", "no WebAssembly"],
  ])("is named with the real cause if %s", (_what, cause) => {
    const failure = loadFailure(cause);
    expect(failure.message).toContain(cause instanceof Error ? cause.message : cause);
    expect(failure.message).not.toContain("npm install");
    expect(failure.cause).toBe(cause);
  });
});
