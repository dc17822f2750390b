import {
  type ApiKey,
  type ListUsersInput,
  normalizeEmail,
  type Page,
  toUuid,
  type User,
} from "@serviceflow/domain";
import { listKeys } from "../people/api-keys/store.ts";
import { listUsers } from "../people/users/store.ts";
import { findUser } from "./accounts.ts";
import { OPERATOR, withDatabase } from "./operator.ts";
import type { Output } from "./output.ts";
import { table } from "./table.ts";

const PAGE_SIZE = 100;

export interface ListUsersOptions {
  role?: NonNullable<ListUsersInput["role"]>;
  email?: string;
  /** Those who are deactivated too. */
  all?: boolean;
}

/** Lists users, newest first. */
export async function users(output: Output, { role, email, all }: ListUsersOptions): Promise<void> {
  const asked: ListUsersInput = {
    limit: PAGE_SIZE,
    ...(role === undefined ? {} : { role }),
    ...(email === undefined ? {} : { email: normalizeEmail(email) }),
    ...(all ? {} : { active: true }),
  };
  const found = await withDatabase(({ db }) =>
    everyPage((cursor) => listUsers(db, { ...asked, ...cursor }, OPERATOR)),
  );
  const rows = found.map(({ id, role, kind, active, email, fullName }: User) => [
    id,
    role,
    kind,
    active ? "active" : "inactive",
    email ?? "",
    fullName,
  ]);
  output.result(
    { items: found },
    table(["ID", "ROLE", "KIND", "STATE", "EMAIL", "NAME"], rows, "There are no such users."),
  );
}

export interface ListKeysOptions {
  user: string;
  /** Those that have ended too. */
  all?: boolean;
}

/** Lists the API keys of a user, newest first. No key itself is shown: only its hash is stored. */
export async function keys(output: Output, { user, all }: ListKeysOptions): Promise<void> {
  const now = new Date().toISOString();
  const found = await withDatabase(async ({ db }) => {
    const uuid = toUuid("user", await findUser(db, user)) as string;
    const items = await everyPage((cursor) => listKeys(db, uuid, { limit: PAGE_SIZE, ...cursor }));
    return all ? items : items.filter((key) => stateOf(key, now) === "active");
  });
  const rows = found.map((key) => [
    key.id,
    `${key.prefix}...${key.lastFour}`,
    stateOf(key, now),
    key.expiresAt ?? "never",
    key.lastUsedAt ?? "never",
    key.scopes.join(","),
    key.name,
  ]);
  const head = ["ID", "KEY", "STATE", "EXPIRES", "LAST USED", "SCOPES", "NAME"];
  output.result({ items: found }, table(head, rows, "There are no such keys."));
}

function stateOf({ revokedAt, expiresAt }: ApiKey, now: string): string {
  if (revokedAt !== null && revokedAt <= now) return "revoked";
  return expiresAt !== null && expiresAt <= now ? "expired" : "active";
}

async function everyPage<Item>(
  read: (cursor: { cursor?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await read(cursor === null ? {} : { cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}
