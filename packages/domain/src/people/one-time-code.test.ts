import { describe, expect, it } from "vitest";
import { SCOPES } from "../rules/roles.ts";
import {
  type IssueCodeFacts,
  isRedeemable,
  issueCode,
  MAX_CODES_PER_USER,
  type RedeemableFacts,
  redeemForKey,
} from "./one-time-code.ts";

const NOW = "2026-03-02T08:00:00.000Z";
const at = (minutes: number) => new Date(Date.parse(NOW) + minutes * 60_000).toISOString();

const admin = {
  id: "usr_admin",
  fullName: "Ada",
  role: "ADMIN" as const,
  kind: "HUMAN" as const,
  scopes: SCOPES,
  keyEndsAt: null,
};
const facts = (changes: Partial<IssueCodeFacts> = {}): IssueCodeFacts => ({
  id: "cod_new",
  caller: admin,
  issuerId: admin.id,
  owner: { id: "usr_other", erasedAt: null },
  outstanding: [],
  now: NOW,
  ...changes,
});

describe("a new code", () => {
  it.each<[string, Partial<IssueCodeFacts>, string]>([
    ["three days for others", {}, at(72 * 60)],
    ["three days from the operator", { issuerId: null }, at(72 * 60)],
    ["ten minutes for oneself", { owner: { id: admin.id, erasedAt: null } }, at(10)],
  ])("is valid for %s", (_, changes, expiresAt) => {
    const { code } = issueCode({ purpose: "SESSION" }, facts(changes)).next;
    expect(code.expiresAt).toBe(expiresAt);
  });

  it("grants the scopes and the time of the key that issues it, or less", () => {
    const caller = { ...admin, scopes: ["requests:write"] as const, keyEndsAt: at(5) };
    const issue = (scopes?: ("requests:read" | "admin")[]) =>
      issueCode({ purpose: "API_KEY", scopes }, facts({ caller })).next.code;
    expect(issue()).toMatchObject({
      scopes: ["requests:write"],
      grantsUntil: at(5),
      name: "Linked",
    });
    expect(issue(["requests:read"]).scopes).toEqual(["requests:read"]);
    expect(() => issue(["admin"])).toThrow(/^insufficient_scope/);
  });

  it("is refused for others to all but administrators, and for those who were erased", () => {
    const caller = { ...admin, role: "AGENT" as const };
    expect(() => issueCode({ purpose: "SESSION" }, facts({ caller }))).toThrow(/^forbidden/);
    const owner = { id: "usr_other", erasedAt: NOW };
    expect(() => issueCode({ purpose: "SESSION" }, facts({ owner }))).toThrow(/^user_erased/);
  });

  it.each([
    [MAX_CODES_PER_USER - 1, 0],
    [MAX_CODES_PER_USER, 1],
    [MAX_CODES_PER_USER + 2, 3],
  ])("beside %i others revokes the %i oldest", (count, revoked) => {
    const outstanding = Array.from({ length: count }, (_, i) => `cod_${i}`);
    const decision = issueCode({ purpose: "SESSION" }, facts({ outstanding }));
    expect(decision.next.revoked).toEqual(outstanding.slice(0, revoked));
    expect(decision.changed && decision.entries.map(({ action }) => action)).toEqual([
      "code.issued",
      ...Array(revoked).fill("code.revoked"),
    ]);
  });
});

describe("a code", () => {
  const own: RedeemableFacts = {
    code: { purpose: "SESSION", expiresAt: at(10), userId: "usr_me", issuerId: "usr_me" },
    owner: { active: true, erasedAt: null },
    issuer: { active: true, role: "EMPLOYEE" },
    issuedWithEndsAt: null,
    purpose: "SESSION",
    now: NOW,
  };
  const invitation: RedeemableFacts = {
    ...own,
    code: { ...own.code, issuerId: "usr_admin" },
    issuer: { active: true, role: "ADMIN" },
  };
  const operators = { ...own, code: { ...own.code, issuerId: null }, issuer: null };

  it.each<[string, RedeemableFacts, boolean]>([
    ["one's own", own, true],
    ["an invitation", invitation, true],
    ["the operator's", operators, true],
    ["one for another purpose", { ...own, purpose: "API_KEY" }, false],
    ["one at its expiry", { ...own, now: at(10) }, false],
    ["one just before", { ...own, now: at(9.99) }, true],
    ["one of somebody inactive", { ...own, owner: { active: false, erasedAt: null } }, false],
    ["one of somebody erased", { ...operators, owner: { active: true, erasedAt: NOW } }, false],
    ["one's own whose key has ended", { ...own, issuedWithEndsAt: NOW }, false],
    ["one's own whose key ends later", { ...own, issuedWithEndsAt: at(1) }, true],
    ["an invitation whose key has ended", { ...invitation, issuedWithEndsAt: NOW }, true],
    ["one of an agent", { ...invitation, issuer: { active: true, role: "AGENT" } }, false],
    [
      "one of an inactive administrator",
      { ...invitation, issuer: { active: false, role: "ADMIN" } },
      false,
    ],
    ["one of nobody", { ...invitation, issuer: null }, false],
  ])("that is %s can be redeemed: %#", (_, given, expected) => {
    expect(isRedeemable(given)).toBe(expected);
  });

  it("is redeemed for a key of its name, scopes and time, as long as there is room", () => {
    const { code } = issueCode(
      { purpose: "API_KEY", name: "Telegram", scopes: ["requests:read"] },
      facts({ caller: { ...admin, keyEndsAt: at(60) } }),
    ).next;
    const redeem = (activeKeys: number) =>
      redeemForKey(code, {
        id: "key_new",
        masked: { prefix: "sf_abc", lastFour: "wxyz" },
        bounds: { maxPerUser: 2, maxLifetimeDays: null },
        activeKeys,
        now: NOW,
      });
    const decision = redeem(1);
    expect(decision.next).toMatchObject({
      userId: "usr_other",
      name: "Telegram",
      scopes: ["requests:read"],
      expiresAt: at(60),
    });
    expect(
      decision.changed && decision.entries.map(({ action, changes }) => [action, changes]),
    ).toMatchObject([
      ["code.redeemed", { exchangedFor: { from: null, to: "key_new" } }],
      ["api_key.issued", {}],
    ]);
    expect(() => redeem(2)).toThrow(/^too_many_api_keys/);
  });
});
