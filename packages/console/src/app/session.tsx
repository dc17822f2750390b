import type { CurrentUser } from "@serviceflow/sdk";
import { createContext, type ReactNode, useContext } from "react";

const Context = createContext<CurrentUser | null>(null);

/** Everything below belongs to the person who is signed in. */
export function SessionProvider({ me, children }: { me: CurrentUser; children: ReactNode }) {
  return <Context value={me}>{children}</Context>;
}

/** The person who is signed in. */
export function useMe(): CurrentUser {
  const me = useContext(Context);
  if (me === null) throw new Error("useMe needs a SessionProvider around it.");
  return me;
}

/** Whether the person works on others' requests. */
export function isStaff(me: Pick<CurrentUser, "role">): boolean {
  return me.role !== "EMPLOYEE";
}
