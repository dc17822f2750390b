import { describe, expect, it } from "vitest";
import type { EventType } from "../log/audit-policy.ts";
import type { Caller } from "../rules/roles.ts";
import {
  createWebhook,
  deleteWebhook,
  disableWebhook,
  MAX_WEBHOOKS,
  pingWebhook,
  replayWebhook,
  rotateSecret,
  takeOverWebhook,
  updateWebhook,
  type Webhook,
  wantsEvent,
} from "./webhook.ts";

const NOW = "2026-03-02T08:00:00.000Z";
const URL = "https://bot.example.com/";
const admin: Caller = {
  id: "usr_1",
  fullName: "Ada",
  role: "ADMIN",
  kind: "HUMAN",
  scopes: ["admin"],
  keyEndsAt: null,
};
const OWNER = { role: "ADMIN", active: true, erasedAt: null } as const;
const agent: Caller = { ...admin, role: "AGENT" };
const webhook: Webhook = createWebhook(
  { url: URL },
  { caller: admin, now: NOW, id: "whk_1", count: 0 },
).next;
const inactive: Webhook = {
  ...webhook,
  active: false,
  disabledBecause: "FAILING",
  failingSince: NOW,
};

const COMMANDS: [string, (caller: Caller, on?: Webhook) => unknown][] = [
  [
    "create",
    (caller) => createWebhook({ url: URL }, { caller: caller, now: NOW, id: "whk_1", count: 0 }),
  ],
  ["update", (caller, on = webhook) => updateWebhook(on, { url: URL }, { caller, owner: OWNER })],
  ["take over", (caller, on = webhook) => takeOverWebhook(on, { caller })],
  ["delete", (caller, on = webhook) => deleteWebhook(on, { caller })],
  ["rotate", (caller, on = webhook) => rotateSecret(on, {}, { caller: caller, now: NOW })],
  ["ping", (caller, on = webhook) => pingWebhook(on, { caller: caller })],
  ["replay", (caller, on = webhook) => replayWebhook(on, { after: "start" }, { caller: caller })],
];

