import type { Status } from "../rules/status.ts";
import type { RequestView, ServiceRequest, ServiceRequestIn } from "./request.ts";

/** A field of a request. */
export type RequestField = keyof RequestView;

/** What a list leaves out unless it is asked for. */
export const REQUEST_INCLUDES = [
  "description",
  "followsUp",
  "followUps",
] as const satisfies readonly RequestField[];
export type RequestInclude = (typeof REQUEST_INCLUDES)[number];

/** A request in a list: without its description and follow-ups. Its `status` narrows the other fields. */
export type ServiceRequestSummary<S extends Status = Status> = S extends Status
  ? Omit<ServiceRequestIn<S>, RequestInclude>
  : never;

/** What each request of a list consists of. */
export interface RequestSelection<
  Field extends RequestField = RequestField,
  Include extends RequestInclude = RequestInclude,
> {
  /** Only these fields, and the id. Default: all but those that `include` adds. */
  fields?: Field[] | undefined;
  /** The description, or what it follows up or is followed up by, as well. */
  include?: Include[] | undefined;
}

type Picked<Request, Field> = Request extends unknown
  ? { [Name in keyof Request as Name extends Field ? Name : never]: Request[Name] }
  : never;

type Without<Request, Field extends PropertyKey> = Request extends unknown
  ? Omit<Request, Field>
  : never;

/** A request in a list, with the fields that were asked for. */
export type SelectedRequest<Field extends RequestField, Include extends RequestInclude> = [
  Field,
] extends [never]
  ? [Include] extends [never]
    ? ServiceRequestSummary
    : Without<ServiceRequest, Exclude<RequestInclude, Include>>
  : Picked<ServiceRequest, "id" | Field | Include>;

const INCLUDES: readonly string[] = REQUEST_INCLUDES;

/** The fields that a selection asks for. */
export function selectedFields({ fields, include = [] }: RequestSelection): {
  has(field: RequestField): boolean;
  /** Whether these are the fields of a summary. */
  isDefault: boolean;
} {
  const asked = new Set<RequestField>(["id", ...(fields ?? []), ...include]);
  return {
    isDefault: fields === undefined && include.length === 0,
    has: (field) => asked.has(field) || (fields === undefined && !INCLUDES.includes(field)),
  };
}
