import { describe, expect, it } from "vitest";
import { as } from "../rules/callers.fixture.ts";
import type { Decision } from "../rules/decision.ts";
import { eraseUser } from "./erasure.ts";
import { withWebhooksDisabled } from "./owned-webhooks.ts";
import { changeRole, type User, updateUser } from "./user.ts";

const NOW = "2026-03-02T09:00:00.000Z";
const facts = { caller: as("ADMIN"), otherAdmins: 1 };
const admin: User = {
  id: "usr_grace",
  email: "grace@example.com",
  fullName: "Grace Hopper",
  role: "ADMIN",
  kind: "HUMAN",
  active: true,
  locale: null,
  timeZone: null,
  erasedAt: null,
  version: 3,
  createdAt: NOW,
};

const ENDS: [string, Decision<User>, string][] = [
  ["a lost role", changeRole(admin, { role: "AGENT" }, facts), "OWNER_LOST_ROLE"],
  ["a deactivation", updateUser(admin, { active: false }, facts), "OWNER_DEACTIVATED"],
  ["an erasure", eraseUser(admin, { ...facts, now: NOW, keys: [], codes: [] }), "OWNER_ERASED"],
];

describe("the webhooks of a user", () => {
  it.each(ENDS)("are disabled by %s, with an entry each", (_, decision, because) => {
    const both = withWebhooksDisabled(decision, [{ id: "whk_1" }, { id: "whk_2" }]);
    const own = decision.changed ? decision.entries : [];
    expect(own).toHaveLength(1);
    expect(both).toEqual({
      ...decision,
      entries: [
        ...own,
        ...["whk_1", "whk_2"].map((id) => ({
          action: "webhook.disabled",
          subject: { type: "webhook", id },
          changes: {
            active: { from: true, to: false },
            disabledBecause: { from: null, to: because },
          },
          reason: null,
          internal: false,
        })),
      ],
    });
  });

  it.each<[string, Decision<User>]>([
    ["a new name", updateUser(admin, { fullName: "Grace" }, facts)],
    ["a promotion", changeRole({ ...admin, role: "AGENT" }, { role: "ADMIN" }, facts)],
    ["a command that changes nothing", changeRole(admin, { role: "ADMIN" }, facts)],
  ])("stay as they are with %s", (_, decision) => {
    expect(withWebhooksDisabled(decision, [{ id: "whk_1" }])).toEqual(decision);
  });
});
