import { EVENT_TYPES } from "@serviceflow/domain";
import { describe, expect, it } from "vitest";
import { queryKeys } from "./query-keys.ts";
import { staleKeys } from "./stale-keys.ts";

const keys = queryKeys("here");
const stale = (type: string, id = "SF-1") =>
  staleKeys({ subject: { type: type as never, id }, serviceRequestId: "SF-1" }, keys).map((key) =>
    key.slice(2).join(" "),
  );

describe("staleKeys", () => {
  it.each([
    [
      "request",
      [
        "requests get SF-1",
        "requests history SF-1",
        "requests list",
        "requests infinite",
        "requests counts",
        "requests stats",
        "audit",
      ],
    ],
    [
      "comment",
      [
        "comments of SF-1",
        "requests get SF-1",
        "requests history SF-1",
        "requests list",
        "requests infinite",
        "requests counts",
        "audit",
      ],
    ],
    ["user", ["users", "apiKeys", "codes", "requests", "comments", "audit"]],
    ["api_key", ["apiKeys", "audit"]],
    ["code", ["codes", "audit"]],
    ["category", ["categories", "audit"]],
    ["webhook", ["webhooks", "audit"]],
    ["sign_in", ["audit"]],
    ["audit_log", ["audit"]],
    ["spaceship", [""]],
  ])("of a change of a %s", (subject, expected) => {
    expect(stale(subject)).toEqual(expected);
  });

  it("of a follow-up names what it follows up", () => {
    const created = {
      subject: { type: "request" as const, id: "SF-2" },
      serviceRequestId: "SF-2",
      changes: { followsUp: { from: null, to: "SF-1" } },
    };
    const found = staleKeys(created, keys).map((key) => key.slice(2).join(" "));
    expect(found).toEqual(expect.arrayContaining(["requests get SF-2", "requests get SF-1"]));
  });

  it("knows the subject of every event type", () => {
    const subjects = new Set(EVENT_TYPES.map((type) => type.split(".")[0] as string));
    for (const subject of subjects) expect([subject, stale(subject)]).not.toEqual([subject, [""]]);
  });
});
