/**
 * Finds words that do not belong in technical English, in every tracked text file or in the files given as arguments.
 * Prints file:line, the word and what to write instead; exits with 1 if it finds any.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** A space matches a line break too, with the comment marker of the next line. */
const WORDS: Record<string, string> = JSON.parse(
  readFileSync(`${import.meta.dirname}/check-words.json`, "utf8"),
);
/** Licences, an applied migration and what it inserted, demo data, what is generated from checked sources, and the words themselves. */
const EXCLUDED =
  /(^|\/)(LICENSE|package-lock\.json)$|^migrations\/(meta\/|0001_)|^packages\/server\/src\/(seed\/|log\/initial-rows)|^docs\/(generated\/|openapi\.json)|^packages\/sdk\/(api|docs)\b|^test\/clients\/generated\/|check-words/;

const patterns = Object.entries(WORDS).map(([words, instead]) => ({
  pattern: new RegExp(
    `\\b(?:${words.replaceAll(" ", "\\s+(?:(?:\\*|//|#|--|>|\\|) *)?")})\\b`,
    "gi",
  ),
  instead,
}));
const tracked = () =>
  execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" })
    .split("\0")
    .filter((file) => !EXCLUDED.test(file) && existsSync(file));

const given = process.argv.slice(2);
for (const file of given.length > 0 ? given : tracked()) {
  const text = readFileSync(file, "utf8");
  for (const { pattern, instead } of text.includes("\0") ? [] : patterns) {
    for (const { 0: found, index } of text.matchAll(pattern)) {
      const line = text.slice(0, index).split("\n").length;
      console.error(`${file}:${line}: "${found.replaceAll(/\s+/g, " ")}": write ${instead}`);
      process.exitCode = 1;
    }
  }
}
