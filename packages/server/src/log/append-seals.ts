import { setImmediate } from "node:timers/promises";
import { sealText } from "@serviceflow/domain";
import type { Query } from "../db/database.ts";
import { auditHead, auditSeals } from "../db/schema.ts";
import { sha256Hex } from "../db/sha256.ts";
import { columns, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { insertFrom, set } from "../db/write.ts";
import { type EntryRow, type HeadRow, toHex, toSealedEntry } from "./chain-rows.ts";
import type { RequestNumbers } from "./request-numbers.ts";

const LINKED_AT_ONCE = 50;

// Holds only if the head is still where it was: the chain cannot fork, lock or no lock.
const append = statement(
  "audit_seal",
  sql`
    with moved as (
      update ${auditHead} set ${set(auditHead, {
        position: p("position", "bigint"),
        hash: p("hash", "bytea"),
        xid: p("xid", "xid8"),
        seq: p("seq", "bigint"),
      })}
      where ${auditHead.position} = ${p("readPosition", "bigint")} and ${auditHead.hash} = ${p("readHash", "bytea")}
      returning 1
    ), sealed as (
      ${insertFrom(
        auditSeals,
        {
          position: sql`link.position`,
          entrySeq: sql`link.seq`,
          transaction: sql`link.xid`,
          sealedAt: p("sealedAt", auditSeals.sealedAt),
          hash: sql`decode(link.hash, 'hex')`,
        },
        sql`
          moved, unnest(${p("positions", "bigint[]")}, ${p("seqs", "bigint[]")}, ${p("xids", "xid8[]")},
            ${p("hashes", "text[]")}) as link (position, seq, xid, hash)`,
      )}
      returning 1
    )
    select ${columns({ count: value("int", sql`count(*)`) })} from sealed`,
);

/**
 * Appends entries, in their order, to the end of the chain.
 * @returns how many were sealed: all, or none if the chain no longer ends at that head
 */
export async function sealRows(
  query: Query,
  head: HeadRow,
  { rows, numbers }: { rows: readonly EntryRow[]; numbers: RequestNumbers },
  now: Date,
): Promise<number> {
  const last = rows.at(-1);
  if (!last) return 0;
  const links = await link(rows, numbers, head, now.toISOString());
  const [sealed] = await query(append, {
    position: String(Number(head.position) + rows.length),
    hash: Buffer.from(links.hashes.at(-1) ?? "", "hex"),
    xid: last.xid,
    seq: last.seq,
    readPosition: head.position,
    readHash: head.hash,
    sealedAt: now.toISOString(),
    ...links,
  });
  return sealed?.count ?? 0;
}

/** The links that bind these entries, in their order, to the end of the chain. */
async function link(
  rows: readonly EntryRow[],
  numbers: RequestNumbers,
  head: HeadRow,
  sealedAt: string,
) {
  const links = {
    positions: [] as string[],
    seqs: [] as string[],
    xids: [] as string[],
    hashes: [] as string[],
  };
  let position = Number(head.position);
  let previous = toHex(head.hash);
  for (const [index, row] of rows.entries()) {
    // Calls are answered in between.
    if (index % LINKED_AT_ONCE === LINKED_AT_ONCE - 1) await setImmediate();
    position += 1;
    const { seq, xid: transaction } = row;
    const entry = toSealedEntry(row, numbers);
    previous = sha256Hex(
      sealText({ position, seq: Number(seq), transaction, sealedAt, entry }, previous),
    );
    links.positions.push(String(position));
    links.seqs.push(seq);
    links.xids.push(transaction);
    links.hashes.push(previous);
  }
  return links;
}
