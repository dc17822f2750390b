import { tmpdir } from "node:os";
import { join } from "node:path";

/** Arguments of a process that loads the server: it starts in half the time. */
export const QUICK_DRIZZLE = ["--import", new URL("./quick-drizzle.ts", import.meta.url).href];

/** Arguments with which Node runs a source file of this repository. */
export const FROM_SOURCE = ["--conditions=@serviceflow/source", ...QUICK_DRIZZLE];

/** A part of the environment: without it, each process compiles the same files again. */
export const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(tmpdir(), "serviceflow-compile-cache") };
