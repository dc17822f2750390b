import { hash } from "node:crypto";
import {
  CHAIN_START,
  commitmentText,
  type SealedEntry,
  type SealedLink,
  sealText,
} from "@serviceflow/domain";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type VerifyAuditExportOptions, verifyAuditExport } from "./verify-audit-export.ts";

const sha256 = (text: string) => hash("sha256", text, "hex");
const verify = (lines: readonly string[], options: VerifyAuditExportOptions = {}) =>
  verifyAuditExport(lines, options);

const COUNT = 8;
const ACTOR = "usr_actor";
const links = chain(COUNT);
const WHOLE = exported(links);

function chain(
  count: number,
  changes: (index: number) => Partial<SealedEntry> = () => ({}),
): SealedLink[] {
  let previous = CHAIN_START;
  return Array.from({ length: count }, (_, index) => {
    const values: SealedLink["values"] = { "/reason": [`salt${index}`, `Причина ${index} 🖨`] };
    const commitment = sha256(commitmentText(`salt${index}`, "/reason", `Причина ${index} 🖨`));
    const entry: SealedEntry = {
      id: `evt_${index}`,
      action: "request.updated",
      actorId: ACTOR,
      apiKeyId: null,
      subject: { type: "request", id: "SF-1" },
      serviceRequestId: "SF-1",
      changes: {},
      reason: { commitment },
      clientAddress: null,
      userAgent: null,
      internal: false,
      requestId: "r",
      occurredAt: "2026-03-02T09:00:00.000Z",
      ...changes(index),
    };
    const position = { position: index + 1, seq: index + 5, transaction: "9", sealedAt: "2026" };
    const link: SealedLink = {
      ...position,
      entry,
      values,
      hash: sha256(sealText({ ...position, entry }, previous)),
    };
    previous = link.hash;
    return link;
  });
}

function exported(of: readonly SealedLink[], header: object = {}): string[] {
  const last = of.at(-1);
  return [
    JSON.stringify({
      type: "header",
      format: "serviceflow-audit-export",
      version: 1,
      exportedAt: "2026",
      entries: of.length,
      redacted: false,
      ...header,
    }),
    ...of.map((link) => JSON.stringify({ type: "entry", ...link })),
    JSON.stringify({
      type: "end",
      position: last?.position ?? 0,
      hash: last?.hash ?? CHAIN_START,
    }),
  ];
}

const changed = (index: number, change: (line: Record<string, unknown>) => unknown): string[] =>
  WHOLE.map((line, i) => (i === index ? JSON.stringify(change(JSON.parse(line))) : line));
const without = (index: number) => WHOLE.filter((_, i) => i !== index);

