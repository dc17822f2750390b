import { type Caller, conditionOf } from "@serviceflow/domain";
import { type SQL, sql } from "drizzle-orm";

/** The conditions under which a role may see a request, where it does not see all of them. */
export type ViewCondition = Exclude<ReturnType<typeof conditionOf<"request.view">>, "always">;

const caller = sql`${sql.placeholder("caller")}::uuid`;

/**
 * The domain's conditions as SQL over `requests r`, held equal to them by a test. Of the alternatives at most one holds
 * for a row, so that a list can read an index range for each.
 */
export const VISIBLE = {
  participant: [
    sql`r.requester_id = ${caller}`,
    sql`(r.assignee_id = ${caller} and r.requester_id <> ${caller})`,
  ],
  never: [sql`false`],
} satisfies Record<ViewCondition, readonly [SQL, ...SQL[]]>;

/** What limits the requests that the caller may see; null when they see every one. */
export function viewLimit({ role }: Pick<Caller, "role">): ViewCondition | null {
  const condition = conditionOf("request.view", role);
  return condition === "always" ? null : condition;
}
