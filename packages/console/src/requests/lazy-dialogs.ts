import { lazy } from "react";

/** What a command asks first, loaded when it is asked. */
export const AssignDialog = lazy(async () => ({
  default: (await import("./assign-dialog.tsx")).AssignDialog,
}));
export const CancelDialog = lazy(async () => ({
  default: (await import("./cancel-dialog.tsx")).CancelDialog,
}));
