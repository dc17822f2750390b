import { afterEach, describe, expect, it, vi } from "vitest";
import { clearDraft, draftCount, forgetPerson, readDraft, writeDraft } from "./drafts.ts";

afterEach(() => vi.unstubAllGlobals());

/** A browser's storage, which takes so many texts. */
function storage(room: number): Record<string, unknown> {
  const texts: Record<string, string> = {};
  return Object.defineProperties(texts as Record<string, unknown>, {
    getItem: { value: (key: string) => texts[key] ?? null },
    removeItem: { value: (key: string) => void delete texts[key] },
    setItem: {
      value: (key: string, text: string) => {
        if (Object.keys(texts).length >= room) throw new DOMException("", "QuotaExceededError");
        texts[key] = text;
      },
    },
  });
}

describe("a draft", () => {
  it.each([
    ["in a storage with room", 9],
    ["in a full storage", 0],
  ])("is what was typed, %s, until it is sent", (_, room) => {
    vi.stubGlobal("localStorage", storage(room));
    writeDraft("SF-1.PUBLIC", "Have you");
    writeDraft("SF-1.PUBLIC", "Have you tried");
    expect([readDraft("SF-1.PUBLIC"), draftCount()]).toEqual(["Have you tried", 1]);
    clearDraft("SF-1.PUBLIC", "Have you");
    expect(readDraft("SF-1.PUBLIC")).toBe("Have you tried");
    clearDraft("SF-1.PUBLIC", "Have you tried");
    expect([readDraft("SF-1.PUBLIC"), draftCount()]).toEqual(["", 0]);
    writeDraft("SF-2.INTERNAL", "A note");
    forgetPerson();
    expect(readDraft("SF-2.INTERNAL")).toBe("");
  });
});
