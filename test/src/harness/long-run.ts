/** Whether this is `npm run test:long`, with more rounds, and tests that take minutes. */
export const LONG = process.env.LONG === "1";

/** Why a test is skipped in any other run. */
export const ONLY_LONG = "runs under npm run test:long";
