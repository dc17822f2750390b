import { REQUEST_INCLUDES, type RequestInclude, type selectedFields } from "@serviceflow/domain";
import { requests } from "../../db/schema.ts";
import { type Sql, sql } from "../../db/sql.ts";
import { FOLLOW_UPS, FOLLOWED, JOIN_FOLLOWED } from "../follow-ups.ts";

const INCLUDED = {
  description: { description: requests.description },
  followsUp: FOLLOWED,
  followUps: FOLLOW_UPS,
} as const satisfies Record<RequestInclude, object>;

/** What a list reads of a request only if it is asked for. */
export type Included = typeof INCLUDED.description &
  typeof INCLUDED.followsUp &
  typeof INCLUDED.followUps;

/** What a selection of fields takes of it. */
export function includesOf(fields: ReturnType<typeof selectedFields>): RequestInclude[] {
  return REQUEST_INCLUDES.filter((each) => fields.has(each));
}

export function includedColumns(includes: readonly RequestInclude[]): Partial<Included> {
  return Object.assign({}, ...includes.map((each) => INCLUDED[each]));
}

/** What they need besides the people. */
export function includedJoins(includes: readonly RequestInclude[]): Sql {
  return includes.includes("followsUp") ? JOIN_FOLLOWED : sql``;
}
