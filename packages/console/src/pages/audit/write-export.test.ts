import { describe, expect, it } from "vitest";
import type { ExportSink } from "./export-sink.ts";
import { writeExport } from "./write-export.ts";

function memory(failing = false) {
  const state = { text: "", writes: 0, end: "open" };
  const sink: ExportSink = {
    async write(text) {
      if (failing) throw new Error("The disk is full.");
      state.text += text;
      state.writes += 1;
    },
    async close() {
      state.end = "closed";
    },
    async abort() {
      state.end = "aborted";
    },
  };
  return { state, sink };
}

async function* lines(count: number, breaks = false): AsyncGenerator<string> {
  yield JSON.stringify({ type: "header", entries: count });
  for (let index = 0; index < count; index += 1) yield `{"n":${index},"x":"${"x".repeat(1_000)}"}`;
  if (breaks) throw new Error("The connection broke.");
}

describe("an export", () => {
  it("is written in batches, line by line, and reports its progress", async () => {
    const { state, sink } = memory();
    const seen: number[] = [];
    const done = await writeExport(lines(600), sink, (progress) => seen.push(progress.lines));
    expect(done).toEqual({ lines: 601, entries: 600 });
    expect(state.end).toBe("closed");
    expect(state.text.split("\n")).toHaveLength(602);
    expect(state.text.endsWith("}\n")).toBe(true);
    expect(state.writes).toBeLessThan(5);
    expect(seen.at(-1)).toBe(601);
  });

  it.each([
    ["the connection breaks", true, false],
    ["the disk is full", false, true],
  ])("leaves nothing behind when %s", async (_, breaks, failing) => {
    const { state, sink } = memory(failing);
    await expect(writeExport(lines(300, breaks), sink, () => {})).rejects.toThrow();
    expect(state.end).toBe("aborted");
  });
});
