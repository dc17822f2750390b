import type { Anchor, SealedLink } from "./hash-chain.ts";

/** The first line of an export. */
export interface ExportHeader {
  type: "header";
  format: "serviceflow-audit-export";
  version: 1;
  exportedAt: string;
  /** How many entries follow. */
  entries: number;
  /** Whether the private values were left out. */
  redacted: boolean;
}

/** A line for each entry, in the order of the chain. `values` is absent when the export is redacted. */
export interface ExportedEntry extends Omit<SealedLink, "values"> {
  type: "entry";
  values?: SealedLink["values"] | undefined;
}

/** The last line. Without it an export is truncated. */
export interface ExportEnd extends Anchor {
  type: "end";
  /** Users whose erasure is recorded after the last exported entry, so that values may be missing because of it. */
  laterErasures?: readonly string[] | undefined;
}

export type ExportLine = ExportHeader | ExportedEntry | ExportEnd;

/** Parses a line of an export; null for anything else. */
export function readExportLine(text: string): ExportLine | null {
  try {
    const line = JSON.parse(text) as ExportLine | null;
    switch (line?.type) {
      case "header": {
        const isKnown = line.format === "serviceflow-audit-export" && line.version === 1;
        return isKnown && Number.isInteger(line.entries) ? line : null;
      }
      case "entry":
        return isEntry(line.entry) && areValues(line.values) ? line : null;
      case "end":
        return areIds(line.laterErasures ?? []) ? line : null;
      default:
        return null;
    }
  } catch {
    return null;
  }
}

/** What the verification reads of an entry, once its hash fits. The maker of an export can make the hash as well. */
function isEntry(entry: Partial<SealedLink["entry"]> | null | undefined): boolean {
  const texts = [entry?.id, entry?.action, entry?.subject?.id];
  const { changes } = entry ?? {};
  return texts.every((text) => typeof text === "string") && isRecord(changes);
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function areValues(values: unknown): boolean {
  if (values === undefined) return true;
  if (typeof values !== "object" || values === null) return false;
  return Object.values(values).every(
    (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((x) => typeof x === "string"),
  );
}

function areIds(ids: unknown): boolean {
  return Array.isArray(ids) && ids.every((id) => typeof id === "string");
}
