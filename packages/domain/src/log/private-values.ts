import type { AuditDraft, Changes } from "./audit-entry.ts";
import { FIELD_PRIVACY } from "./audit-policy.ts";

/**
 * The recorded fields that hold names, addresses or free text. Entries hold a salted commitment in their place; the
 * value is stored separately and can be erased without changing the entry.
 */
export const PRIVATE_FIELDS: ReadonlySet<string> = new Set(
  Object.entries(FIELD_PRIVACY).flatMap(([field, kind]) => (kind === "private" ? field : [])),
);

/** Shown in place of an erased value. */
export const ERASED = "[erased]";

/** Stands for a value in a sealed entry: SHA-256, in hex, of `commitmentText`. */
export interface Commitment {
  commitment: string;
}

/** The private values of one entry, by JSON Pointer into it: the salt and the value. */
export type PrivateValues = Readonly<Record<string, readonly [salt: string, value: string]>>;

/** The parts of an entry that hold private values. */
export type EntryText = Pick<AuditDraft, "changes" | "reason"> & {
  clientAddress: string | null;
  userAgent: string | null;
  /** The `X-Request-Id` that the client sent: free text, unlike the entry's own request id. */
  clientRequestId: string | null;
};

/** The same parts in a sealed entry. */
export interface ConcealedText {
  changes: Changes;
  reason: Commitment | null;
  clientAddress: Commitment | null;
  /** Of the user agent and the client's own request id. */
  userAgent: Commitment | null;
}

/** The text whose hash is a commitment. The salt, 16 random bytes, prevents guessing the value. */
export function commitmentText(salt: string, pointer: string, value: string): string {
  return JSON.stringify([salt, pointer, value]);
}

/**
 * Replaces each private value by a commitment.
 * @param commit makes the commitment, and stores the value with its salt
 */
export function conceal(
  text: EntryText,
  commit: (pointer: string, value: string) => Commitment,
): ConcealedText {
  const hide = (pointer: string, value: unknown) =>
    value === null ? null : commit(pointer, String(value));
  const changes: Changes = {};
  for (const [field, { from, to }] of Object.entries(text.changes)) {
    changes[field] = PRIVATE_FIELDS.has(field)
      ? { from: hide(pointerTo(field, "from"), from), to: hide(pointerTo(field, "to"), to) }
      : { from, to };
  }
  return {
    changes,
    reason: hide("/reason", text.reason),
    clientAddress: hide("/clientAddress", text.clientAddress),
    userAgent: hide("/userAgent", joinClient(text)),
  };
}

type Client = Pick<EntryText, "userAgent" | "clientRequestId">;

/**
 * One value for both, with the request id on a second line: an older replica seals entries too, and a commitment that
 * it does not know would be missing from its hash.
 */
function joinClient({ userAgent, clientRequestId }: Client): string | null {
  if (clientRequestId === null) return userAgent === null ? null : oneLine(userAgent);
  return `${oneLine(userAgent ?? "")}\n${oneLine(clientRequestId)}`;
}

function splitClient(text: string | null): Client {
  const end = text?.indexOf("\n") ?? -1;
  if (text === null || end === -1) return { userAgent: text, clientRequestId: null };
  return { userAgent: text.slice(0, end) || null, clientRequestId: text.slice(end + 1) };
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ");
}

/** The reverse of `conceal`. An erased value reads "[erased]"; an erased request id of the client reads null. */
export function reveal(concealed: ConcealedText, values: PrivateValues): EntryText {
  const show = (pointer: string, commitment: unknown) =>
    commitment === null ? null : (values[pointer]?.[1] ?? ERASED);
  const changes: Changes = {};
  for (const [field, { from, to }] of Object.entries(concealed.changes)) {
    changes[field] = PRIVATE_FIELDS.has(field)
      ? { from: show(pointerTo(field, "from"), from), to: show(pointerTo(field, "to"), to) }
      : { from, to };
  }
  return {
    changes,
    reason: show("/reason", concealed.reason),
    clientAddress: show("/clientAddress", concealed.clientAddress),
    ...splitClient(show("/userAgent", concealed.userAgent)),
  };
}

function pointerTo(field: string, side: "from" | "to"): string {
  return `/changes/${field}/${side}`;
}

/** Every commitment in a sealed entry, by its JSON Pointer. */
export function commitmentsIn(entry: unknown, pointer = ""): Map<string, string> {
  const found = new Map<string, string>();
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return found;
  for (const [name, value] of Object.entries(entry)) {
    if (name === "commitment" && typeof value === "string") found.set(pointer, value);
    else for (const [at, hash] of commitmentsIn(value, `${pointer}/${name}`)) found.set(at, hash);
  }
  return found;
}
