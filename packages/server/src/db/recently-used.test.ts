import { expect, it } from "vitest";
import { RecentlyUsed } from "./recently-used.ts";

it("builds a value once, and again only after others were used since", () => {
  const built: string[] = [];
  const cache = new RecentlyUsed<string>(2);
  const get = (key: string) =>
    cache.get(key, () => {
      built.push(key);
      return key.toUpperCase();
    });
  expect([get("a"), get("b"), get("a")]).toEqual(["A", "B", "A"]);
  expect(built).toEqual(["a", "b"]);
  get("c");
  expect(cache.size).toBe(2);
  get("a");
  expect(built).toEqual(["a", "b", "c"]);
  get("b");
  expect(built).toEqual(["a", "b", "c", "b"]);
  expect(cache.size).toBe(2);
});

it("keeps what was found or set most recently", () => {
  const cache = new RecentlyUsed<string>(2);
  cache.set("a", "A");
  cache.set("b", "B");
  expect([cache.find("a"), cache.has("b"), cache.find("c")]).toEqual(["A", true, undefined]);
  cache.set("c", "C");
  expect(["a", "b", "c"].filter((key) => cache.has(key))).toEqual(["a", "c"]);
  cache.delete("a");
  expect([cache.find("a"), cache.size]).toEqual([undefined, 1]);
});
