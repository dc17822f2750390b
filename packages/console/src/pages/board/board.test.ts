import type { RequestAction, Status } from "@serviceflow/sdk";
import { describe, expect, it } from "vitest";
import { boardSearch, columnFilters } from "./board-search.ts";
import { columnsFor, dragItem } from "./moves.ts";

describe("the address of the board", () => {
  it.each([
    [{}, {}],
    [{ whose: "all" }, { whose: "all" }],
    [{ whose: "mine", column: "OPEN" }, {}],
    [{ column: "DONE" }, { column: "DONE" }],
    [{ row: "SF-7", whose: 1 }, { row: "SF-7" }],
  ])("%o", (search, read) => {
    expect(boardSearch(search)).toEqual(read);
  });

  it("has a week of closed requests, from the start of a day", () => {
    const today = new Date(2026, 2, 10, 15);
    expect(columnFilters("DONE", { whose: "all" }, today)).toEqual({
      status: "DONE",
      closedFrom: new Date(2026, 2, 3).toISOString(),
    });
    expect(columnFilters("NEW", {}, today)).toEqual({ status: "NEW", assignee: ["me", "none"] });
  });
});

describe("a card", () => {
  it.each<[Status, RequestAction[], Status[]]>([
    ["NEW", ["claim", "start"], ["IN_PROGRESS"]],
    ["NEW", ["start", "cancel", "release"], ["IN_PROGRESS", "CANCELED"]],
    ["IN_PROGRESS", ["finish", "cancel"], ["DONE", "CANCELED"]],
    ["IN_PROGRESS", ["comment"], []],
    ["DONE", ["comment"], []],
  ])("in %s with %j may move to %j", (status, allowedActions, columns) => {
    expect(columnsFor({ status, allowedActions })).toEqual(columns);
  });

  it("says while it is dragged where it may go", () => {
    expect(dragItem({ id: "SF-1", status: "IN_PROGRESS", allowedActions: ["finish"] })).toEqual({
      "serviceflow-request": "SF-1",
      "serviceflow-to-done": "SF-1",
    });
  });
});
