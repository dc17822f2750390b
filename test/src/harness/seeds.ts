import fc from "fast-check";
import { LONG } from "./long-run.ts";

/**
 * Seeds every property with the same number, so that a run of `npm test` says something about the code and not about its
 * luck. The long run, and a run with `SEED=random`, look for inputs that nobody has tried.
 */
const isRandom = LONG || process.env.SEED === "random";
export const SEED = isRandom ? Date.now() % 2 ** 31 : 20_261_127;

fc.configureGlobal({ seed: SEED });
