import {
  type compareRow,
  PRIVATE_FIELDS,
  REDACTED,
  STATE_TABLES,
  type StateDifference,
  type StateSubject,
  type StateVerification,
  toPublicId,
} from "@serviceflow/domain";

const MAX_FOUND = 100;

/** Counts what was compared, and keeps the first differences. */
export class StateReport {
  entries = 0;
  rows = 0;
  #differences = 0;
  readonly #found: StateDifference[] = [];
  readonly #redacted: boolean;

  /** @param redacted leaves out names, addresses and free text */
  constructor(redacted: boolean) {
    this.#redacted = redacted;
  }

  add(
    subject: StateSubject,
    id: string,
    lastEntryUuid: string | null,
    differences: ReturnType<typeof compareRow>,
  ): void {
    for (const difference of differences) {
      this.#differences += 1;
      if (this.#found.length >= MAX_FOUND) continue;
      const { field, log, state } = difference;
      const isHidden = this.#redacted && field !== null && PRIVATE_FIELDS.has(field);
      this.#found.push({
        table: STATE_TABLES[subject],
        id,
        ...difference,
        log: isHidden && log !== null ? REDACTED : log,
        state: isHidden && state !== null ? REDACTED : state,
        lastEntryId: lastEntryUuid && toPublicId("auditEntry", lastEntryUuid),
      });
    }
  }

  result(): StateVerification {
    return {
      matches: this.#differences === 0,
      entries: this.entries,
      rows: this.rows,
      differences: this.#differences,
      found: this.#found,
    };
  }
}
