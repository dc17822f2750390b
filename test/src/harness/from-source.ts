import { tmpdir } from "node:os";
import { join } from "node:path";

/** The embedded database is not optimized while it runs: that takes longer than the tests of a file. */
export const NO_OPTIMIZING = ["--liftoff-only"];

/** Arguments of a process that loads the server, which starts it in half the time. */
export const QUICK_START = [
  "--import",
  new URL("./quick-drizzle.ts", import.meta.url).href,
  ...NO_OPTIMIZING,
];

/** Arguments with which Node runs a source file of this repository. */
export const FROM_SOURCE = ["--conditions=@serviceflow/source", ...QUICK_START];

/** A part of the environment: without it, each process compiles the same files again. */
export const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(tmpdir(), "serviceflow-compile-cache") };
