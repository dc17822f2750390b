import { setFlagsFromString } from "node:v8";
import { PGlite } from "@electric-sql/pglite";

/** The memory is the process's own: of PostgreSQL's defaults, the buffers alone take 128 MB. */
const SETTINGS = {
  shared_buffers: "16MB",
  wal_buffers: "1MB",
  temp_buffers: "1MB",
  work_mem: "4MB",
  maintenance_work_mem: "16MB",
  max_connections: "5",
  // Of the files that are kept for reuse.
  min_wal_size: "32MB",
  max_wal_size: "64MB",
};

/** Parameters of PostgreSQL's `initdb`. */
export const INIT_SETTINGS: string[] = Object.entries(SETTINGS).flatMap(([name, value]) => [
  "-c",
  `${name}=${value}`,
]);

/** Parameters of a start; they hold for older data directories too. */
export const START_PARAMS: string[] = [...PGlite.defaultStartParams, ...INIT_SETTINGS];

/**
 * Keeps V8 from optimizing WebAssembly. Optimizing the interpreter of PostgreSQL's expressions takes 600 MB for a moment,
 * and its result, with that of others, 50 MB for good.
 */
export function compileSparingly(): void {
  for (const flag of ["--no-wasm-tier-up", "--no-wasm-dynamic-tiering"]) setFlagsFromString(flag);
}
