import type { Caller } from "./caller.ts";
import type { Tally } from "./tally.ts";

/** Callers that call again as soon as they are answered. */
export async function closedLoop(
  caller: Caller,
  tally: Tally,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  let next = 0;
  const loop = async (connection: number) => {
    for (let since = performance.now(); since < end; since = performance.now()) {
      const answer = await caller.send(connection, next++);
      if (answer === null) return;
      tally.add(answer, since);
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, connection) => loop(connection)));
}
