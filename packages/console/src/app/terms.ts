import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { Priority, RequestAction, Role, Status } from "@serviceflow/sdk";

/** The words of the domain. */
export const STATUS_WORDS: Record<Status, MessageDescriptor> = {
  NEW: msg`New`,
  IN_PROGRESS: msg`In progress`,
  DONE: msg`Done`,
  CANCELED: msg`Canceled`,
};

export const PRIORITY_WORDS: Record<Priority, MessageDescriptor> = {
  LOW: msg`Low`,
  NORMAL: msg`Normal`,
  HIGH: msg`High`,
  URGENT: msg`Urgent`,
};

export const ROLE_WORDS: Record<Role, MessageDescriptor> = {
  ADMIN: msg`Administrator`,
  AGENT: msg`Agent`,
  EMPLOYEE: msg`Employee`,
};

/** The commands on a request, in the order in which they always stand, with their keys. */
export const ACTIONS = [
  { action: "claim", label: msg`Claim`, key: "A" },
  { action: "start", label: msg`Start`, key: "S" },
  { action: "finish", label: msg`Finish`, key: "E" },
  { action: "assign", label: msg`Assign…`, key: "I" },
  { action: "release", label: msg`Release`, key: undefined },
  { action: "cancel", label: msg`Cancel…`, key: undefined },
] as const satisfies readonly {
  action: RequestAction;
  label: MessageDescriptor;
  key: string | undefined;
}[];

/** What starting is called where it includes claiming. */
export const CLAIM_AND_START = msg`Claim and start`;
