/** What the server accepts, for forms and checks of your own: texts with their limits, and the values of each enumeration. */
export {
  AUDIT_ACTIONS,
  CODE_PURPOSES,
  DELIVERY_STATUSES,
  DISABLED_BECAUSE,
  EVENT_TYPES,
  PRIORITIES,
  REQUEST_ACTIONS,
  REQUEST_INCLUDES,
  REQUEST_SORTS,
  ROLES,
  SCOPES,
  SESSION_SOURCES,
  STATS_INTERVALS,
  STATUSES,
  SUBJECT_TYPES,
  TRANSITIONS,
  USER_KINDS,
  VISIBILITIES,
} from "@serviceflow/domain";
export type { StandardResult, StandardTextSchema } from "./standard-schema.ts";
export type { TextProblem, TextSchema } from "./text-schema.ts";
export { texts } from "./texts.ts";
