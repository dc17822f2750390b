import { describe, expect, it } from "vitest";
import { STOPS, stopOf } from "./stops.ts";

const somebody = { id: "usr_1" };

describe("the stop of a request", () => {
  it.each([
    ["that is new", "NEW", null, null, "filed"],
    ["that is claimed", "NEW", somebody, null, "taken"],
    ["that is in progress", "IN_PROGRESS", somebody, "2026-03-02", "started"],
    ["that is done", "DONE", somebody, "2026-03-02", "done"],
    ["that was canceled at once", "CANCELED", null, null, "filed"],
    ["that was canceled when claimed", "CANCELED", somebody, null, "taken"],
    ["that was canceled in work", "CANCELED", somebody, "2026-03-02", "started"],
  ] as const)("%s", (_, status, assignee, startedAt, stop) => {
    expect(STOPS[stopOf({ status, assignee, startedAt })]).toBe(stop);
  });
});
