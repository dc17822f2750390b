import { pino } from "pino";
import { expect, it } from "vitest";
import { Failures, failureClass, failureWords, toldCallers } from "./failure-class.ts";

const failed = (code: string) => Object.assign(new Error("of values"), { code });

it.each([
  ["53100", "disk"],
  ["53200", "memory"],
  ["53300", "connections"],
  ["25006", "read_only"],
  ["42501", "permission"],
  ["3D000", "wrong_database"],
  ["28P01", "sign_in"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "tls"],
  ["26000", "pooler"],
  ["57014", "timeout"],
  ["57P03", "unreachable"],
  ["ECONNREFUSED", "unreachable"],
  ["23505", null],
])("%s is of the class %s", (code, expected) => {
  expect(failureClass(new Error("outer", { cause: failed(code) }))).toBe(expected);
  const words = failureWords(failed(code));
  if (expected === null) expect(words).toBeNull();
  else expect(words?.finding).toContain(`(${code})`);
  expect(JSON.stringify(words)).not.toContain("of values");
});

it("logs the first failure of each class in a minute, with its state and a hint", () => {
  const lines: object[] = [];
  const log = pino({ base: {} }, { write: (line) => lines.push(JSON.parse(line)) });
  const failures = new Failures(log);
  for (const code of ["53100", "53100", "42501", "23505", "53100"]) failures.note(failed(code));
  expect([...failures.counts]).toEqual([
    ["disk", 3],
    ["permission", 1],
  ]);
  expect(lines).toMatchObject([
    { level: 40, failure: "disk", code: "53100", hint: expect.stringMatching(/disk/) },
    { level: 40, failure: "permission", code: "42501", hint: expect.stringMatching(/grants/) },
  ]);
  expect(JSON.stringify(lines)).not.toContain("of values");
});

it.each([
  ["53100", /no room/],
  ["ENOSPC", /no room/],
  ["53300", /overloaded/],
  ["25006", /no changes/],
  ["28P01", /unavailable/],
  ["ECONNREFUSED", /unavailable/],
])("of %s, a caller learns only what may pass", (code, words) => {
  expect(toldCallers(failed(code))).toMatch(words);
});

it.each(["42501", "3D000", "26000", "23505"])("of %s, a caller learns nothing", (code) => {
  expect(toldCallers(failed(code))).toBeNull();
});
