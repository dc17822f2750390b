import type { User } from "@serviceflow/sdk";

/** Whose keys are shown. */
export type KeyOwner = Pick<User, "id" | "fullName" | "erasedAt">;
