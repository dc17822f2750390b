import { ROLES, worksRequests } from "@serviceflow/domain";
import type { AnyColumn } from "drizzle-orm";
import { list, literal, sql } from "../db/sql.ts";

const WORKERS = list(ROLES.filter(worksRequests).map(literal));

/** The domain's `worksRequests`. */
export const worksRequestsNow = ({ role }: { role: AnyColumn }) => sql`${role} in (${WORKERS})`;

/** The domain's `canWork`. */
export const canWorkNow = (user: { active: AnyColumn; role: AnyColumn }) =>
  sql`(${user.active} and ${worksRequestsNow(user)})`;
