import { isApiKey, isCode, isSessionSecret } from "@serviceflow/server";
import { expect, it } from "vitest";
import { keptLogs } from "../harness/kept-logs.ts";
import { BOOTSTRAP_KEY } from "../harness/test-app.ts";

/** So many lines at least are logged by all tests: with fewer, little would have been looked through. */
const LINES_OF_ALL_TESTS = 5_000;

it("no key and no other secret stands in any line that any server has logged in all tests", () => {
  const lines = keptLogs();
  expect(lines.length, "lines; run it together with all tests").toBeGreaterThan(LINES_OF_ALL_TESTS);
  const telling = lines.filter((line) => hasSecret(line));
  expect(telling).toEqual([]);
});

function hasSecret(line: string): boolean {
  // Every key, session and code that was ever made has this shape, and a checksum that fits.
  const secrets = line.match(/sf[cs]?_[0-9A-Za-z]{49}/g) ?? [];
  const isSecret = (text: string) => isApiKey(text) || isSessionSecret(text) || isCode(text);
  return secrets.some(isSecret) || line.includes(BOOTSTRAP_KEY);
}
