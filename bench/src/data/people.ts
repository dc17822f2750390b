import { randomBytes } from "node:crypto";
import { toPublicId } from "@serviceflow/domain";

/** Somebody who files or works on requests. */
export interface BenchUser {
  uuid: string;
  /** Public id. */
  id: string;
  name: string;
  role: "EMPLOYEE" | "AGENT";
}

export const EMPLOYEES = 1_000;
export const AGENTS = 50;

/** The same number of people for any number of requests. */
export function people(): { employees: BenchUser[]; agents: BenchUser[] } {
  return {
    employees: Array.from({ length: EMPLOYEES }, (_, i) => person("EMPLOYEE", i + 1)),
    agents: Array.from({ length: AGENTS }, (_, i) => person("AGENT", i + 1)),
  };
}

function person(role: BenchUser["role"], n: number): BenchUser {
  const hex = randomBytes(16).toString("hex");
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  const name = role === "AGENT" ? `Agent Number ${n}` : `Employee Number ${n}`;
  return { uuid, id: toPublicId("user", uuid), name, role };
}
