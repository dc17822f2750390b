import type { ServiceFlowEvent } from "@serviceflow/domain";
import { describe, expect, it } from "vitest";
import { payloadOf } from "./payload.ts";

function updated(description: string, from: string): ServiceFlowEvent {
  return {
    id: "evt_1",
    type: "request.updated",
    occurredAt: "2026-03-02T08:00:00.000Z",
    changes: { description: { from, to: description }, priority: { from: "LOW", to: "HIGH" } },
    request: { id: "SF-7", title: "A title", description },
  } as unknown as ServiceFlowEvent;
}

describe("the body of a delivery", () => {
  it("is the event, with its type and time as the Standard Webhooks have them", () => {
    const event = updated("Short", "Before");
    expect(JSON.parse(payloadOf(event))).toEqual({
      type: "request.updated",
      timestamp: "2026-03-02T08:00:00.000Z",
      data: event,
      omitted: [],
    });
  });

  it.each([
    ["the older text", "x".repeat(5_000), "y".repeat(15_000), ["/changes/description/from"]],
    ["both texts", "x".repeat(8_000), "y".repeat(10_000), ["/changes/description/from"]],
    [
      "both texts of the change",
      "x".repeat(9_900),
      "y".repeat(9_900),
      ["/changes/description/from", "/changes/description/to"],
    ],
    [
      "the subject as well, of characters that take four bytes",
      "🙂".repeat(10_000),
      "🙂".repeat(10_000),
      ["/changes/description/from", "/changes/description/to", "/request"],
    ],
  ])("stays under 20 KB without %s, and says what it left out", (_, to, from, omitted) => {
    const event = updated(to, from);
    const body = payloadOf(event);
    expect(Buffer.byteLength(body)).toBeLessThan(20_000);
    const payload = JSON.parse(body);
    expect(payload.omitted).toEqual(omitted);
    expect(payload.data.changes.priority).toEqual({ from: "LOW", to: "HIGH" });
    for (const pointer of omitted) {
      const path = pointer.slice(1).split("/");
      expect(path.reduce((at, name) => at[name], payload.data)).toBeNull();
    }
    expect(event.changes.description?.from).toBe(from);
  });
});
