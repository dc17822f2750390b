import { describe, expect, it } from "vitest";
import { AUDIT_ACTIONS, AUDIT_POLICY, type AuditAction } from "../log/audit-policy.ts";
import { isStateSubject, type StateSubject } from "../log/state-verification.ts";
import { foldEntries } from "./fold.ts";
import { creatorsOf, EFFECTS } from "./logged-fields.ts";
import { type LoggedEntry, UNKNOWN_ROW } from "./logged-row.ts";

const at = (second: number) => `2026-03-02T09:00:0${second}.000Z`;
let second = 0;
function entry(action: AuditAction, to: Record<string, unknown>, rest: object = {}): LoggedEntry {
  second = (second + 1) % 10;
  return {
    id: `evt_${second}`,
    action,
    actorId: "usr_actor",
    serviceRequestId: null,
    changes: Object.fromEntries(
      Object.entries(to).map(([field, value]) => [field, { from: null, to: value }]),
    ),
    occurredAt: at(second),
    ...rest,
  };
}
const is = (value: unknown) => ({ value });
const secret = (name: string) => ({ commitment: name });

function fold(subject: StateSubject, id: string, entries: readonly LoggedEntry[]) {
  return foldEntries(subject, id, entries);
}

describe("a request", () => {
  const created = entry("request.created", { title: secret("t1"), status: "NEW", priority: "LOW" });
  const claimed = entry("request.claimed", { assigneeId: "usr_2" });
  const started = entry("request.transitioned", { status: "IN_PROGRESS" });
  const done = entry("request.transitioned", { status: "DONE" });
  const updated = entry("request.updated", { title: secret("t2") });

  it("is new as its first entry says, and unassigned", () => {
    expect(fold("request", "SF-1", [created])).toEqual({
      created: true,
      deleted: false,
      lastEntryId: created.id,
      fields: {
        title: { commitment: "t1", entryId: created.id, pointer: "/changes/title/to" },
        status: is("NEW"),
        priority: is("LOW"),
        assigneeId: is(null),
        followsUp: is(null),
        version: is(1),
        createdAt: is(created.occurredAt),
        updatedAt: is(created.occurredAt),
        startedAt: is(null),
        closedAt: is(null),
      },
    });
  });

  it("takes each later value, version and time", () => {
    const { fields, lastEntryId } = fold("request", "SF-1", [
      created,
      claimed,
      started,
      updated,
      done,
    ]);
    expect(lastEntryId).toBe(done.id);
    expect(fields).toMatchObject({
      title: { commitment: "t2", entryId: updated.id },
      status: is("DONE"),
      assigneeId: is("usr_2"),
      version: is(5),
      createdAt: is(created.occurredAt),
      updatedAt: is(done.occurredAt),
      startedAt: is(started.occurredAt),
      closedAt: is(done.occurredAt),
    });
  });

  it("is the same however the entries are divided", () => {
    const all = [created, claimed, started, updated, done];
    for (let cut = 0; cut <= all.length; cut += 1) {
      const before = foldEntries("request", "SF-1", all.slice(0, cut));
      expect(foldEntries("request", "SF-1", all.slice(cut), before)).toEqual(
        fold("request", "SF-1", all),
      );
    }
  });

  it("canceled before work has no start", () => {
    const canceled = entry("request.transitioned", { status: "CANCELED" });
    expect(fold("request", "SF-1", [created, canceled]).fields).toMatchObject({
      startedAt: is(null),
      closedAt: is(canceled.occurredAt),
    });
  });
});

describe("a person", () => {
  const user = { email: secret("e"), fullName: secret("n"), role: "AGENT", active: true };

  it("who was erased has neither name nor address", () => {
    const erased = entry("user.erased", { active: false, erasedAt: at(9) });
    const entries = [entry("user.created", user), entry("user.role_changed", { role: "ADMIN" })];
    expect(fold("user", "usr_1", [...entries, erased]).fields).toMatchObject({
      email: is("usr-1@erased.invalid"),
      fullName: is("Erased user"),
      role: is("ADMIN"),
      active: is(false),
      erasedAt: is(at(9)),
      version: is(3),
    });
  });

  it("has the account that was linked last, until they are deactivated or erased", () => {
    const none = { issuer: is(null), account: is(null), identities: is(0) };
    const issuer = "https://id.example.com";
    const linked = (account: string) =>
      entry("user.identity_linked", { issuer, account: secret(account) });
    const [first, second] = [linked("a1"), linked("a2")];
    const created = entry("user.created", user);
    const fields = (...entries: LoggedEntry[]) =>
      fold("user", "usr_1", [created, ...entries]).fields;
    expect(fields()).toMatchObject(none);
    const pointer = "/changes/account/to";
    expect(fields(first, second)).toMatchObject({
      issuer: is(issuer),
      account: { commitment: "a2", entryId: second.id, pointer },
      identities: is(2),
      version: is(1),
    });
    const left = entry("user.updated", { active: false });
    expect(fields(first, left)).toMatchObject({ ...none, version: is(2) });
    const back = entry("user.updated", { active: true });
    expect(fields(first, left, back, second)).toMatchObject({ identities: is(1) });
    expect(fields(first, entry("user.erased", { active: false }))).toMatchObject(none);
  });

  it("has a key that is valid until the log says otherwise", () => {
    const issued = entry("api_key.issued", { userId: "usr_1", name: secret("k"), scopes: ["a"] });
    const rotated = entry("api_key.rotated", { revokedAt: at(9), replacedBy: "key_2" });
    expect(fold("api_key", "key_1", [issued]).fields).toMatchObject({
      expiresAt: is(null),
      revokedAt: is(null),
      scopes: is(["a"]),
    });
    const revoked = entry("api_key.revoked", { revokedAt: at(5) });
    const again = entry("api_key.revoked", { revokedAt: at(7) });
    const ended = fold("api_key", "key_1", [issued, rotated, revoked, again]).fields;
    expect(ended.revokedAt).toEqual(is(at(5)));
    const { fields } = fold("api_key", "key_1", [issued, rotated]);
    expect(fields.revokedAt).toEqual(is(at(9)));
    expect(fields).not.toHaveProperty("replacedBy");
    expect(fields).not.toHaveProperty("version");
  });
});

