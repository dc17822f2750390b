import { describe, expect, it } from "vitest";
import { verifyFile } from "./verify-file.ts";

const fileOf = (text: string) => Object.assign(new Blob([text]), { name: "audit.jsonl" });
const header = (entries: number) =>
  JSON.stringify({
    type: "header",
    format: "serviceflow-audit-export",
    version: 1,
    exportedAt: "2026-03-10T12:00:00.000Z",
    entries,
    redacted: false,
  });
const end = JSON.stringify({ type: "end", position: 0, hash: "0".repeat(64) });

async function check(text: string, signal = new AbortController().signal) {
  const shares: number[] = [];
  const found = await verifyFile(fileOf(text), {
    signal,
    onProgress: (share) => shares.push(share),
  });
  return { ...found, shares };
}

describe("the check of a file", () => {
  it.each([
    ["an export without entries", `${header(0)}\n${end}\n`, null],
    ["one that is cut off", `${header(0)}\n`, "truncated"],
    ["another file", "hello\n", "malformed_line"],
    ["an empty file", "", "truncated"],
  ])("of %s", async (_, text, problem) => {
    const { result, name, bytes, shares } = await check(text);
    expect(result.fault?.problem ?? null).toBe(problem);
    expect({ name, bytes }).toEqual({ name: "audit.jsonl", bytes: text.length });
    expect(shares.at(-1)).toBe(1);
  });

  it("lets the page answer while it reads", async () => {
    let answered = 0;
    const asking = setInterval(() => {
      answered += 1;
    });
    await check(`${header(0)}\n${"\n".repeat(400_000)}${end}\n`);
    clearInterval(asking);
    expect(answered).toBeGreaterThan(3);
  });

  it("stops on demand", async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(check(`${header(0)}\n${end}\n`, controller.signal)).rejects.toThrow();
  });
});