describe("verifyAuditExport", () => {
  it("accepts a complete export and returns its head", async () => {
    const last = links.at(-1);
    expect(await verify(WHOLE)).toEqual({
      valid: true,
      entries: COUNT,
      head: { position: COUNT, hash: last?.hash, sealedAt: "2026" },
      erasedValues: 0,
      redacted: false,
      laterErasures: [],
      fault: null,
    });
  });

  it("accepts an empty log", async () => {
    expect(await verify(exported([]))).toMatchObject({ valid: true, entries: 0, head: null });
  });

  it("ignores empty lines and line breaks", async () => {
    expect(await verify([...WHOLE.map((line) => `${line}\n`), "", "\n"])).toMatchObject({
      valid: true,
    });
  });

  it("accepts redacted exports, and says that they are", async () => {
    const redacted = links.map(({ values: _, ...link }) => link as SealedLink);
    expect(await verify(exported(redacted, { redacted: true }))).toMatchObject({
      valid: true,
      erasedValues: 0,
      redacted: true,
    });
  });

  describe("values that are missing", () => {
    const wiped = (of: readonly SealedLink[], values: SealedLink["values"] | undefined = {}) =>
      of.map((link, i) => (i < 3 ? ({ ...link, values } as SealedLink) : link));
    const erasure = { action: "user.erased", subject: { type: "user", id: ACTOR } } as const;
    const withErasure = chain(COUNT, (index) => (index === 5 ? erasure : {}));
    const later = (ids: unknown, lines: string[]) =>
      lines.with(-1, JSON.stringify({ ...JSON.parse(lines.at(-1) ?? ""), laterErasures: ids }));

    it("are accepted when the person's erasure is in the export", async () => {
      expect(await verify(exported(wiped(withErasure)))).toMatchObject({
        valid: true,
        erasedValues: 3,
        laterErasures: [],
      });
    });

    it("are accepted, and said to be, when the erasure came after the export's last entry", async () => {
      const lines = later(["usr_other", ACTOR], exported(wiped(links)));
      expect(await verify(lines)).toMatchObject({ valid: true, laterErasures: [ACTOR] });
    });

    it.each([
      ["without any erasure", exported(wiped(links))],
      ["and the line has none at all", exported(wiped(links, undefined))],
      ["and another was erased later", later(["usr_other"], exported(wiped(links)))],
    ])("are detected %s", async (_, lines) => {
      expect(await verify(lines)).toMatchObject({
        valid: false,
        entries: 0,
        fault: {
          problem: "value_missing",
          position: 1,
          entryId: "evt_0",
          detail: expect.stringContaining("/reason"),
        },
      });
    });

    it("are malformed unless the later erasures are ids", async () => {
      for (const ids of ["x", [1], { 0: ACTOR }]) {
        expect((await verify(later(ids, WHOLE))).fault?.problem).toBe("malformed_line");
      }
    });
  });

  it("accepts unknown fields of a newer server, and hashes them too", async () => {
    const [first] = links as [SealedLink];
    const entry = { ...first.entry, later: { more: [1, "x"] } };
    const newer = { ...first, entry };
    newer.hash = sha256(sealText(newer, CHAIN_START));
    const lines = exported([newer]);
    expect(await verify(lines)).toMatchObject({ valid: true });
    const forged = lines.map((line) => line.replace('"more":[1', '"more":[2'));
    expect(await verify(forged)).toMatchObject({ valid: false, fault: { entryId: "evt_0" } });
  });

  it.each<[string, string[], object]>([
    [
      "a changed entry",
      changed(3, ({ entry, ...line }) => ({
        ...line,
        entry: { ...(entry as object), internal: true },
      })),
      { problem: "entry_changed", position: 3, entryId: "evt_2" },
    ],
    [
      "a changed hash",
      changed(4, (line) => ({ ...line, hash: "0".repeat(64) })),
      { problem: "entry_changed", position: 4, entryId: "evt_3" },
    ],
    [
      "a changed value",
      changed(2, (line) => ({ ...line, values: { "/reason": ["salt1", "Another"] } })),
      { problem: "value_changed", position: 2, entryId: "evt_1" },
    ],
    ["a missing entry", without(5), { problem: "seal_missing", position: 5 }],
    ["a missing first entry", without(1), { problem: "seal_missing", position: 1 }],
    [
      "a duplicate entry",
      [...WHOLE.slice(0, 3), WHOLE[2] as string, ...WHOLE.slice(3)],
      { problem: "seal_missing", position: 3 },
    ],
    [
      "swapped entries",
      WHOLE.map((line, i) => (i === 2 ? WHOLE[3] : i === 3 ? WHOLE[2] : line) as string),
      { problem: "seal_missing", position: 2 },
    ],
    ["a missing end", without(COUNT + 1), { problem: "truncated", position: COUNT + 1 }],
    [
      "a missing tail",
      [...WHOLE.slice(0, 4), WHOLE.at(-1) as string],
      { problem: "head_mismatch", position: 3 },
    ],
    [
      "a missing tail and a forged end",
      [...WHOLE.slice(0, 4), JSON.stringify({ type: "end", position: 3, hash: links[2]?.hash })],
      { problem: "truncated", position: 4 },
    ],
    ["a missing header", without(0), { problem: "malformed_line" }],
    ["a line after the end", [...WHOLE, WHOLE[1] as string], { problem: "malformed_line" }],
    ["invalid JSON", [...WHOLE.slice(0, 2), "{", ...WHOLE.slice(2)], { problem: "malformed_line" }],
    ["a null line", [WHOLE[0] as string, "null"], { problem: "malformed_line" }],
    ["another format", exported(links, { format: "x" }), { problem: "malformed_line" }],
    ["a later version", exported(links, { version: 2 }), { problem: "malformed_line" }],
    [
      "values of an invalid shape",
      changed(2, (line) => ({ ...line, values: { "/reason": "x" } })),
      { problem: "malformed_line" },
    ],
    ["no lines", [], { problem: "truncated", position: 1 }],
  ])("detects %s", async (_, lines, fault) => {
    expect(await verify(lines)).toMatchObject({ valid: false, fault });
  });

  it("accepts an anchor in the chain, and rejects anchors of another chain or beyond its end", async () => {
    const own = { position: 4, hash: links[3]?.hash ?? "" };
    expect(await verify(WHOLE, { anchor: own })).toMatchObject({ valid: true });
    const another = { position: 4, hash: "1".repeat(64) };
    const beyond = { position: COUNT + 1, hash: "1".repeat(64) };
    for (const anchor of [another, beyond]) {
      const fault = { problem: "anchor_mismatch", position: anchor.position };
      expect(await verify(WHOLE, { anchor })).toMatchObject({ valid: false, fault });
    }
  });

  it("rejects any changed character of any line, without throwing", async () => {
    const letter = fc.constantFrom(...'0a"{}:,x');
    await fc.assert(
      fc.asyncProperty(fc.nat(WHOLE.length - 1), fc.nat(), letter, async (index, at, to) => {
        const line = WHOLE[index] as string;
        const offset = at % line.length;
        const forged = line.slice(0, offset) + to + line.slice(offset + 1);
        if (sameMeaning(forged, line)) return;
        const lines = WHOLE.map((each, i) => (i === index ? forged : each));
        expect(await verify(lines)).toMatchObject({ valid: false });
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, Partial<SealedEntry>]>([
    ["no subject", { action: "user.erased", subject: undefined as never }],
    ["no id of its subject", { action: "user.erased", subject: {} as never }],
    ["no changes", { action: "api_key.issued", changes: null as never }],
    ["no action", { action: undefined as never }],
  ])("names an entry with %s, though its hash fits", async (_, fields) => {
    const lines = exported(chain(COUNT, (index) => (index === 2 ? fields : {})));
    expect(await verify(lines)).toMatchObject({
      valid: false,
      entries: 2,
      fault: { problem: "malformed_line", detail: expect.stringContaining("Line 4") },
    });
  });

  it("reads a byte stream, chunked anywhere", async () => {
    const bytes = new TextEncoder().encode(`${WHOLE.join("\r\n")}\n`);
    for (const size of [1, 7, 1000]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.slice(i * size, (i + 1) * size),
      );
      const stream = streamOf(pieces);
      expect(await verifyAuditExport(stream)).toMatchObject({ valid: true, entries: COUNT });
    }
    const cut = streamOf([bytes.slice(0, -5)]);
    expect(await verifyAuditExport(cut)).toMatchObject({ valid: false });
  });

  it("reports progress", async () => {
    const progress: [number, number][] = [];
    const long = exported(chain(2500));
    await verify(long, { onProgress: (verified, total) => progress.push([verified, total]) });
    expect(progress).toEqual([
      [1000, 2500],
      [2000, 2500],
    ]);
  });
});

/** The hashes do not cover the header's `exportedAt` and `redacted`, and unknown properties. */
function sameMeaning(forged: string, line: string): boolean {
  try {
    const [a, b] = [JSON.parse(forged), JSON.parse(line)];
    if (a.type !== b.type) return false;
    if (b.type === "header")
      return a.entries === b.entries && a.format === b.format && a.version === 1;
    if (b.type === "end") return a.position === b.position && a.hash === b.hash;
    const bound = ({ position, seq, transaction, sealedAt, hash, entry }: SealedLink) =>
      JSON.stringify([position, seq, transaction, sealedAt, hash, entry]);
    const values = (link: SealedLink) => JSON.stringify(Object.entries(link.values ?? {}));
    return bound(a) === bound(b) && values(a) === values(b);
  } catch {
    return false;
  }
}

function streamOf(pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}
