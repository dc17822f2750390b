import { expect, it } from "vitest";
import type { Answer } from "./caller.ts";
import { closedLoop } from "./closed.ts";
import { percentiles } from "./latencies.ts";
import { OPEN_CONNECTIONS, openLoop } from "./open.ts";
import { Tally } from "./tally.ts";

const ANSWER: Answer = { status: 200, bytes: 10 };
const close = async () => {};

it("counts the latency of a call at a fixed rate from when it was due", async () => {
  const tally = new Tally(200);
  const stalled = Promise.withResolvers<Answer>();
  const sent: number[] = [];
  const total = OPEN_CONNECTIONS + 40;
  const caller = {
    close,
    send(_connection: number, call: number) {
      sent.push(call);
      if (sent.length === OPEN_CONNECTIONS) setTimeout(() => stalled.resolve(ANSWER), 150);
      return stalled.promise;
    },
  };
  await openLoop(caller, tally, { rate: 1_000, seconds: total / 1_000 });
  const load = tally.total();
  expect(sent).toEqual(Array.from({ length: total }, (_, call) => call));
  expect(load.calls).toBe(total);
  // The last calls were sent after the stall, and answered at once.
  const waited = 150 - 40;
  expect(load.max).toBeGreaterThanOrEqual(150);
  expect(percentiles([load.p50]).max).toBeGreaterThanOrEqual(waited);
});

it("ends when there is nothing left to call", async () => {
  const run = async (loop: typeof openLoop | typeof closedLoop, left: number) => {
    const tally = new Tally(200);
    const send = (_: number, call: number) => (call < left ? Promise.resolve(ANSWER) : null);
    const shape = { rate: 100_000, connections: 4, seconds: 600 };
    await loop({ send, close }, tally, shape);
    return tally.total();
  };
  expect(await run(closedLoop, 7)).toMatchObject({ calls: 7, bytes: 10, unexpected: {} });
  expect(await run(openLoop, 9)).toMatchObject({ calls: 9, bytes: 10, unexpected: {} });
});

it("tells calls that ended otherwise than expected", async () => {
  const tally = new Tally(201);
  const answers: Answer[] = [
    { status: 201, bytes: 1 },
    { status: 503, bytes: 1 },
    { status: "overloaded", bytes: null },
    { status: 503, bytes: 1 },
  ];
  const send = (_: number, call: number) => {
    const answer = answers[call];
    return answer ? Promise.resolve(answer) : null;
  };
  await closedLoop({ send, close }, tally, { connections: 1, seconds: 600 });
  expect(tally.total()).toMatchObject({ calls: 4, unexpected: { 503: 2, overloaded: 1 } });
});

it.each([
  [[], { p50: 0, p90: 0, p99: 0, max: 0 }],
  [[3], { p50: 3, p90: 3, p99: 3, max: 3 }],
  [[4, 1, 3, 2], { p50: 2, p90: 4, p99: 4, max: 4 }],
  [
    Array.from({ length: 1_000 }, (_, i) => 1_000 - i),
    { p50: 500, p90: 900, p99: 990, max: 1_000 },
  ],
])("percentiles of %j", (latencies, expected) => {
  expect(percentiles(latencies)).toEqual(expected);
});
