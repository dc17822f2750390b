import { type ChainFault, toPublicId } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import type { Reads } from "../db/database.ts";
import { auditHead, auditLogs, auditSeals } from "../db/schema.ts";
import { columns, literal, p, type Row, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import type { HeadRow } from "./chain-rows.ts";
import { DEFAULT_OFFSET, NEXT_XID } from "./transactions.ts";

const STRAY_BATCH_SIZE = 50_000;

const last = alias(auditSeals, "last");

const ENDS = {
  headWrong: value(
    "boolean",
    sql`exists (
      select 1 from ${auditHead} left join ${auditSeals} ${last} on ${last.position} = ${auditHead.position}
      where ${auditHead.position} < ${p("position", "bigint")}
        or (${auditHead.position} > 0 and ${last.position} is null)
        or ${auditHead.xidOffset} is distinct from ${DEFAULT_OFFSET}
        or (${auditHead.position} > ${auditHead.restoredTo}
          and (${auditHead.xid}, ${auditHead.seq}) is distinct from (${last.transaction}, ${last.entrySeq}))
        or (select max(${auditSeals.position}) from ${auditSeals}) > ${auditHead.position}
        or (select min(${auditSeals.position}) from ${auditSeals}) < 1
    )`,
  ),
  ahead: value(
    "uuid?",
    sql`
      select ${auditLogs.id} from ${auditLogs}
      where ${auditLogs.xid} >= ${NEXT_XID}
      order by ${auditLogs.xid}, ${auditLogs.seq} limit 1`,
  ),
};

const ends = statement("audit_ends", sql`select ${columns(ENDS)}`);

const page = alias(auditLogs, "page");

/** The sequence begins at 1, but an entry that is inserted by hand can have any number. */
const [FIRST, LAST] = ["-9223372036854775808", "9223372036854775807"] as const;

const STRAY_PAGE = {
  next: value("text?", sql`nullif(max(${page.seq}), ${literal(LAST)}) + 1`),
  stray: value(
    "uuid?",
    sql`
      select ${page.id} from ${page}
      where (${page.xid}, ${page.seq}) <= (${p("xid", "xid8")}, ${p("seq", "bigint")})
        and not exists (select 1 from ${auditSeals} where ${auditSeals.entrySeq} = ${page.seq})
      order by ${page.xid}, ${page.seq} limit 1`,
  ),
};

const strays = statement(
  "audit_strays",
  sql`
    with ${page} as (
      select ${auditLogs.id}, ${auditLogs.seq}, ${auditLogs.xid} from ${auditLogs}
      where ${auditLogs.seq} >= ${p("from", "bigint")}
      order by ${auditLogs.seq} limit ${p("limit", "int")}
    )
    select ${columns(STRAY_PAGE)} from ${page}`,
);

/** What no single link shows: seals beyond the end, and entries among the sealed ones that have no seal. */
export async function strayFault(
  db: Reads,
  head: HeadRow,
  signal: AbortSignal | undefined,
): Promise<ChainFault | null> {
  const { position, xid, seq } = head;
  const [row] = await db.query(ends, { position });
  if (!row || row.headWrong) return headFault(Number(position));
  let from: string | null = FIRST;
  while (from !== null) {
    signal?.throwIfAborted();
    const pages: Row<typeof STRAY_PAGE>[] = await db.query(strays, {
      from,
      xid,
      seq,
      limit: STRAY_BATCH_SIZE,
    });
    const [page] = pages;
    if (page?.stray) return unsealed(page.stray, "has no seal, though later entries have one");
    from = page?.next ?? null;
  }
  return row.ahead === null
    ? null
    : unsealed(row.ahead, "names a transaction that this database has not started yet");
}

export function headFault(position: number): ChainFault {
  const detail =
    "The end of the chain differs from its recorded head: seals were added or removed.";
  return { position: position || null, entryId: null, problem: "head_mismatch", detail };
}

function unsealed(uuid: string, what: string): ChainFault {
  const entryId = toPublicId("auditEntry", uuid);
  const detail = `Entry ${entryId} ${what}: it was inserted later.`;
  return { position: null, entryId, problem: "entry_unsealed", detail };
}
