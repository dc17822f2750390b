import { setTimeout as pause } from "node:timers/promises";
import { type Database, sealBatch, sealStatus } from "@serviceflow/server";

/**
 * Waits until everything that is committed is sealed, and so in the feed. A transaction that another test has open on
 * the same PostgreSQL can hold that up.
 */
export async function allSealed(db: Database): Promise<void> {
  while ((await sealStatus(db)).unsealed > 0) {
    if ((await sealBatch(db, new Date())) === 0) await pause(10);
  }
}
