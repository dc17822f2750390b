import { EVENT_TYPES } from "@serviceflow/sdk";
import { describe, expect, it } from "vitest";
import { eventGroups, hostOf } from "./event-groups.ts";

describe("event types", () => {
  it("are grouped by what they are about, each one once", () => {
    const groups = eventGroups(EVENT_TYPES);
    expect(groups.flatMap(({ types }) => types)).toEqual([...EVENT_TYPES]);
    for (const { subject, types } of groups) {
      expect(types.every((type) => type.startsWith(`${subject}.`))).toBe(true);
    }
  });

  it.each([
    ["https://ops.example.com/hook?x=1", "ops.example.com"],
    ["http://127.0.0.1:9000/", "127.0.0.1:9000"],
    ["not a url", "not a url"],
  ])("of %s go to %s", (url, host) => {
    expect(hostOf(url)).toBe(host);
  });
});
