import { describe, expect, it } from "vitest";
import { match } from "./match.ts";

/** What was typed, in brackets. */
const shown = (label: string, typed: string) =>
  match(label, typed)
    ?.map(({ text, hit }) => (hit ? `[${text}]` : text))
    .join("");

describe("what was typed", () => {
  it.each([
    ["nothing", "Claim", "", "Claim"],
    ["the beginning of a word", "Claim and start", "cl", "[Cl]aim and start"],
    ["of two words, the other way round", "Claim and start", "st cl", "[Cl]aim and [st]art"],
    ["the middle of a word", "Claim", "aim", undefined],
    ["a word too many", "Claim", "claim it", undefined],
    ["in Russian", "Взять и начать", "на", "Взять и [на]чать"],
    ["without the dots of ё", "Её заявки", "ее", "[Её] заявки"],
    ["twice the same", "Claim", "cl cla", "[Cl][a]im"],
    ["an id", "SF-1042", "sf-10", "[SF-10]42"],
    ["signs of a pattern", "Claim", ".*", undefined],
  ])("%s", (_, label, typed, pieces) => {
    expect(shown(label, typed)).toBe(pieces);
  });
});
