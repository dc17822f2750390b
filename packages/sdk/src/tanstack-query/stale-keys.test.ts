import { EVENT_TYPES } from "@serviceflow/domain";
import { describe, expect, it } from "vitest";
import { keysTouchedBy } from "./invalidate.ts";
import { keysIn } from "./keys.ts";

const keys = keysIn("here");
const touched = (type: string, id = "SF-1") =>
  keysTouchedBy({ subject: { type: type as never, id }, serviceRequestId: "SF-1" }, keys).map(
    (key) => key.slice(2).join(" "),
  );

describe("what an event makes stale", () => {
  it.each([
    [
      "request",
      [
        "requests get SF-1",
        "requests history SF-1",
        "requests list",
        "requests infinite",
        "requests stats",
        "audit",
      ],
    ],
    ["comment", ["comments list SF-1", "comments infinite SF-1", "requests history SF-1", "audit"]],
    ["user", ["users", "apiKeys", "requests", "comments", "audit"]],
    ["api_key", ["apiKeys", "audit"]],
    ["category", ["categories", "audit"]],
    ["webhook", ["webhooks", "audit"]],
    ["sign_in", ["audit"]],
    ["audit_log", ["audit"]],
    ["spaceship", [""]],
  ])("of a %s", (subject, expected) => {
    expect(touched(subject)).toEqual(expected);
  });

  it("is known for every type of event that there is", () => {
    const subjects = new Set(EVENT_TYPES.map((type) => type.split(".")[0] as string));
    for (const subject of subjects)
      expect([subject, touched(subject)]).not.toEqual([subject, [""]]);
  });
});
