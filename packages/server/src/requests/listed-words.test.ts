import { expect, it } from "vitest";
import type { Write } from "../commands/write.ts";
import { listing, RememberedWords } from "./listed-words.ts";

const REQUEST = { uuid: "r", number: 1001 };
const CONNECTED = { lostConnections: () => 0 };

/** Runs a write of words and says which of them it was given. */
async function list(words: RememberedWords, asked: string[], holds: boolean): Promise<string[]> {
  let given: string[] = [];
  const write = listing(words, asked, (missing): Write => {
    given = missing;
    return { request: REQUEST, run: async () => holds };
  });
  expect(write.request).toBe(REQUEST);
  expect(await write.run(undefined as never, undefined as never)).toBe(holds);
  return given;
}

it("words are listed once, when the write holds", async () => {
  const words = new RememberedWords(CONNECTED);
  expect(await list(words, ["lamp", "desk"], false)).toEqual(["lamp", "desk"]);
  expect(await list(words, ["lamp", "desk"], true)).toEqual(["lamp", "desk"]);
  expect(await list(words, ["desk", "chair", "lamp"], true)).toEqual(["chair"]);
});

it("so many words are forgotten that the memory is bounded, and are listed again", async () => {
  const words = new RememberedWords(CONNECTED);
  await list(words, ["lamp"], true);
  const many = Array.from({ length: 50_000 }, (_, index) => `word${index}`);
  await list(words, many, true);
  expect(words.missing(["lamp", "word0"])).toEqual(["lamp"]);
});

it("words are listed again after a connection was lost", async () => {
  let lost = 0;
  const words = new RememberedWords({ lostConnections: () => lost });
  await list(words, ["lamp"], true);
  expect(words.missing(["lamp"])).toEqual([]);
  lost += 1;
  expect(await list(words, ["lamp"], true)).toEqual(["lamp"]);
  expect(words.missing(["lamp"])).toEqual([]);
});
