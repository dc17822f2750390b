import { QueryClient } from "@tanstack/query-core";
import { describe, expect, it } from "vitest";
import { patchSealed } from "./patch-seal.ts";
import { queryKeys } from "./query-keys.ts";

const keys = queryKeys("x");
const entry = (id: string, sealed: boolean) => ({ id, sealed });
const HISTORY = keys.of("requests", "history", "SF-1", "list", {});
const PAGES = keys.of("requests", "history", "SF-1", "pages");
const OTHER = keys.of("requests", "history", "SF-2", "list", {});
const AUDIT = keys.of("audit", "infinite", {});

describe("the event of an entry", () => {
  it("marks it as sealed wherever it is shown, and nothing else", () => {
    const client = new QueryClient();
    const page = () => ({
      items: [entry("evt_2", false), entry("evt_1", false)],
      nextCursor: null,
    });
    client.setQueryData(HISTORY, page());
    client.setQueryData(PAGES, { pages: [page(), page()], pageParams: [null, "c"] });
    client.setQueryData(OTHER, page());
    client.setQueryData(AUDIT, { pages: [page()], pageParams: [null] });
    client.setQueryData(keys.of("audit", "sealState"), { head: null });
    const before = client.getQueryData(OTHER);
    patchSealed(client, keys, { id: "evt_1", serviceRequestId: "SF-1" });
    const after = { items: [entry("evt_2", false), entry("evt_1", true)], nextCursor: null };
    expect(client.getQueryData(HISTORY)).toEqual(after);
    expect(client.getQueryData(PAGES)).toEqual({ pages: [after, after], pageParams: [null, "c"] });
    expect(client.getQueryData(AUDIT)).toEqual({ pages: [after], pageParams: [null] });
    expect(client.getQueryData(OTHER)).toBe(before);

    const same = client.getQueryData(HISTORY);
    patchSealed(client, keys, { id: "evt_1", serviceRequestId: "SF-1" });
    expect(client.getQueryData(HISTORY)).toBe(same);
  });
});
