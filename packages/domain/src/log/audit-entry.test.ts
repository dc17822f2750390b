import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftEntry } from "./audit-entry.ts";
import { AUDIT_ACTIONS, AUDIT_POLICY, type AuditAction, SUBJECT_TYPES } from "./audit-policy.ts";

/** Never in the log: secrets, and values that help to guess them. */
const SECRETS = ["apiKey", "secret", "hash", "keyHash", "prefix", "lastFour", "password"];

describe("the audit policy", () => {
  it.each(AUDIT_ACTIONS)(
    "%s names what it concerns, in the past tense, and no secret",
    (action) => {
      const { subject, fields } = AUDIT_POLICY[action];
      expect(SUBJECT_TYPES).toContain(subject);
      expect(action).toMatch(new RegExp(`^${subject}\\.[a-z_]+ed$`));
      expect(fields.filter((field) => SECRETS.includes(field))).toEqual([]);
    },
  );
});

describe("recording", () => {
  it.each<[string, Record<string, unknown> | null, Record<string, unknown>, unknown]>([
    ["what differs", { active: true }, { active: false }, { active: { from: true, to: false } }],
    ["nothing that is the same", { fullName: "G" }, { fullName: "G" }, {}],
    ["a new value", null, { fullName: "G" }, { fullName: { from: null, to: "G" } }],
    ["an empty value", null, { fullName: "" }, { fullName: { from: null, to: "" } }],
    ["nothing that is unset", null, { fullName: null, email: undefined }, {}],
    ["a removed value", { email: "g@x.org" }, {}, { email: { from: "g@x.org", to: null } }],
    ["no field outside the policy", { role: "AGENT" }, { role: "ADMIN", apiKey: "sf_1" }, {}],
  ])("holds %s", (_, before, after, changes) => {
    expect(draftEntry("user.updated", { id: "usr_1", before, after }).changes).toEqual(changes);
  });

  it.each([
    [["a"], ["a"], {}],
    [["a", "b"], ["b", "a"], { scopes: { from: ["a", "b"], to: ["b", "a"] } }],
    [["a"], ["a", "b"], { scopes: { from: ["a"], to: ["a", "b"] } }],
    [null, [], { scopes: { from: null, to: [] } }],
  ])("compares lists item by item: %j and %j", (from, to, changes) => {
    const entry = draftEntry("api_key.issued", {
      id: "key_1",
      before: { scopes: from },
      after: { scopes: to },
    });
    expect(entry.changes).toEqual(changes);
  });

  it("names its subject; it has no reason and is not internal unless told", () => {
    const subject = { type: "request", id: "SF-7" };
    const action = "request.claimed";
    expect(draftEntry(action, { id: "SF-7", before: {}, after: {} })).toEqual({
      action,
      subject,
      changes: {},
      reason: null,
      internal: false,
    });
    expect(
      draftEntry(action, { id: "SF-7", before: {}, after: {}, reason: "Why", internal: true }),
    ).toEqual({
      action,
      subject,
      changes: {},
      reason: "Why",
      internal: true,
    });
  });

  it("never lets a field through that the policy does not name", () => {
    const field = fc.oneof(
      fc.constantFrom(
        ...SECRETS,
        ...AUDIT_ACTIONS.flatMap((action) => AUDIT_POLICY[action].fields),
      ),
      fc.string(),
    );
    const state = fc.dictionary(field, fc.string(), { maxKeys: 30 });
    fc.assert(
      fc.property(
        fc.constantFrom<AuditAction>(...AUDIT_ACTIONS),
        fc.option(state),
        state,
        (action, before, after) => {
          const recorded = Object.keys(draftEntry(action, { id: "x", before, after }).changes);
          const named: readonly string[] = AUDIT_POLICY[action].fields;
          const differing = named.filter(
            (name) => (before?.[name] ?? null) !== (after[name] ?? null),
          );
          expect(recorded).toEqual(differing);
        },
      ),
    );
  });
});
