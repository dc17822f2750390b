import { describe, expect, it } from "vitest";
import { ServiceFlow } from "../client.ts";
import { ServiceFlowError } from "../error.ts";
import { bulk } from "./bulk.ts";

describe("bulk", () => {
  it("answers for each item in the order of the items, in any order of ends and failures", async () => {
    const gates = new Map<string, () => void>();
    const ended: string[] = [];
    const bug = new RangeError("a bug of the program");
    const running = bulk(
      ["a", "b", "c", "d"],
      async (item) => {
        await new Promise<void>((open) => gates.set(item, open));
        if (item === "b") throw new ServiceFlowError("already_assigned", "Taken.");
        if (item === "c") throw bug;
        if (item === "d") throw "no error";
        return item.toUpperCase();
      },
      { onResult: ({ item, done, total }) => ended.push(`${item} ${done}/${total}`) },
    );
    for (const item of ["c", "d", "a", "b"]) {
      gates.get(item)?.();
      await new Promise(setImmediate);
    }
    const results = await running;
    expect(ended).toEqual(["c 1/4", "d 2/4", "a 3/4", "b 4/4"]);
    expect(results).toMatchObject([
      { item: "a", index: 0, value: "A", error: undefined },
      { item: "b", index: 1, value: undefined, error: { code: "already_assigned" } },
      { item: "c", index: 2, value: undefined, error: bug },
      { item: "d", index: 3, value: undefined, error: { message: "no error" } },
    ]);
  });

  it.each([
    [undefined, 4],
    [1, 1],
    [7, 7],
    [1_000, 20],
  ])("runs at most so many calls at a time: %s", async (concurrency, expected) => {
    let open = 0;
    let most = 0;
    await bulk(
      new Set(Array.from({ length: 20 }, (_, n) => n)),
      async () => {
        open += 1;
        most = Math.max(most, open);
        await new Promise(setImmediate);
        open -= 1;
      },
      { concurrency },
    );
    expect(most).toBe(expected);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a concurrency of %d", async (concurrency) => {
    await expect(bulk(["a"], () => null, { concurrency })).rejects.toThrow(TypeError);
  });

  it("takes no items", async () => {
    expect(await bulk([], () => null)).toEqual([]);
  });

  it("gives each item a key of its own, or the one that it is given", async () => {
    const random = await bulk(["a", "b"], (_, { idempotencyKey }) => idempotencyKey);
    expect(new Set(random.map(({ value }) => value)).size).toBe(2);
    expect(random.map(({ value }) => value)).toEqual(random.map((one) => one.idempotencyKey));
    const own = await bulk(["a", "b"], (_, { idempotencyKey }) => idempotencyKey, {
      idempotencyKey: (item, index) => {
        if (item === "b") throw new Error("no key");
        return `import-${item}-${index}`;
      },
    });
    expect(own).toMatchObject([{ value: "import-a-0" }, { error: { message: "no key" } }]);
  });

  it("ends at once when it is aborted, and says of each item whether it was done", async () => {
    const controller = new AbortController();
    const sf = new ServiceFlow({
      baseUrl: "http://sf.test",
      apiKey: "sf_key",
      fetch: (url) =>
        url.includes("claim")
          ? Response.json({ result: { data: { id: "SF-1" } } })
          : new Promise<Response>(() => {}),
    });
    let begun = 0;
    const running = bulk(
      ["SF-1", "SF-2", "SF-3", "SF-4"],
      async (id, options) => {
        begun += 1;
        if (id !== "SF-1") setImmediate(() => controller.abort());
        return id === "SF-1" ? sf.requests.claim(id, options) : sf.requests.release(id, options);
      },
      { concurrency: 2, signal: controller.signal },
    );
    expect(await running).toMatchObject([
      { value: { id: "SF-1" } },
      { error: { code: "aborted" } },
      { error: { code: "aborted" } },
      { error: { code: "aborted" } },
    ]);
    expect(begun).toBe(3);
  });

  it("sends nothing more once the key is refused", async () => {
    let calls = 0;
    const results = await bulk(
      ["a", "b", "c"],
      async () => {
        calls += 1;
        throw new ServiceFlowError("unauthenticated", "Revoked.", { status: 401 });
      },
      { concurrency: 1 },
    );
    expect(calls).toBe(1);
    expect(results).toMatchObject(results.map(() => ({ error: { code: "unauthenticated" } })));
  });
});
