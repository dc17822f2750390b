import { as } from "../rules/callers.fixture.ts";
import type { Caller, Role } from "../rules/roles.ts";
import { createRequest } from "./create-request.ts";
import type { Candidate } from "./references.ts";
import type { RequestState } from "./request.ts";

export const FILED = "2026-03-02T08:00:00.000Z";
export const NOW = "2026-03-02T09:30:00.000Z";

export function user(id: string, role: Role, active = true): Candidate & Caller {
  return { ...as(role), id: `usr_${id}`, fullName: id.toUpperCase(), active };
}
export function ref({ id, fullName }: Candidate) {
  return { id, fullName };
}
/** The assignee of a request that they left behind. */
export function left(user: Candidate): RequestState["assignee"] {
  return { ...ref(user), unavailable: true };
}
export const admin = user("ada", "ADMIN");
export const agent = user("alan", "AGENT");
export const other = user("ola", "AGENT");
export const employee = user("eve", "EMPLOYEE");

/** A request of the employee's, in its fourth version. */
export function request(changes: Partial<RequestState> = {}): RequestState {
  const { next } = createRequest(
    { title: "Printer jammed", category: "it" },
    {
      caller: employee,
      requester: employee,
      followed: null,
      categoryActive: true,
      defaultCategory: "general",
      id: "SF-7",
      now: FILED,
    },
  );
  return { ...next, version: 4, ...changes };
}
