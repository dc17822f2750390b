import type { HistoryEntry } from "@serviceflow/sdk";
import { describe, expect, it } from "vitest";
import { changesSince } from "./conflict.ts";

const ANNA = { id: "usr_anna", fullName: "Anna" };
const OLEG = { id: "usr_oleg", fullName: "Oleg" };

function entry(
  occurredAt: string,
  actor: typeof ANNA | null,
  changes: HistoryEntry["changes"],
  type: "request" | "comment" = "request",
): HistoryEntry {
  return {
    id: `evt_${occurredAt}`,
    action: "request.updated",
    actor,
    subject: { type, id: "SF-1" },
    changes,
    reason: null,
    occurredAt,
    sealed: true,
  };
}

const priority = (from: string, to: string) => ({ priority: { from, to } });

describe("what others have changed since a version", () => {
  it.each([
    ["nothing", [entry("1", ANNA, priority("LOW", "HIGH"))], [], {}],
    ["one field", [entry("3", ANNA, priority("LOW", "HIGH"))], [ANNA], priority("LOW", "HIGH")],
    [
      "one field twice, from its first to its last value",
      [entry("4", OLEG, priority("HIGH", "URGENT")), entry("3", ANNA, priority("LOW", "HIGH"))],
      [ANNA, OLEG],
      priority("LOW", "URGENT"),
    ],
    [
      "a field and back",
      [entry("3", ANNA, priority("LOW", "HIGH")), entry("4", ANNA, priority("HIGH", "LOW"))],
      [ANNA],
      {},
    ],
    ["comments", [entry("3", ANNA, { body: { from: null, to: "x" } }, "comment")], [], {}],
    ["by the server", [entry("3", null, priority("LOW", "HIGH"))], [], priority("LOW", "HIGH")],
  ])("%s", (_, history, by, fields) => {
    expect(changesSince(history, "2")).toEqual({ by, fields });
  });
});
