import { expect, it } from "vitest";
import type { Role } from "../rules/roles.ts";
import { type PresenceState, seesPresence } from "./presence.ts";

const ALL = ["VIEWING", "WRITING", "WRITING_INTERNALLY"] as const;
const PUBLIC = ["WRITING"] as const;

it.each<[present: Role, reader: Role, told: readonly PresenceState[]]>([
  ["ADMIN", "ADMIN", ALL],
  ["ADMIN", "AGENT", ALL],
  ["ADMIN", "EMPLOYEE", PUBLIC],
  ["AGENT", "ADMIN", ALL],
  ["AGENT", "AGENT", ALL],
  ["AGENT", "EMPLOYEE", PUBLIC],
  ["EMPLOYEE", "ADMIN", PUBLIC],
  ["EMPLOYEE", "AGENT", PUBLIC],
  ["EMPLOYEE", "EMPLOYEE", PUBLIC],
  ["AGENT", "AUDITOR" as Role, PUBLIC],
  ["AUDITOR" as Role, "AGENT", PUBLIC],
])("what %s does on a request is visible to %s if it is one of %s", (present, reader, told) => {
  expect(ALL.filter((state) => seesPresence(state, { role: present }, { role: reader }))).toEqual(
    told,
  );
});
