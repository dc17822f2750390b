import { text } from "node:stream/consumers";
import {
  type CreateUserInput,
  createUser,
  type IssueKeyInput,
  normalizeEmail,
  SCOPES,
  type Scope,
  toPublicId,
  toUuid,
} from "@serviceflow/domain";
import {
  createUserInput,
  inviteUserInput,
  issueKeyBody,
  toFieldErrors,
} from "@serviceflow/domain/contract";
import type { z } from "zod";
import { isApiKey } from "../access/api-key-format.ts";
import type { Database } from "../db/database.ts";
import { apiKeys, users } from "../db/schema.ts";
import { sha256 } from "../db/sha256.ts";
import { columns, p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { issue, revoke, revokeAll } from "../people/api-keys/commands.ts";
import { issue as issueCode } from "../people/codes/commands.ts";
import { invite } from "../people/users/invite.ts";
import { newUser } from "../people/users/new-user.ts";
import { listUsers } from "../people/users/store.ts";
import { CommandFailed } from "./command-failed.ts";
import { OPERATOR, operatorContext, withDatabase } from "./operator.ts";
import type { Output } from "./output.ts";

/** Creates an administrator, and shows their API key once. */
export async function createAdmin(
  output: Output,
  options: { name: string; email: string },
): Promise<void> {
  const input: CreateUserInput = parsed(createUserInput, {
    fullName: options.name,
    email: options.email,
    role: "ADMIN",
  });
  const user = await withDatabase((open) =>
    newUser(operatorContext(open), input, (_row, facts) => createUser(input, facts)),
  );
  output.result(
    user,
    `${user.fullName} (${user.id}) is an administrator. Their API key, shown only once:\n\n  ${user.apiKey}\n`,
  );
}

export interface IssueOptions {
  user: string;
  name: string;
  scope?: string[];
  /** ISO 8601. */
  expires?: string;
}

/** Issues another API key for a user, and shows it once. */
export async function issueKey(output: Output, options: IssueOptions): Promise<void> {
  const input: IssueKeyInput = parsed(issueKeyBody, {
    name: options.name,
    scopes: (options.scope as Scope[] | undefined) ?? [...SCOPES],
    ...(options.expires === undefined ? {} : { expiresAt: options.expires }),
  });
  const key = await withDatabase(async (open) => {
    const userId = await findUser(open.db, options.user);
    return issue(operatorContext(open), userId, input);
  });
  const scopes = key.scopes.join(", ");
  const until = key.expiresAt === null ? "" : `, until ${key.expiresAt}`;
  output.result(
    key,
    `${key.name} (${key.id}) has the scopes ${scopes}${until}. Shown only once:\n\n  ${key.apiKey}\n`,
  );
}

export interface InviteOptions {
  /** Of a new user. */
  name?: string;
  role?: NonNullable<CreateUserInput["role"]>;
  /** URL of the page that signs in; the code is its fragment. */
  url?: string;
}

/** Invites a user, new or not, by a one-time code, and shows it once. */
export async function inviteUser(
  output: Output,
  address: string,
  { name, role, url }: InviteOptions,
): Promise<void> {
  if (url !== undefined && !/^https?:\/\//.test(url)) {
    throw new CommandFailed("--url must begin with https:// or http://.");
  }
  const email = normalizeEmail(address);
  const code = await withDatabase(async (open) => {
    const context = operatorContext(open);
    const { items } = await listUsers(open.db, { email }, OPERATOR);
    const [user] = items;
    if (user && !user.active) throw new CommandFailed(`${email} is not active.`);
    if (user) return issueCode(context, user.id, { purpose: "SESSION", name: "Invitation" });
    if (name === undefined) {
      throw new CommandFailed(`There is no user ${email}. Give --name to create one.`);
    }
    const input = parsed(inviteUserInput, { fullName: name, email, role });
    return (await invite(context, input)).code;
  });
  // After the #: no browser sends it, and no server logs it.
  const link = url === undefined ? null : `${url.replace(/#.*$/s, "")}#code=${code.code}`;
  output.result(
    { ...code, ...(link === null ? {} : { url: link }) },
    `${email} (${code.userId}) can sign in once until ${code.expiresAt}. Shown only once:\n\n  ${link ?? code.code}\n`,
  );
}

/**
 * Revokes an API key at once, on every replica.
 * @param idOrKey `key_...`, the key itself, or `-` to read either from standard input
 */
export async function revokeKey(output: Output, idOrKey: string): Promise<void> {
  const given = idOrKey === "-" ? (await text(process.stdin)).trim() : idOrKey;
  const key = await withDatabase(async (open) => {
    const id = isApiKey(given) ? await findKey(open.db, given) : given;
    return revoke(operatorContext(open), { id });
  });
  output.result(key, `${key.name} (${key.id}) was revoked at ${key.revokedAt}.`);
}

/** Revokes every API key of a user at once, on every replica. */
export async function revokeAllKeys(output: Output, options: { user: string }): Promise<void> {
  const { revoked } = await withDatabase(async (open) => {
    const userId = await findUser(open.db, options.user);
    return revokeAll(operatorContext(open), userId, {});
  });
  output.result({ revoked }, `${revoked} ${revoked === 1 ? "key was" : "keys were"} revoked.`);
}

const keyByHash = statement(
  null,
  sql`select ${columns({ id: apiKeys.id })} from ${apiKeys} where ${apiKeys.hash} = ${p("hash", "bytea")}`,
);

async function findKey(db: Database, key: string): Promise<string> {
  const [found] = await db.query(keyByHash, { hash: sha256(key) });
  // Not the key itself: the output may be kept.
  if (!found) throw new CommandFailed("There is no such API key in this database.");
  return toPublicId("apiKey", found.id);
}

const userExists = statement(
  null,
  sql`select ${columns({ id: users.id })} from ${users} where ${users.id} = ${p("id", "uuid")}`,
);

export async function findUser(db: Database, idOrEmail: string): Promise<string> {
  const uuid = toUuid("user", idOrEmail);
  if (uuid !== null) {
    const [found] = await db.query(userExists, { id: uuid });
    if (found) return idOrEmail;
  } else {
    const page = await listUsers(db, { email: normalizeEmail(idOrEmail) }, OPERATOR);
    const [user] = page.items;
    if (user) return user.id;
  }
  throw new CommandFailed(`There is no user ${idOrEmail}.`);
}

function parsed<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const faults = toFieldErrors(result.error.issues);
  throw new CommandFailed(
    faults.map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`).join("\n"),
  );
}
