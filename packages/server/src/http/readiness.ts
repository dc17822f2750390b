/** Where a server is between its start and its end. */
export type Phase = "starting" | "ready" | "stopping";

/** A failover takes up to a minute, and while the database is away, it is away from all servers. */
export const READY_GRACE_MS = 60_000;