describe("webhooks", () => {
  it.each(COMMANDS)("%s is for administrators alone", (_, command) => {
    expect(() => command(agent)).toThrow("forbidden");
    expect(() => command({ ...agent, role: "EMPLOYEE" })).toThrow("forbidden");
    expect(() => command(admin)).not.toThrow();
  });

  it("are pinged only while they are active, and all else is done with inactive ones as well", () => {
    for (const [name, command] of COMMANDS.slice(1)) {
      if (name === "ping") expect(() => command(admin, inactive)).toThrow("webhook_inactive");
      else expect(() => command(admin, inactive)).not.toThrow();
    }
  });

  it("takes every type but nothing internal, unless told otherwise", () => {
    expect(webhook).toMatchObject({ eventTypes: [], includeInternal: false, active: true });
  });

  it(`can be ${MAX_WEBHOOKS}`, () => {
    const create = (count: number) => () =>
      createWebhook({ url: URL }, { caller: admin, now: NOW, id: "whk_1", count });
    expect(create(MAX_WEBHOOKS - 1)).not.toThrow();
    expect(create(MAX_WEBHOOKS)).toThrow("too_many_webhooks");
  });

  it("forgets why it was disabled when it is made active again, and only then", () => {
    const revived = updateWebhook(inactive, { active: true }, { caller: admin, owner: OWNER });
    expect(revived.next).toMatchObject({
      active: true,
      disabledBecause: null,
      failingSince: null,
      version: 2,
    });
    const renamed = updateWebhook(
      inactive,
      { description: "Bot" },
      { caller: admin, owner: OWNER },
    );
    expect(renamed.next).toMatchObject({ active: false, disabledBecause: "FAILING" });
    const same = updateWebhook(
      webhook,
      { active: true, url: URL },
      { caller: admin, owner: OWNER },
    );
    expect(same.changed).toBe(false);
  });

  it("belongs to who created it, until another administrator takes it over", () => {
    const other: Caller = { ...admin, id: "usr_2", fullName: "Olga" };
    expect(webhook).toMatchObject({ owner: { id: "usr_1", fullName: "Ada" } });
    expect(webhook.createdBy).toEqual(webhook.owner);
    expect(takeOverWebhook(inactive, { caller: other })).toEqual({
      changed: true,
      next: { ...inactive, owner: { id: "usr_2", fullName: "Olga" }, version: 2 },
      entries: [
        {
          action: "webhook.owner_changed",
          subject: { type: "webhook", id: "whk_1" },
          changes: { ownerId: { from: "usr_1", to: "usr_2" } },
          reason: null,
          internal: false,
        },
      ],
    });
    expect(takeOverWebhook(webhook, { caller: admin })).toEqual({ changed: false, next: webhook });
    const unknown = { ...webhook, owner: null, createdBy: null };
    expect(takeOverWebhook(unknown, { caller: admin }).next).toMatchObject({ createdBy: null });
  });

  it.each([
    ["unknown", null],
    ["inactive", { ...OWNER, active: false }],
    ["an agent", { ...OWNER, role: "AGENT" }],
    ["an employee", { ...OWNER, role: "EMPLOYEE" }],
    ["erased", { ...OWNER, active: false, erasedAt: NOW }],
  ] as const)("are not made active while the owner is %s", (_, owner) => {
    const facts = { caller: admin, owner };
    expect(() => updateWebhook(inactive, { active: true }, facts)).toThrow("webhook_unowned");
    expect(updateWebhook(inactive, { description: "Bot" }, facts).changed).toBe(true);
    expect(updateWebhook(webhook, { active: false }, facts).changed).toBe(true);
  });

  it.each([
    [undefined, "2026-03-03T08:00:00.000Z"],
    [3600, "2026-03-02T09:00:00.000Z"],
    [0, null],
  ])("signs with the old secret for an overlap of %s s", (overlapSeconds, until) => {
    const { next } = rotateSecret(webhook, { overlapSeconds }, { caller: admin, now: NOW });
    expect(next.oldSecretUntil).toBe(until);
  });

  it.each([[{}], [{ after: "start", deliveryId: "dlv_1" }]])(
    "replays either from a cursor or one delivery, not %j",
    (input) => {
      expect(() => replayWebhook(webhook, input, { caller: admin })).toThrow("Give either");
    },
  );

  it("records that the server has disabled one, and why", () => {
    expect(disableWebhook(webhook.id, "GONE")).toMatchObject({
      action: "webhook.disabled",
      changes: {
        active: { from: true, to: false },
        disabledBecause: { from: null, to: "GONE" },
      },
    });
  });

  it.each<
    [string, Partial<Webhook>, Partial<{ type: EventType; internal: boolean; id: string }>, boolean]
  >([
    ["everything when it names no types", {}, {}, true],
    ["a type that it names", { eventTypes: ["request.created"] }, {}, true],
    ["no other type", { eventTypes: ["request.claimed"] }, {}, false],
    ["nothing internal", {}, { type: "comment.created", internal: true }, false],
    [
      "an internal entry when it subscribes to those",
      { includeInternal: true },
      { type: "comment.created", internal: true },
      true,
    ],
    [
      "its own ping, regardless of its event types",
      { eventTypes: ["request.created"] },
      { type: "webhook.pinged", id: "whk_1" },
      true,
    ],
    ["no other's ping", {}, { type: "webhook.pinged", id: "whk_2" }, false],
  ])("wants %s", (_, settings, event, wants) => {
    const { type = "request.created", internal = false, id = "SF-1" } = event;
    expect(wantsEvent({ ...webhook, ...settings }, { type, internal, subject: { id } })).toBe(
      wants,
    );
  });
});
