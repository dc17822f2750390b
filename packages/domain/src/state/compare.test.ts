import { describe, expect, it } from "vitest";
import { commitmentText } from "../log/private-values.ts";
import { compareRow, ofErasedOwner } from "./compare.ts";
import { type FoldedRow, type LoggedValues, UNKNOWN_ROW } from "./logged-row.ts";

const POINTER = "/changes/name/to";
const sha256 = (text: string) => `hash of ${text}`;
const name = {
  commitment: sha256(commitmentText("salt", POINTER, "Ada")),
  entryId: "evt_1",
  pointer: POINTER,
};

function known(fields: LoggedValues, rest: Partial<FoldedRow> = {}): FoldedRow {
  return { ...UNKNOWN_ROW, created: true, fields, ...rest };
}
const facts = (pair: readonly [string, string] | null) => ({
  open: () => pair,
  sha256,
  now: "2026-03-31T12:00:00.000Z",
});
const compare = (
  fields: LoggedValues,
  row: Record<string, unknown>,
  pair: readonly [string, string] | null = ["salt", "Ada"],
) => compareRow(known(fields), row, facts(pair));

describe("a row", () => {
  it.each<[string, LoggedValues, Record<string, unknown>]>([
    ["with the same value", { role: { value: "AGENT" } }, { role: "AGENT" }],
    ["with the same list", { scopes: { value: ["a", "b"] } }, { scopes: ["a", "b"] }],
    ["without a value on either side", { assigneeId: { value: null } }, {}],
    ["with the private value that was committed to", { name }, { name: "Ada" }],
    ["with a field that the log does not know", {}, { later: 1 }],
  ])("fits, %s", (_, fields, row) => expect(compare(fields, row)).toEqual([]));

  it.each<[string, LoggedValues, Record<string, unknown>, unknown, unknown]>([
    ["a value", { x: { value: "AGENT" } }, { x: "ADMIN" }, "AGENT", "ADMIN"],
    ["no value", { x: { value: "AGENT" } }, { x: null }, "AGENT", null],
    ["a value too many", { x: { value: null } }, { x: "ADMIN" }, null, "ADMIN"],
    ["a longer list", { x: { value: ["a"] } }, { x: ["a", "b"] }, ["a"], ["a", "b"]],
    ["another order", { x: { value: ["a", "b"] } }, { x: ["b", "a"] }, ["a", "b"], ["b", "a"]],
    ["another private value", { x: name }, { x: "Eve" }, "Ada", "Eve"],
    ["no private value", { x: name }, { x: null }, "Ada", null],
  ])("differs by %s", (_, fields, row, log, state) => {
    expect(compare(fields, row)).toEqual([{ field: "x", problem: "field_differs", log, state }]);
  });

  it("is not compared by a private value that was erased", () => {
    expect(compare({ name }, { name: "Eve" }, null)).toEqual([]);
  });

  it("differs from its commitment even if the stored value was changed with it", () => {
    const forged = compare({ name }, { name: "Eve" }, ["salt", "Eve"]);
    expect(forged).toEqual([{ field: "name", problem: "field_differs", log: null, state: "Eve" }]);
  });

  it.each<[string, Partial<FoldedRow>, object | null, string[]]>([
    ["is missing", {}, null, ["row_missing"]],
    ["was deleted", { deleted: true }, null, []],
    ["was deleted and is there", { deleted: true }, {}, ["row_unexplained"]],
    ["was never created and is not there", { created: false }, null, []],
  ])("that %s", (_, folded, row, problems) => {
    const found = compareRow(known({}, folded), row as null, facts(null));
    expect(found.map(({ field, problem }) => [field, problem])).toEqual(
      problems.map((problem) => [null, problem]),
    );
  });
});

describe("the missing row of a session", () => {
  const found = (fields: Record<string, unknown>) => {
    const logged = Object.entries(fields).map(([field, value]) => [field, { value }]);
    return compareRow(known(Object.fromEntries(logged)), null, facts(null));
  };
  const later = "2026-04-20T12:00:00.000Z";

  it.each<[string, Record<string, unknown>, boolean]>([
    ["that was revoked a month ago", { revokedAt: "2026-03-01T11:59:59.000Z" }, false],
    [
      "that expired a month ago",
      { expiresAt: "2026-03-01T12:00:00.000Z", revokedAt: later },
      false,
    ],
    ["that was revoked four weeks ago", { revokedAt: "2026-03-03T12:00:00.000Z" }, true],
    ["that goes on", { revokedAt: null }, true],
    ["that is an API key", { sessionFrom: null, revokedAt: "2025-03-01T12:00:00.000Z" }, true],
  ])("%s", (_, fields, isMissed) => {
    const rows = found({ sessionFrom: "OIDC", expiresAt: later, ...fields });
    expect(rows.map(({ problem }) => problem)).toEqual(isMissed ? ["row_missing"] : []);
  });
});

describe("the key of an erased user", () => {
  const NOON = "2026-03-02T12:00:00.000Z";
  const LATER = "2026-03-03T12:00:00.000Z";
  const row = { name: "Erased", revokedAt: NOON };
  const found = (revokedAt: string | null, state: object) =>
    compareRow(
      ofErasedOwner(known({ name, revokedAt: { value: revokedAt } }), NOON),
      { ...row, ...state },
      facts(["salt", "Ada"]),
    );

  it.each([null, LATER, NOON])("has no name of its own and ended with its owner: %s", (revoked) => {
    expect(found(revoked, {})).toEqual([]);
    expect(found(revoked, { name: "Ada" })).toMatchObject([{ field: "name", log: "Erased" }]);
    expect(found(revoked, { revokedAt: null })).toMatchObject([{ field: "revokedAt", log: NOON }]);
  });

  it("ended earlier if it was revoked before", () => {
    const earlier = "2026-03-01T12:00:00.000Z";
    expect(found(earlier, { revokedAt: earlier })).toEqual([]);
    expect(found(earlier, {})).toHaveLength(1);
  });
});
