import type { Query } from "../db/database.ts";
import { requests } from "../db/schema.ts";
import { columns, p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";

const numbers = statement(
  "log_request_numbers",
  sql`
    select ${columns({ id: requests.id, number: requests.number })} from ${requests}
    where ${requests.id} = any(${p("ids", "uuid[]")})`,
);

/** The numbers of requests by UUID; one that cannot be seen is left out. */
export type RequestNumbers = ReadonlyMap<string, number>;

/** Looks up the numbers of the requests that entries name. @param ids null: an entry of no request */
export async function requestNumbers(
  query: Query,
  ids: readonly (string | null)[],
): Promise<RequestNumbers> {
  const named = [...new Set(ids.flatMap((id) => id ?? []))];
  if (named.length === 0) return new Map();
  const rows = await query(numbers, { ids: named });
  return new Map(rows.map(({ id, number }) => [id, number]));
}

/** What an entry says of its request; both null: it belongs to none. */
interface Named {
  serviceRequestId: string | null;
  requestNumber: number | null;
}

/** The numbers that entries of earlier builds do not carry. */
export function numbersLeftOut(query: Query, rows: readonly Named[]): Promise<RequestNumbers> {
  const bare = rows.filter(({ requestNumber }) => requestNumber === null);
  return requestNumbers(
    query,
    bare.map(({ serviceRequestId }) => serviceRequestId),
  );
}

/** The number of an entry's request: the one that it carries, else the request's. */
export function numberOf(row: Named, found: RequestNumbers): number | null {
  return row.requestNumber ?? found.get(row.serviceRequestId ?? "") ?? null;
}
