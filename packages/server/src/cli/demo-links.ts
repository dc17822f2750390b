import type { Role } from "@serviceflow/domain";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { issue } from "../people/codes/commands.ts";
import { listUsers } from "../people/users/store.ts";
import type { DemoKeys } from "../seed/seed.ts";
import { OPERATOR, operatorContext } from "./operator.ts";

/** For each person of the demo, a link that signs them in to the console once. */
export type DemoLinks = Partial<Record<Role, string>>;

/** @param page the address of the console */
export async function demoLinks(
  { db, config }: { db: Database; config: Config },
  keys: DemoKeys,
  page: string,
): Promise<DemoLinks> {
  const links: DemoLinks = {};
  for (const role of Object.keys(keys) as Role[]) {
    const { items } = await listUsers(db, { email: `${role.toLowerCase()}@example.com` }, OPERATOR);
    const [user] = items;
    if (user === undefined) continue;
    const { code } = await issue(operatorContext({ db, config }), user.id, {
      purpose: "SESSION",
      name: "Demo",
    });
    links[role] = `${page}#code=${code}`;
  }
  return links;
}
