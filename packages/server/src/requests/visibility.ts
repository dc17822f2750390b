import { type Caller, conditionOf, seesInternalComments, toUuid } from "@serviceflow/domain";
import { requests } from "../db/schema.ts";
import { p, type Sql, sql } from "../db/sql.ts";

/** The conditions under which a role may see a request, where it does not see all of them. */
export type ViewCondition = Exclude<ReturnType<typeof conditionOf<"request.view">>, "always">;

const caller = p("caller", "uuid?");
/** The same for a service account; null for a person. */
const filer = p("filer", "uuid?");

/**
 * The domain's conditions as SQL over `requests`, held equal to them by a test. Of the alternatives at most one holds
 * for a row, so that a list can read an index range for each.
 */
export const VISIBLE = {
  participant: [
    sql`${requests.requesterId} = ${caller}`,
    sql`(${requests.submitterId} = ${filer} and ${requests.requesterId} <> ${requests.submitterId})`,
  ],
  never: [sql`false`],
} satisfies Record<ViewCondition, readonly [Sql, ...Sql[]]>;

/** The values of `VISIBLE`. */
export function viewValues({ id, kind }: Pick<Caller, "id" | "kind">) {
  const uuid = toUuid("user", id);
  return { caller: uuid, filer: kind === "BOT" ? uuid : null };
}

/** What limits the requests that the caller may see; null when they see every one. */
export function viewLimit({ role }: Pick<Caller, "role">): ViewCondition | null {
  const condition = conditionOf("request.view", role);
  return condition === "always" ? null : condition;
}

/** Which activity the caller sees: internal comments are none for those who do not see them. */
export function activityOf(caller: Pick<Caller, "role">): "all" | "public" {
  return seesInternalComments(caller) ? "all" : "public";
}
