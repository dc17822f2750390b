import type { Caller, Role } from "./roles.ts";

export function as(role: Role): Caller {
  return { id: "usr_me", fullName: "Me", role, kind: "HUMAN", scopes: [], keyEndsAt: null };
}
