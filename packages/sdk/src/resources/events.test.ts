import { describe, expect, it } from "vitest";
import { ServiceFlow } from "../client.ts";

/** A client whose feed returns these pages in turn, and the cursors that it asked for. */
function feedOf(...pages: { items: { id: string }[]; nextCursor: string; hasMore: boolean }[]) {
  const cursors: (string | undefined)[] = [];
  const sf = new ServiceFlow({
    baseUrl: "http://sf.test",
    apiKey: "sf_key",
    fetch: (url) => {
      const input = JSON.parse(new URL(url).searchParams.get("input") ?? "{}");
      const data = pages[cursors.length];
      cursors.push(input.after);
      return Response.json({ result: { data } });
    },
  });
  return { sf, cursors };
}

describe("events.list", () => {
  it("reads on while the feed has more, also past an empty page", async () => {
    const { sf, cursors } = feedOf(
      { items: [{ id: "evt_1" }], nextCursor: "a", hasMore: true },
      { items: [], nextCursor: "b", hasMore: true },
      { items: [{ id: "evt_2" }], nextCursor: "c", hasMore: false },
    );
    const events = await Array.fromAsync(sf.events.list({ after: "start" }));
    expect(events.map(({ id }) => id)).toEqual(["evt_1", "evt_2"]);
    expect(cursors).toEqual(["start", "a", "b"]);
  });

  it("fails when the cursor repeats", async () => {
    const page = { items: [], nextCursor: "a", hasMore: true };
    const { sf, cursors } = feedOf(page, page, page);
    await expect(Array.fromAsync(sf.events.list())).rejects.toMatchObject({
      code: "invalid_response",
    });
    expect(cursors).toEqual([undefined, "a"]);
  });
});
