import { lazy } from "react";
import { loadPart } from "../app/load-part.ts";

/** What a command asks first, loaded when it is asked. */
export const AssignDialog = lazy(async () => ({
  default: (await loadPart(() => import("./assign-dialog.tsx"))).AssignDialog,
}));
export const CancelDialog = lazy(async () => ({
  default: (await loadPart(() => import("./cancel-dialog.tsx"))).CancelDialog,
}));
