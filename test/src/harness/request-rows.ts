import type { Status } from "@serviceflow/domain";
import type { Database } from "@serviceflow/server";
import { runSql } from "./raw-sql.ts";

/** A request in a status, with people by UUID. */
export interface RequestRow {
  number: number;
  status: Status;
  requester: string | null;
  /** Default: the requester. */
  submitter?: string | null;
  assignee: string | null;
}

/** Inserts requests in any status at once, without the commands that lead there. */
export async function insertRequests(db: Database, rows: readonly RequestRow[]): Promise<void> {
  await runSql(
    db,
    `insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
       assignee_id, created_at, updated_at, started_at, closed_at)
     select gen_random_uuid(), number, 'Some title', '', status, 'NORMAL', 'general', requester, coalesce(submitter, requester), assignee,
       now(), now(), case when status in ('IN_PROGRESS', 'DONE') then now() end,
       case when status in ('DONE', 'CANCELED') then now() end
     from json_to_recordset($1) as r (number int, status text, requester uuid, submitter uuid, assignee uuid)`,
    [JSON.stringify(rows)],
  );
}
