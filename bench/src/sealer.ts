/**
 * Measures the cost of sealing for writers: the same load, alternately with the sealer running and with another session
 * holding its lock.
 *
 *   npm run bench:sealer
 *   SECONDS=10 ROUNDS=6 npm run bench:sealer
 */
import { compareInTurns } from "./compare-in-turns.ts";

/** `SEALER_LOCK` of the server. */
const SEALER_LOCK = 7_251_965;

await compareInTurns({
  with: {
    name: "while sealing",
    begin: ({ client }) => client.query("select pg_advisory_unlock_all()"),
  },
  without: {
    name: "with the sealer idle",
    begin: ({ client }) => client.query("select pg_advisory_lock($1)", [SEALER_LOCK]),
  },
});
