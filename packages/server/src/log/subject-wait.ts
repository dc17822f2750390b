import { toPublicId } from "@serviceflow/domain";
import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import type { EntryRow } from "./chain-rows.ts";
import type { Subjects } from "./subjects.ts";

/** From then on somebody should look. */
const WARN_MS = 10_000;
/** Longer than it takes to recover a transaction that one machine has committed and another has only prepared. */
const GIVE_UP_MS = 5 * 60_000;
/** Nobody looked in between, such as while a machine was away. */
const MAX_STEP_MS = 5_000;
/** What is late by more is looked for less often, and not worth a reader's time. */
const LATE_MS = 1_000;
const MAX_GIVEN_UP = 1_000;

/** A request or comment that cannot be seen, and the first entry that names it. */
interface Missing {
  row: EntryRow;
  ms: number;
  lookedAt: number;
  isReported: boolean;
}

/**
 * How long a process has looked for requests and comments that entries name and that cannot be seen. Sealing stops before
 * the first of such entries, until all that it names can be seen or nobody waits for it any more.
 */
export class SubjectWait {
  #awaited = new Map<string, Missing>();
  readonly #givenUp = new Map<string, Missing>();

  /** Whether to look again, at a time. */
  isDue(now: Date): boolean {
    const [first] = this.#awaited.values();
    if (!first || first.ms < LATE_MS) return true;
    const since = now.getTime() - first.lookedAt;
    return since < 0 || since >= LATE_MS;
  }

  /** Whether it waits for something that is not just being committed. */
  get isLong(): boolean {
    return [...this.#awaited.values()].some(({ ms }) => ms >= LATE_MS);
  }

  /** The entries before the first one to wait for. */
  ready(rows: readonly EntryRow[], subjects: Subjects, now: Date): readonly EntryRow[] {
    const awaited = new Map<string, Missing>();
    let end = rows.length;
    for (const [index, row] of rows.entries()) {
      const missing = subjects.missing(row);
      if (missing === null || awaited.has(missing) || this.#givenUp.has(missing)) continue;
      const looked = lookedFor(this.#awaited.get(missing), row, now.getTime());
      if (looked.ms >= GIVE_UP_MS) {
        this.#giveUp(missing, looked);
      } else {
        awaited.set(missing, looked);
        end = Math.min(end, index);
      }
    }
    this.#awaited = awaited;
    return rows.slice(0, end);
  }

  #giveUp(missing: string, looked: Missing): void {
    const [oldest] = this.#givenUp.keys();
    if (oldest !== undefined && this.#givenUp.size >= MAX_GIVEN_UP) this.#givenUp.delete(oldest);
    this.#givenUp.set(missing, { ...looked, isReported: false });
  }

  /** Logs what it has long waited for, and what it has given up, once each. */
  report(log: Logger): void {
    for (const [missing, each] of this.#awaited) {
      if (each.ms < WARN_MS || each.isReported) continue;
      each.isReported = true;
      log.warn(
        lineOf(missing, each),
        "sealing and events wait for an entry whose request or comment cannot be seen: it is late on another machine, or SQL removed it",
      );
    }
    for (const [missing, each] of this.#givenUp) {
      if (each.isReported) continue;
      each.isReported = true;
      log.warn(
        lineOf(missing, each),
        "sealing an entry without its request or comment, which never appeared: verify the log and the tables",
      );
    }
  }
}

function lookedFor(before: Missing | undefined, row: EntryRow, now: number): Missing {
  if (!before) return { row, ms: 0, lookedAt: now, isReported: false };
  const step = Math.min(Math.max(now - before.lookedAt, 0), MAX_STEP_MS);
  return { ...before, ms: before.ms + step, lookedAt: now };
}

function lineOf(missing: string, { row, ms }: Missing) {
  return {
    entry: toPublicId("auditEntry", row.id),
    action: row.action,
    missing,
    waitedSeconds: Math.round(ms / 1000),
  };
}

const waits = new WeakMap<Database, SubjectWait>();

/** Of all sealers of a process, which share a database. */
export function subjectWaitOf(db: Database): SubjectWait {
  let found = waits.get(db);
  if (!found) {
    found = new SubjectWait();
    waits.set(db, found);
  }
  return found;
}