it("a comment is its author's, and belongs to its request", () => {
  const created = entry("comment.created", { visibility: "PUBLIC" }, { serviceRequestId: "SF-1" });
  expect(fold("comment", "cmt_1", [created]).fields).toMatchObject({
    authorId: is("usr_actor"),
    serviceRequestId: is("SF-1"),
    createdAt: is(created.occurredAt),
  });
});

describe("a webhook", () => {
  const created = entry("webhook.created", { url: secret("u"), active: true });

  it("has an old secret until the overlap ends, and none without an overlap", () => {
    const overlapping = entry("webhook.secret_rotated", { oldSecretUntil: "2026-03-03T00:00:00Z" });
    const at_once = entry("webhook.secret_rotated", {});
    const without = {
      ...at_once,
      changes: { oldSecretUntil: { from: null, to: at_once.occurredAt } },
    };
    expect(fold("webhook", "whk_1", [created, overlapping]).fields.oldSecretUntil).toEqual(
      is("2026-03-03T00:00:00Z"),
    );
    expect(fold("webhook", "whk_1", [created, without]).fields).toMatchObject({
      oldSecretUntil: is(null),
      version: is(2),
    });
  });

  it("is its creator's, also where the entry is older than the field, until somebody takes it over", () => {
    const before = fold("webhook", "whk_1", [created]).fields;
    expect(before).toMatchObject({ ownerId: is("usr_actor"), createdById: is("usr_actor") });
    const taken = entry("webhook.owner_changed", { ownerId: "usr_other" });
    expect(fold("webhook", "whk_1", [created, taken]).fields).toMatchObject({
      ownerId: is("usr_other"),
      createdById: is("usr_actor"),
      version: is(2),
    });
  });

  it("that was deleted is gone, and pings change nothing", () => {
    const pinged = entry("webhook.pinged", {});
    const after = fold("webhook", "whk_1", [created, pinged]);
    expect(after.fields).toEqual(fold("webhook", "whk_1", [created]).fields);
    expect(after.lastEntryId).toBe(pinged.id);
    const deleted = entry("webhook.deleted", { active: false });
    expect(fold("webhook", "whk_1", [created, deleted])).toMatchObject({
      created: true,
      deleted: true,
    });
  });
});

describe("the fold", () => {
  it("begins with what the log knows, and knows nothing more", () => {
    const updated = entry("request.updated", { priority: "HIGH" });
    expect(fold("request", "SF-1", [updated])).toEqual({
      created: false,
      deleted: false,
      lastEntryId: updated.id,
      fields: { priority: is("HIGH"), updatedAt: is(updated.occurredAt) },
    });
    expect(fold("request", "SF-1", [])).toEqual(UNKNOWN_ROW);
  });

  it("leaves out a field that is newer than the entry that created the row", () => {
    const created = entry("user.created", { role: "AGENT" });
    expect(fold("user", "usr_1", [created]).fields).not.toHaveProperty("kind");
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["a text", "x"],
    ["a list", [1]],
    ["a change that is none", { status: null, title: 7 }],
    ["an unknown field", { color: { from: null, to: "red" } }],
  ])("survives changes that are %s", (_, changes) => {
    const tampered = entry("request.updated", {}, { changes });
    expect(() => fold("request", "SF-1", [tampered])).not.toThrow();
    expect(fold("request", "SF-1", [tampered]).fields).not.toHaveProperty("color");
  });

  it("survives an unknown action", () => {
    const tampered = entry("request.vanished" as AuditAction, {});
    expect(fold("request", "SF-1", [tampered]).fields).toEqual({});
  });

  it.each(AUDIT_ACTIONS)("knows what %s does to a row, if its subject has one", (action) => {
    const { subject } = AUDIT_POLICY[action];
    if (!isStateSubject(subject)) expect(EFFECTS[action]).toBe("nothing");
    else expect(creatorsOf(subject).length).toBeGreaterThan(0);
  });
});
