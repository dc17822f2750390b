import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { Role } from "@serviceflow/sdk";
import type { View } from "../app/views.ts";

export interface NavigationEntry {
  to: string;
  label: MessageDescriptor;
  roles: readonly Role[];
  admin: boolean;
  /** After `g`. */
  key?: string;
  count?: View;
}

/** Where the tabs of a phone lead; a last one leads to the rest. */
export const TABS = ["/inbox", "/board", "/new"] as const;

const STAFF: readonly Role[] = ["ADMIN", "AGENT"];
const ADMIN: readonly Role[] = ["ADMIN"];

export const NAVIGATION: readonly NavigationEntry[] = [
  { to: "/inbox", label: msg`Inbox`, roles: STAFF, admin: false, key: "Q", count: "unassigned" },
  { to: "/board", label: msg`Board`, roles: STAFF, admin: false, key: "B" },
  { to: "/home", label: msg`My requests`, roles: STAFF, admin: false, key: "M" },
  { to: "/dashboard", label: msg`Dashboard`, roles: ADMIN, admin: true, key: "D" },
  { to: "/people", label: msg`People`, roles: ADMIN, admin: true, key: "P" },
  { to: "/keys", label: msg`Keys`, roles: ADMIN, admin: true, key: "K" },
  { to: "/categories", label: msg`Categories`, roles: ADMIN, admin: true },
  { to: "/webhooks", label: msg`Webhooks`, roles: ADMIN, admin: true, key: "W" },
  { to: "/audit", label: msg`Audit log`, roles: ADMIN, admin: true, key: "A" },
];
