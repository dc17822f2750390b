import type { Page } from "@serviceflow/domain";
import { describe, expect, it } from "vitest";
import { CallPromise } from "../transport/api-promise.ts";
import type { CallOptions } from "../transport/call-options.ts";
import { type PageInput, paginate } from "./paginate.ts";

/** A list of numbers whose cursors follow `next`, and the inputs of its page requests. */
function listOf(
  next: Record<string, string | null>,
  input: PageInput = {},
  options: CallOptions = {},
) {
  const inputs: PageInput[] = [];
  const list = paginate(input, options, (page) => {
    inputs.push(page);
    const nextCursor = next[page.cursor ?? "start"] ?? null;
    const data = { items: [inputs.length * 10, inputs.length * 10 + 1], nextCursor };
    const response = {
      status: 200,
      headers: new Headers(),
      requestId: "req-1",
      attempts: 1,
      replayed: false,
    };
    return new CallPromise(Promise.resolve({ data, response }));
  });
  return { inputs, list };
}

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of iterable) found.push(item);
  return found;
}

describe("paginate", () => {
  it("sends no request before the list is read", () => {
    expect(listOf({}).inputs).toEqual([]);
  });

  it("iterates over the items of all pages, with the same filter and limit", async () => {
    const { inputs, list } = listOf({ start: "a", a: "b" }, { limit: 2 });
    expect(await all(list)).toEqual([10, 11, 20, 21, 30, 31]);
    expect(inputs).toEqual([{ limit: 2 }, { limit: 2, cursor: "a" }, { limit: 2, cursor: "b" }]);
  });

  it("iterates over pages", async () => {
    const pages = await all(listOf({ start: "a" }).list.pages());
    expect(pages).toEqual([
      { items: [10, 11], nextCursor: "a" },
      { items: [20, 21], nextCursor: null },
    ]);
  });

  it("starts at the given cursor", async () => {
    const { inputs, list } = listOf({ start: "a", a: "b" }, { cursor: "a" });
    await all(list);
    expect(inputs).toEqual([{ cursor: "a" }, { cursor: "b" }]);
  });

  it("fetches only the first page when awaited", async () => {
    const { inputs, list } = listOf({ start: "a" });
    expect(await list).toEqual({ items: [10, 11], nextCursor: "a" });
    expect((await list.page()).nextCursor).toBe("a");
    expect((await list.withResponse()).response.requestId).toBe("req-1");
    expect(inputs).toEqual([{}, {}, {}]);
  });

  it.each([
    [1, [10], [{ limit: 1 }]],
    [3, [10, 11, 20], [{ limit: 3 }, { limit: 3, cursor: "a" }]],
    [250, [10, 11, 20, 21], [{ limit: 100 }, { limit: 100, cursor: "a" }]],
    [Number.POSITIVE_INFINITY, [10, 11, 20, 21], [{ limit: 100 }, { limit: 100, cursor: "a" }]],
  ])("collects the first %d items in pages of a fitting size", async (limit, items, expected) => {
    const { inputs, list } = listOf({ start: "a" });
    expect(await list.toArray({ limit })).toEqual(items);
    expect(inputs).toEqual(expected);
  });

  it("collects items in pages of the size that the list has", async () => {
    const { inputs, list } = listOf({ start: "a" }, { limit: 2 });
    expect(await list.toArray({ limit: 4 })).toHaveLength(4);
    expect(inputs).toEqual([{ limit: 2 }, { limit: 2, cursor: "a" }]);
  });

  it.each([0, -1, Number.NaN, undefined])("collects nothing with the limit %d", async (limit) => {
    const { inputs, list } = listOf({});
    await expect(list.toArray({ limit: limit as number })).rejects.toThrow(TypeError);
    expect(inputs).toEqual([]);
  });

  it("stops collecting when the signal aborts", async () => {
    const { list } = listOf({}, {}, { signal: AbortSignal.abort() });
    await expect(list.toArray({ limit: 1 })).rejects.toMatchObject({ code: "aborted" });
  });

  it("has catch and finally, as a promise of its first page", async () => {
    const { list } = listOf({ start: "a" });
    let ended = 0;
    expect(await list.finally(() => (ended += 1))).toMatchObject({ nextCursor: "a" });
    expect(await list.catch(() => null)).toMatchObject({ nextCursor: "a" });
    const failing = paginate(
      {},
      {},
      () => new CallPromise<Page<never>>(Promise.reject(new Error("no"))),
    );
    expect(await failing.catch(String)).toBe("Error: no");
    await expect(failing.finally(() => (ended += 1))).rejects.toThrow("no");
    expect(ended).toBe(2);
  });

  it("fetches pages on demand", async () => {
    const { inputs, list } = listOf({ start: "a", a: "b" });
    for await (const item of list) if (item === 11) break;
    expect(inputs).toHaveLength(1);
  });

  it("allows iterating again", async () => {
    const { list } = listOf({});
    expect(await all(list)).toEqual([10, 11]);
    expect(await all(list)).toEqual([20, 21]);
  });

  it.each([
    ["immediately", { start: "a", a: "a" }, undefined, 2],
    ["after two pages", { start: "a", a: "b", b: "a" }, undefined, 3],
    ["the start", { a: "b", b: "a" }, "a", 2],
  ])("fails when the cursor repeats: %s", async (_when, next, cursor, requests) => {
    const { inputs, list } = listOf(next, { cursor });
    await expect(all(list)).rejects.toMatchObject({ code: "invalid_response" });
    expect(inputs).toHaveLength(requests);
  });

  it("propagates errors", async () => {
    const list = paginate(
      {},
      {},
      () => new CallPromise<Page<never>>(Promise.reject(new Error("no"))),
    );
    await expect(all(list)).rejects.toThrow("no");
    await expect(list).rejects.toThrow("no");
  });
});
