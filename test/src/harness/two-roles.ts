import { randomUUID } from "node:crypto";
import { onServer } from "./local-postgres.ts";
import { databaseUrl } from "./postgres.ts";
import { workerPostgres } from "./worker-postgres.ts";

/** An empty database, as docs/operations/database.md has it made: one role owns it, another one is to serve from it. */
export interface TwoRoles {
  ownerUrl: string;
  serverUrl: string;
  /** The serving role. */
  role: string;
  /** Of a superuser. */
  adminUrl: string;
  drop(): Promise<void>;
}

export async function twoRoles(): Promise<TwoRoles> {
  const { postgresUrl } = workerPostgres();
  const name = `roles_${randomUUID().slice(0, 8)}`;
  const [owner, server] = [`${name}_owner`, `${name}_server`];
  await onServer(postgresUrl, async (client) => {
    for (const role of [owner, server]) {
      await client.query(`create role ${role} login password '${name}'`);
    }
    await client.query(`create database ${name} owner ${owner}`);
  });
  const adminUrl = databaseUrl(postgresUrl, name);
  const as = (role: string) => {
    const url = new URL(adminUrl);
    [url.username, url.password] = [role, name];
    return url.href;
  };
  return {
    ownerUrl: as(owner),
    serverUrl: as(server),
    role: server,
    adminUrl,
    drop: () =>
      onServer(postgresUrl, async (client) => {
        await client.query(`drop database ${name} with (force)`);
        for (const role of [owner, server]) await client.query(`drop role ${role}`);
      }),
  };
}
