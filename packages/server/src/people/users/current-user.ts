import { type CurrentUser, effectiveScopes, toPublicId } from "@serviceflow/domain";
import { KEY_AND_USER } from "../../access/authority.ts";
import type { Database } from "../../db/database.ts";
import { apiKeys } from "../../db/schema.ts";
import { columns, p, sql } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";
import { noSuchUser } from "./no-such-user.ts";
import { toUser, USER } from "./store.ts";

const CALLING_KEY = {
  keyId: apiKeys.id,
  keyName: apiKeys.name,
  scopes: apiKeys.scopes,
  expiresAt: apiKeys.expiresAt,
};

const byKey = statement(
  "user_by_key",
  sql`
    select ${columns({ ...USER, ...CALLING_KEY })} from ${KEY_AND_USER}
    where ${apiKeys.id} = ${p("key", "uuid")}`,
);

/** The user of an API key, and what of the key never changes: the user's version stands for both. */
export async function getCurrentUser(db: Database, keyUuid: string): Promise<CurrentUser> {
  const [row] = await db.points.query(byKey, { key: keyUuid });
  if (!row) throw noSuchUser();
  return {
    ...toUser(row),
    callingKey: {
      id: toPublicId("apiKey", row.keyId),
      name: row.keyName,
      scopes: row.scopes,
      effectiveScopes: effectiveScopes(row.scopes),
      expiresAt: row.expiresAt,
    },
  };
}
