import type { KnownCaller } from "../context.ts";
import { users } from "../db/schema.ts";
import { type ParamsIn, p, sql } from "../db/sql.ts";
import { HELD, KEY_AND_USER, standingValues } from "./authority.ts";

/**
 * Whether the caller's key and user are what the call took them for, or nobody doubts it. For the WHERE of a read, as a
 * condition that PostgreSQL evaluates once.
 */
export const GATE = sql`(${p("gateOpen", "boolean")} or (
  select true from ${KEY_AND_USER}
  where ${HELD} and ${users.fullName} = ${p("gateName", users.fullName)}))`;

/** What the caller was taken for is out of date, or nothing tells whether it is. */
class CallerUnproven extends Error {
  override readonly name = "CallerUnproven";
}

/** Proves that the caller of a read is who they were taken for. */
export class Gate {
  /** The values of `GATE`. */
  readonly values: ParamsIn<typeof GATE>;
  #isProven: boolean;

  /** @param isProven whether the database has just been asked who calls */
  constructor({ actor, standing }: KnownCaller, isProven: boolean) {
    // A caller who was asked for reads as who they were then: a change since comes after the read.
    this.values = {
      ...standingValues(actor.keyUuid, standing),
      gateName: standing.actorName,
      gateOpen: isProven,
    };
    this.#isProven = isProven;
  }

  get isProven(): boolean {
    return this.#isProven;
  }

  /**
   * The rows of a statement with `GATE`: one row proves the caller.
   * @throws CallerUnproven when there is none
   */
  passed<Row>(rows: Row[]): Row[] {
    if (rows.length > 0) this.#isProven = true;
    this.requireProof();
    return rows;
  }

  /** For an answer that no statement with `GATE` is part of. @throws CallerUnproven */
  requireProof(): void {
    if (!this.#isProven) throw new CallerUnproven();
  }
}
