import { open } from "node:fs/promises";
import { type AnchorRecord, readAnchorRecord } from "@serviceflow/domain";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { auditSeals } from "../db/schema.ts";
import { columns, p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { readHead, toChainHead, toHex } from "../log/chain-rows.ts";
import { StateReport } from "../log/state-report.ts";
import { compareState } from "../log/verify-state.ts";
import type { Check } from "./check.ts";
import { describeDifference } from "./describe-difference.ts";

const STATE_LIMIT_MS = 20_000;
const SHOWN = 3;
const ANCHOR_WARN_MS = 5 * 60_000;
const END_BYTES = 65_536;

/** Compares the tables with the log, for as long as one waits for a doctor. */
export async function checkState(db: Database): Promise<Check> {
  const name = "state";
  const report = new StateReport(true);
  const signal = AbortSignal.timeout(STATE_LIMIT_MS);
  let isComplete = true;
  try {
    await compareState(db, report, { signal });
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    isComplete = false;
  }
  const { matches, rows, differences, found } = report.result();
  const all = "`serviceflow audit verify --state`";
  if (!matches) {
    const first = found.slice(0, SHOWN).map(describeDifference).join("; ");
    const finding = `${differences} differences between the tables and the log: ${first}`;
    const advice = `Run ${all} for all of them: someone changed the tables past the server.`;
    return { name, status: "fail", finding, advice };
  }
  const finding = `${rows.toLocaleString("en")} rows are what the log says`;
  if (isComplete) return { name, status: "ok", finding, advice: null };
  const advice = `${STATE_LIMIT_MS / 1000} s were not enough for the others: run ${all}.`;
  return { name, status: "warn", finding, advice };
}

/** Checks that anchors are kept outside the database, and that the chain still contains the last one. */
export async function checkAnchors(db: Database, { anchors }: Config): Promise<Check> {
  const name = "anchors";
  const { file, url } = anchors;
  if (file === null && url === null) {
    const advice =
      "Set AUDIT_ANCHOR_FILE or AUDIT_ANCHOR_URL to keep them where the database administrator has no access.";
    return { name, status: "ok", finding: "only in the lines that the server logs", advice };
  }
  if (file === null) {
    const finding = `posted to ${new URL(url ?? "").origin}`;
    return { name, status: "ok", finding, advice: "Their receiver knows how old the last one is." };
  }
  const last = await lastAnchor(file);
  if (typeof last === "string") {
    const advice = "A running server appends one each minute in which the log grows.";
    return { name, status: "warn", finding: `${file} ${last}`, advice };
  }
  return judge(db, file, last);
}

type LastAnchor = NonNullable<ReturnType<typeof readAnchorRecord>>;

async function lastAnchor(file: string): Promise<LastAnchor | string> {
  try {
    const lines = (await endOf(file)).split("\n");
    const last = lines.findLast((line) => readAnchorRecord(line) !== null);
    return readAnchorRecord(last ?? "") ?? "holds no anchor";
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
}

async function endOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, END_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString();
  } finally {
    await handle.close();
  }
}

const sealAt = statement(
  null,
  sql`
    select ${columns({ hash: auditSeals.hash })} from ${auditSeals}
    where ${auditSeals.position} = ${p("position", "bigint")}`,
);

async function judge(db: Database, file: string, last: LastAnchor): Promise<Check> {
  const name = "anchors";
  const { place } = last;
  const [seal] = await db.query(sealAt, { position: place.position });
  if (!seal || toHex(seal.hash) !== place.hash) {
    const finding = `the chain does not contain the last anchor of ${file}, ${last.anchor}`;
    const advice = "Run `serviceflow audit verify --anchors`: the log was rewritten or cut.";
    return { name, status: "fail", finding, advice };
  }
  const [row] = await db.query(readHead);
  const head = row && toChainHead(row);
  const finding = `the last one is ${age(last)} old, at position ${place.position} of ${head?.position}`;
  const lag = Date.parse(head?.sealedAt ?? "") - Date.parse(last.anchoredAt);
  return lag > ANCHOR_WARN_MS
    ? { name, status: "warn", finding, advice: `Is ${file} writable for the running server?` }
    : { name, status: "ok", finding, advice: null };
}

function age({ anchoredAt }: AnchorRecord): string {
  const minutes = Math.round((Date.now() - Date.parse(anchoredAt)) / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
