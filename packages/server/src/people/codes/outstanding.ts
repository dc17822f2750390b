import { toPublicId } from "@serviceflow/domain";
import { oneTimeCodes, users } from "../../db/schema.ts";
import { json, sql } from "../../db/sql.ts";

/** The ids of a user's outstanding codes, the oldest first. */
export const OUTSTANDING = json<string[] | null>(sql`(
  select json_agg(${oneTimeCodes.id} order by ${oneTimeCodes.id})
  from ${oneTimeCodes} where ${oneTimeCodes.userId} = ${users.id})`);

/** Codes as `OUTSTANDING` reads them. */
export function idsOfCodes(codes: readonly string[] | null): string[] {
  return (codes ?? []).map((id) => toPublicId("code", id));
}
