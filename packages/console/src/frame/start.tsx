import { Navigate } from "@tanstack/react-router";
import { isStaff, useMe } from "../app/session.tsx";

/** The first page of each role. */
export function Start() {
  return <Navigate to={isStaff(useMe()) ? "/inbox" : "/home"} replace />;
}
