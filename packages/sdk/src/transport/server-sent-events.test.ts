import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Message, readMessages } from "./server-sent-events.ts";

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === "string" ? new TextEncoder().encode(part) : part;
}

const read = async (...parts: (string | Uint8Array)[]): Promise<Pick<Message, "id" | "data">[]> =>
  (await Array.fromAsync(readMessages(chunks(...parts)))).map(({ id, data }) => ({ id, data }));

describe("readMessages", () => {
  it.each<[string, string, Pick<Message, "id" | "data">[]]>([
    ["an id and data", "id: 1\ndata: a\n\n", [{ id: "1", data: "a" }]],
    [
      "data without an id, with the previous id",
      "id: 1\n\ndata: a\n\n",
      [
        { id: "1", data: "" },
        { id: "1", data: "a" },
      ],
    ],
    ["multi-line data", "data: a\ndata: b\n\n", [{ id: "", data: "a\nb" }]],
    ["a second space before a value, which it keeps", "data:  a\n\n", [{ id: "", data: " a" }]],
    ["values without a space", "id:1\ndata:a\n\n", [{ id: "1", data: "a" }]],
    ["CRLF line ends", "id: 1\r\ndata: a\r\n\r\n", [{ id: "1", data: "a" }]],
    ["comments, which it skips", ": alive\nid: 2\n\n", [{ id: "2", data: "" }]],
    [
      "unknown fields, which it skips",
      "retry: 5\nevent: x\nnew\ndata: a\n\n",
      [{ id: "", data: "a" }],
    ],
    [
      "an id with NUL, which it skips",
      "id: 1\n\nid: 2\0\n\n",
      [
        { id: "1", data: "" },
        { id: "1", data: "" },
      ],
    ],
    ["an incomplete message, which it drops", "data: a\n\nid: 2\ndata: b", [{ id: "", data: "a" }]],
  ])("reads %s", async (_, text, messages) => {
    expect(await read(text)).toEqual(messages);
  });

  it("returns the type of each message that has one", async () => {
    const text = "event: problem\ndata: a\n\ndata: b\n\n";
    const messages = await Array.fromAsync(readMessages(chunks(text)));
    expect(messages.map(({ event, data }) => [event, data])).toEqual([
      ["problem", "a"],
      ["", "b"],
    ]);
  });

  it("returns the last reconnection time", async () => {
    const text = "id: 1\n\nretry: 50\n\nretry: soon\ndata: a\n\nretry: 0\n\n";
    const messages = await Array.fromAsync(readMessages(chunks(text)));
    expect(messages.map(({ retryMs }) => retryMs)).toEqual([0, 50, 50, 0]);
  });

  it("does not depend on chunk boundaries", async () => {
    const bytes = new TextEncoder().encode("id: 1\ndata: Grüße 🙂\n\nid: 2\ndata: зима\n\n");
    const cuts = fc.array(fc.nat(bytes.length), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const ends = [...at, bytes.length].sort((a, b) => a - b);
        const parts = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        expect(await read(...parts)).toEqual([
          { id: "1", data: "Grüße 🙂" },
          { id: "2", data: "зима" },
        ]);
      }),
    );
  });
});
