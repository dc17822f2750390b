import { describe, expect, it } from "vitest";
import { AUDIT_POLICY, type SubjectType } from "./audit-policy.ts";
import { Erasures } from "./erasures.ts";
import type { SealedEntry, SealedLink } from "./hash-chain.ts";
import { erasedWith, missingIn, missingValueFault } from "./missing-values.ts";

const ACTOR = "usr_actor";
const entry: SealedEntry = {
  id: "evt_1",
  action: "request.updated",
  actorId: ACTOR,
  apiKeyId: "key_actor",
  subject: { type: "request", id: "SF-1" },
  serviceRequestId: "SF-1",
  changes: { title: { from: { commitment: "c1" }, to: { commitment: "c2" } } },
  reason: { commitment: "c3" },
  clientAddress: { commitment: "c4" },
  userAgent: null,
  internal: false,
  requestId: "r-1",
  occurredAt: "2026-03-02T09:00:00.000Z",
};

function link(values: SealedLink["values"], changes: Partial<SealedEntry> = {}): SealedLink {
  return {
    position: 2,
    seq: 7,
    transaction: "755",
    sealedAt: entry.occurredAt,
    hash: "",
    entry: { ...entry, ...changes },
    values,
  };
}

describe("the values that are missing from a link", () => {
  const all = ["/changes/title/from", "/changes/title/to", "/reason", "/clientAddress"];
  const pointers = (values: SealedLink["values"]) =>
    missingIn(link(values)).map(({ pointer }) => pointer);

  it.each<[string, SealedLink["values"], string[]]>([
    ["all, when nothing is stored", {}, all],
    ["those that are not stored", { "/reason": ["s", "Why"] }, all.toSpliced(2, 1)],
    ["none, of a redacted export", null, []],
    ["all, if others are stored", { "/other": ["s", "x"] }, all],
  ])("are %s", (_, values, missing) => expect(pointers(values)).toEqual(missing));

  it("are named by entry and pointer", () => {
    const [missing] = missingIn(link({}));
    if (!missing) throw new Error("It has four.");
    expect(missingValueFault(missing)).toEqual({
      position: 2,
      entryId: "evt_1",
      problem: "value_missing",
      detail: expect.stringContaining("/changes/title/from of entry evt_1"),
    });
  });
});

describe("a missing value is explained by the erasure", () => {
  type Case = [
    actorId: string | null,
    type: SubjectType,
    id: string,
    pointer: string,
    who: unknown,
  ];
  const CHANGE = "/changes/name/to";
  it.each<Case>([
    // Texts of requests and comments: their author, who need not be the requester.
    [ACTOR, "request", "SF-1", "/changes/title/to", ACTOR],
    [ACTOR, "comment", "cmt_1", "/changes/body/to", ACTOR],
    [null, "request", "SF-1", "/changes/title/to", null],
    // Names and addresses: the person that they are of.
    [ACTOR, "user", "usr_other", "/changes/email/from", "usr_other"],
    [ACTOR, "user", ACTOR, "/changes/fullName/to", ACTOR],
    [null, "user", "usr_other", "/changes/fullName/to", "usr_other"],
    [ACTOR, "api_key", "key_1", CHANGE, "key_1"],
    [null, "api_key", "key_1", CHANGE, "key_1"],
    // What belongs to the company stays.
    [ACTOR, "category", "hardware", CHANGE, null],
    [ACTOR, "webhook", "whk_1", "/changes/url/to", null],
    [null, "webhook", "whk_1", "/changes/url/to", null],
  ])("by %s of %s %s: %s goes with %s", (actorId, type, id, pointer, who) => {
    expect(erasedWith({ actorId, subject: { type, id } }, pointer)).toBe(who);
  });

  const subjects: [SubjectType, string][] = [
    ["request", "SF-1"],
    ["comment", "cmt_1"],
    ["user", "usr_other"],
    ["api_key", "key_1"],
    ["code", "cod_1"],
    ["category", "hardware"],
    ["webhook", "whk_1"],
    ["audit_log", "audit_log"],
  ];
  it.each(["/reason", "/clientAddress", "/userAgent"])("of the caller for %s", (pointer) => {
    for (const [type, id] of subjects) {
      expect(erasedWith({ actorId: ACTOR, subject: { type, id } }, pointer)).toBe(ACTOR);
    }
  });

  it.each<[SubjectType, string, string | null]>([
    ["user", "usr_other", "usr_other"],
    ["sign_in", "key_1", "key_1"],
    ["sign_in", "unknown", null],
    ["webhook", "whk_1", null],
  ])("of the person concerned, without a caller: %s %s", (type, id, who) => {
    expect(erasedWith({ actorId: null, subject: { type, id } }, "/clientAddress")).toBe(who);
  });

  it("for every subject that the log knows", () => {
    const known = new Set([...subjects.map(([type]) => type), "sign_in"]);
    for (const { subject } of Object.values(AUDIT_POLICY)) expect(known).toContain(subject);
  });
});

describe("the erasures of a whole log", () => {
  const wiped = (changes: Partial<SealedEntry>) => link({}, changes);
  const whole = (changes: Partial<SealedEntry>) =>
    link({}, { changes: {}, reason: null, clientAddress: null, ...changes });
  const erased = (id: string) => whole({ action: "user.erased", subject: { type: "user", id } });
  const issued = whole({
    action: "api_key.issued",
    subject: { type: "api_key", id: "key_1" },
    changes: { userId: { from: null, to: "usr_owner" } },
  });
  const failed = wiped({
    actorId: null,
    action: "sign_in.failed",
    subject: { type: "sign_in", id: "key_1" },
    changes: {},
    reason: null,
  });
  const judge = (links: SealedLink[], later: string[] = []) => {
    const erasures = new Erasures();
    for (const each of links) {
      const inexplicable = erasures.read(each);
      if (inexplicable) return inexplicable;
    }
    return erasures.judge(later);
  };

  it.each([
    ["that follow", [wiped({}), erased(ACTOR)]],
    ["that came before", [erased(ACTOR), wiped({})]],
    ["of the owner of a key", [issued, failed, erased("usr_owner")]],
  ])("explain, %s", (_, links) => {
    expect(judge(links)).toEqual({ unexplained: null, later: [] });
  });

  it.each([
    ["of nobody", [wiped({})]],
    ["of another", [wiped({}), erased("usr_other")]],
    ["of another than the key's owner", [issued, failed, erased(ACTOR)]],
  ])("do not explain, %s", (_, links) => {
    const found = judge(links) as { unexplained: unknown };
    expect(found.unexplained).toMatchObject({ entryId: "evt_1" });
  });

  it("that are later than the log explain, and are named", () => {
    expect(judge([wiped({})], ["usr_other", ACTOR])).toEqual({ unexplained: null, later: [ACTOR] });
    expect(judge([wiped({}), erased(ACTOR)], [ACTOR])).toEqual({ unexplained: null, later: [] });
  });

  it("do not explain what no erasure removes", () => {
    const category = { subject: { type: "category" as const, id: "hardware" } };
    expect(judge([wiped({ ...category, actorId: ACTOR })])).toMatchObject({ person: null });
  });
});
