import type { Page } from "@serviceflow/domain";
import { describe, expect, it } from "vitest";
import { CallPromise } from "../transport/api-promise.ts";
import { type PageInput, paginate } from "./page.ts";

/** A list of numbers whose cursors are what `next` says, and the inputs that it was asked with. */
function listOf(next: Record<string, string | null>, input: PageInput = {}) {
  const asked: PageInput[] = [];
  const list = paginate(input, (page) => {
    asked.push(page);
    const nextCursor = next[page.cursor ?? "start"] ?? null;
    const data = { items: [asked.length * 10, asked.length * 10 + 1], nextCursor };
    const response = {
      status: 200,
      headers: new Headers(),
      requestId: "req-1",
      attempts: 1,
      replayed: false,
    };
    return new CallPromise(Promise.resolve({ data, response }));
  });
  return { asked, list };
}

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of iterable) found.push(item);
  return found;
}

describe("a list", () => {
  it("sends nothing before it is read", () => {
    expect(listOf({}).asked).toEqual([]);
  });

  it("iterates over the items of all pages, with the same filter and limit", async () => {
    const { asked, list } = listOf({ start: "a", a: "b" }, { limit: 2 });
    expect(await all(list)).toEqual([10, 11, 20, 21, 30, 31]);
    expect(asked).toEqual([{ limit: 2 }, { limit: 2, cursor: "a" }, { limit: 2, cursor: "b" }]);
  });

  it("iterates over pages", async () => {
    const pages = await all(listOf({ start: "a" }).list.pages());
    expect(pages).toEqual([
      { items: [10, 11], nextCursor: "a" },
      { items: [20, 21], nextCursor: null },
    ]);
  });

  it("begins at the cursor it is given", async () => {
    const { asked, list } = listOf({ start: "a", a: "b" }, { cursor: "a" });
    await all(list);
    expect(asked).toEqual([{ cursor: "a" }, { cursor: "b" }]);
  });

  it("fetches the first page alone when it is awaited", async () => {
    const { asked, list } = listOf({ start: "a" });
    expect(await list).toEqual({ items: [10, 11], nextCursor: "a" });
    expect((await list.page()).nextCursor).toBe("a");
    expect((await list.withResponse()).response.requestId).toBe("req-1");
    expect(asked).toEqual([{}, {}, {}]);
  });

  it("fetches no page that is not read", async () => {
    const { asked, list } = listOf({ start: "a", a: "b" });
    for await (const item of list) if (item === 11) break;
    expect(asked).toHaveLength(1);
  });

  it("can be iterated again", async () => {
    const { list } = listOf({});
    expect(await all(list)).toEqual([10, 11]);
    expect(await all(list)).toEqual([20, 21]);
  });

  it.each([
    ["at once", { start: "a", a: "a" }, undefined, 2],
    ["after a while", { start: "a", a: "b", b: "a" }, undefined, 3],
    ["to where it began", { a: "b", b: "a" }, "a", 2],
  ])("ends in an error when the cursor repeats %s", async (_when, next, cursor, requests) => {
    const { asked, list } = listOf(next, { cursor });
    await expect(all(list)).rejects.toMatchObject({ code: "invalid_response" });
    expect(asked).toHaveLength(requests);
  });

  it("passes errors on", async () => {
    const list = paginate({}, () => new CallPromise<Page<never>>(Promise.reject(new Error("no"))));
    await expect(all(list)).rejects.toThrow("no");
    await expect(list).rejects.toThrow("no");
  });
});
