import { canonicalJson } from "../log/canonical-json.ts";
import { commitmentText } from "../log/private-values.ts";
import type { StateDifference, StateProblem } from "../log/state-verification.ts";
import { ERASED_KEY_NAME } from "../people/erasure.ts";
import { mayBeForgotten } from "../people/session.ts";
import type { FoldedRow, LoggedValue, LoggedValues } from "./logged-row.ts";

/** A row as the domain names its fields. Times are ISO 8601. */
export type StateRow = Readonly<Record<string, unknown>>;

export interface CompareFacts {
  /** The stored private value that a commitment stands for; null once it was erased. */
  open(value: Committed): readonly [salt: string, value: string] | null;
  /** In hex. */
  sha256(text: string): string;
  /** ISO 8601; not before the row was read. */
  now: string;
}

export type Committed = Extract<LoggedValue, { commitment: string }>;
type Difference = Pick<StateDifference, "field" | "problem" | "log" | "state">;

/**
 * The differences between what the log says of a row and the row. A private value that was erased is not compared, and the
 * row of a session that ended long ago can be gone.
 * @param row null: there is none
 */
export function compareRow(
  { created, deleted, fields }: FoldedRow,
  row: StateRow | null,
  facts: CompareFacts,
): Difference[] {
  if (row === null) {
    const isMissing = created && !deleted && !isForgottenSession(fields, facts.now);
    return isMissing ? [wholeRow("row_missing")] : [];
  }
  if (deleted) return [wholeRow("row_unexplained")];
  return Object.entries(fields).flatMap(([field, logged]) => {
    const state = row[field] ?? null;
    const found = "value" in logged ? plain(logged.value, state) : opened(logged, state, facts);
    return found === null ? [] : [{ field, problem: "field_differs" as const, ...found }];
  });
}

function isForgottenSession(
  { sessionFrom, revokedAt, expiresAt }: LoggedValues,
  now: string,
): boolean {
  if (textIn(sessionFrom) === null) return false;
  const times = { revokedAt: textIn(revokedAt), expiresAt: textIn(expiresAt) };
  return mayBeForgotten(times, now);
}

function textIn(logged: LoggedValue | undefined): string | null {
  const isText = logged !== undefined && "value" in logged && typeof logged.value === "string";
  return isText ? (logged.value as string) : null;
}

/** The difference of a row that the log does not explain, or does not find. */
export function wholeRow(problem: StateProblem): Difference {
  return { field: null, problem, log: null, state: null };
}

type Values = Pick<Difference, "log" | "state">;

function plain(log: unknown, state: unknown): Values | null {
  return isEqual(log, state) ? null : { log, state };
}

function isEqual(a: unknown, b: unknown): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}

function opened(logged: Committed, state: unknown, { open, sha256 }: CompareFacts): Values | null {
  const pair = open(logged);
  if (pair === null) return null;
  const [salt, value] = pair;
  const isOf = (text: string) =>
    sha256(commitmentText(salt, logged.pointer, text)) === logged.commitment;
  if (typeof state === "string" && isOf(state)) return null;
  return { log: isOf(value) ? value : null, state };
}

/**
 * What the log says of a key of an erased user: their erasure takes its name and ends it, in the same moment, if it had
 * not ended before.
 */
export function ofErasedOwner(folded: FoldedRow, erasedAt: string): FoldedRow {
  const { revokedAt } = folded.fields;
  const known = revokedAt !== undefined && "value" in revokedAt ? revokedAt.value : null;
  const ended = known === null || String(known) > erasedAt ? erasedAt : known;
  const fields = {
    ...folded.fields,
    name: { value: ERASED_KEY_NAME },
    revokedAt: { value: ended },
  };
  return { ...folded, fields };
}
