import { describe, expect, it } from "vitest";
import type { SnapshotHolder } from "../log/snapshot-holders.ts";
import { judgeHolders } from "./doctor-transactions.ts";

const SESSION: SnapshotHolder = {
  kind: "session",
  pid: 4711,
  transaction: "789",
  seconds: 61,
  state: "idle in transaction",
  label: "psql",
  role: "ada",
  database: "app",
};
const PREPARED: SnapshotHolder = {
  ...SESSION,
  kind: "prepared",
  pid: null,
  state: null,
  label: "orphan",
  seconds: 3_600,
};

describe("transactions that hold the sealer back", () => {
  it.each([[[]], [[{ ...SESSION, seconds: 5 }]]])(
    "are none for as long as they are short: %j",
    (holders) => {
      expect(judgeHolders(holders)).toMatchObject({ status: "ok", advice: null });
    },
  );

  it.each([
    [
      SESSION,
      /session 4711 \(transaction 789, idle in transaction, psql\) by ada in app, open for 61 s/,
      /pg_terminate_backend\(4711\)/,
    ],
    [
      PREPARED,
      /prepared transaction 'orphan' \(789\) by ada in app, open for 3600 s/,
      /rollback prepared 'orphan'/,
    ],
    [
      { ...SESSION, seconds: null, state: null },
      /state unknown.*of unknown age/,
      /pg_read_all_stats/,
    ],
  ])("are named with what to do", (holder, finding, advice) => {
    const found = judgeHolders([{ ...SESSION, pid: 1, seconds: 1 }, holder]);
    expect(found.status).toBe("warn");
    expect(found.finding).toMatch(finding);
    expect(found.finding).not.toContain("session 1 ");
    expect(found.advice).toMatch(advice);
  });
});
