import {
  DomainError,
  type OneTimeCode,
  type OwnedCode,
  type Page,
  toPublicId,
} from "@serviceflow/domain";
import type { AuthenticatedContext } from "../../context.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../../db/page.ts";
import { oneTimeCodes } from "../../db/schema.ts";
import { columns, p, type Row, sql } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";

export const CODE = {
  id: oneTimeCodes.id,
  userId: oneTimeCodes.userId,
  purpose: oneTimeCodes.purpose,
  name: oneTimeCodes.name,
  scopes: oneTimeCodes.scopes,
  issuerId: oneTimeCodes.issuerId,
  createdAt: oneTimeCodes.createdAt,
  expiresAt: oneTimeCodes.expiresAt,
  grantsUntil: oneTimeCodes.grantsUntil,
};

const before = p("before", "uuid?");

const outstanding = statement(
  "one_time_codes_of_user",
  sql`
    select ${columns(CODE)} from ${oneTimeCodes}
    where ${oneTimeCodes.userId} = ${p("user", "uuid")} and ${oneTimeCodes.expiresAt} > ${p("now", "timestamptz")}
      and (${before} is null or ${oneTimeCodes.id} < ${before})
    order by ${oneTimeCodes.id} desc limit ${p("limit", "int")}`,
);

/** A user's outstanding codes, newest first. */
export async function listCodes(
  { db, clock }: Pick<AuthenticatedContext, "db" | "clock">,
  userUuid: string,
  input: { cursor?: string | undefined; limit?: number | undefined },
): Promise<Page<OneTimeCode>> {
  const limit = limitOf(input);
  const rows = await db.query(outstanding, {
    user: userUuid,
    now: clock().toISOString(),
    before: readUuidCursor(input.cursor),
    limit: limit + 1,
  });
  return toPage(
    rows,
    limit,
    (row) => toCode(toOwnedCode(row)),
    (row) => uuidCursor(row.id),
  );
}

export function toOwnedCode(row: Row<typeof CODE>): OwnedCode {
  return {
    id: toPublicId("code", row.id),
    userId: toPublicId("user", row.userId),
    purpose: row.purpose,
    name: row.name,
    scopes: row.scopes,
    issuerId: row.issuerId === null ? null : toPublicId("user", row.issuerId),
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    grantsUntil: row.grantsUntil,
  };
}

export function toCode({ grantsUntil: _, ...code }: OwnedCode): OneTimeCode {
  return code;
}

export function noSuchCode(): DomainError {
  return new DomainError("not_found", "There is no such outstanding code that you can see.");
}
