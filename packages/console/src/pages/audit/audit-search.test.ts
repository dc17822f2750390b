import { describe, expect, it } from "vitest";
import { auditInput, auditSearch, filterOf } from "./audit-search.ts";

const TODAY = new Date("2026-03-10T15:00:00");
const at = (day: string) => new Date(`${day}T00:00:00`).toISOString();

describe("the address of the log", () => {
  it.each([
    [{}, {}],
    [
      { action: "request.claimed", actor: "usr_1", request: "SF-7", days: "7", entry: "evt_9" },
      { action: "request.claimed", actor: "usr_1", request: "SF-7", days: 7, entry: "evt_9" },
    ],
    [{ action: "request.stolen", days: -1, from: "yesterday", subject: "<b>" }, {}],
    [
      { subject: "it-support", to: "2026-03-01" },
      { subject: "it-support", to: "2026-03-01" },
    ],
  ])("%j is read as %j", (address, search) => {
    expect(auditSearch(address)).toEqual(search);
  });

  it.each([
    [{}, {}],
    [{ days: 1 }, { occurredFrom: at("2026-03-10") }],
    [{ days: 7 }, { occurredFrom: at("2026-03-04") }],
    [
      { from: "2026-03-01", to: "2026-03-02" },
      { occurredFrom: at("2026-03-01"), occurredTo: at("2026-03-03") },
    ],
    [{ days: 1, from: "2026-03-01" }, { occurredFrom: at("2026-03-10") }],
    [{ from: "2026-13-45" }, {}],
    [{ request: "SF-7", entry: "evt_9" }, { serviceRequestId: "SF-7" }],
  ])("%j asks for %j", (search, input) => {
    expect(auditInput(search, TODAY)).toEqual(input);
  });

  it.each([
    ["sf-12", { request: "SF-12" }],
    [" usr_01kj ", { subject: "usr_01kj" }],
    ["it", { subject: "it" }],
    ["two words", null],
    ["", null],
  ])("%s filters by %j", (words, filter) => {
    expect(filterOf(words)).toEqual(filter);
  });
});
