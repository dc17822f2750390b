/** Fails when the contract breaks what was written against the last release, and no changeset announces that. */
import { join } from "node:path";
import { checkContract } from "./contract/check.ts";

const { isBroken, text } = checkContract(join(import.meta.dirname, ".."));
console[isBroken ? "error" : "log"](text);
process.exitCode = isBroken ? 1 : 0;
