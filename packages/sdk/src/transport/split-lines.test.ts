import { describe, expect, it } from "vitest";
import { readMessages } from "./server-sent-events.ts";
import { MAX_LINE_LENGTH, splitLines } from "./split-lines.ts";

const encoder = new TextEncoder();

/** A source of a few times the limit, which counts how much is read from it. */
function source(chunk: string, times = Math.ceil((3 * MAX_LINE_LENGTH) / chunk.length)) {
  const read = { characters: 0, isClosed: false };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const bytes = encoder.encode(chunk);
    try {
      for (let i = 0; i < times; i += 1) {
        read.characters += chunk.length;
        yield bytes;
      }
    } finally {
      read.isClosed = true;
    }
  }
  return { read, chunks: chunks() };
}

describe("lines", () => {
  it("do not depend on where the text is cut", async () => {
    const text = "one\r\n\ntwö\nthree";
    const bytes = encoder.encode(text);
    for (let size = 1; size <= bytes.length; size += 1) {
      async function* parts() {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      }
      expect(await Array.fromAsync(splitLines(parts()))).toEqual(["one", "", "twö", "three"]);
    }
  });

  it("may have the maximum length", async () => {
    const { chunks } = source(`${"x".repeat(MAX_LINE_LENGTH)}\n`, 2);
    const lines = await Array.fromAsync(splitLines(chunks));
    expect(lines.map(({ length }) => length)).toEqual([MAX_LINE_LENGTH, MAX_LINE_LENGTH]);
  });

  it.each([
    ["in large chunks", "x".repeat(65_536)],
    ["in small chunks", "x".repeat(99)],
    ["in one chunk", `${"x".repeat(MAX_LINE_LENGTH + 1)}\n`],
  ])("that never end are refused at the limit, %s", async (_how, chunk) => {
    const { read, chunks } = source(chunk);
    await expect(Array.fromAsync(splitLines(chunks))).rejects.toMatchObject({
      code: "invalid_response",
      retryable: false,
    });
    expect(read.characters).toBeLessThanOrEqual(MAX_LINE_LENGTH + chunk.length);
    expect(read.isClosed).toBe(true);
  });
});

describe("messages", () => {
  it("that never end are refused at the limit", async () => {
    const chunk = `data: ${"x".repeat(10_000)}\n`;
    const { read, chunks } = source(chunk);
    await expect(Array.fromAsync(readMessages(chunks))).rejects.toMatchObject({
      code: "invalid_response",
      retryable: false,
    });
    expect(read.characters).toBeLessThanOrEqual(MAX_LINE_LENGTH + 2 * chunk.length);
    expect(read.isClosed).toBe(true);
  });

  it("may be any number, with any number of heartbeats between them", async () => {
    const { chunks } = source(`: ${"alive".repeat(1_000)}\ndata: ${"x".repeat(10_000)}\n\n`, 300);
    expect(await Array.fromAsync(readMessages(chunks))).toHaveLength(300);
  });
});
