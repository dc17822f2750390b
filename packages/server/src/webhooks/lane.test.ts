import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lane, type Queued, type SendResult } from "./lane.ts";

const MAX_IN_FLIGHT = 3;

interface Attempt extends Queued {
  result: SendResult;
}

/** A queue in memory and an endpoint that answers on command. */
class Endpoint {
  readonly pending: Attempt[];
  readonly sent: string[] = [];
  readonly open = new Map<Attempt, () => void>();
  readonly limits: number[] = [];
  failingSince: string | null = null;
  leaseMs = 60_000;
  isClosed = false;
  mostAtOnce = 0;
  /** Runs after a load has read the queue, before it returns. */
  whileLoading: () => Promise<void> | void = () => {};

  constructor(...pending: readonly [subject: string, result?: SendResult][]) {
    this.pending = pending.map(([subject, result = "accepted"], index) => ({
      seq: String(index),
      subject,
      result,
    }));
  }

  run(maxInFlight = MAX_IN_FLIGHT): Promise<void> {
    return new Lane<Attempt>({
      maxInFlight,
      load: async (limit) => {
        this.limits.push(limit);
        const deliveries = this.pending.slice(0, limit);
        const { leaseMs, failingSince } = this;
        await this.whileLoading();
        return { deliveries, leaseMs, failingSince };
      },
      send: (delivery) => this.#send(delivery),
      isClosed: () => this.isClosed,
    }).run();
  }

  async #send(delivery: Attempt): Promise<SendResult> {
    this.sent.push(delivery.seq);
    const answered = new Promise<void>((resolve) => this.open.set(delivery, resolve));
    this.mostAtOnce = Math.max(this.mostAtOnce, this.open.size);
    await answered;
    this.open.delete(delivery);
    this.pending.splice(this.pending.indexOf(delivery), 1);
    if (delivery.result === "accepted") this.failingSince = null;
    return delivery.result;
  }

  /** Answers the open message with that number. */
  async answer(seq: string): Promise<void> {
    for (const [delivery, resolve] of this.open) if (delivery.seq === seq) resolve();
    await turn();
  }

  /** Answers what is open, one after another as `choose` says, until the lane has ended. */
  async answerAll(running: Promise<void>, choose: (count: number) => number = () => 0) {
    let isOver = false;
    const ended = running.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      const open = [...this.open.values()];
      open[choose(open.length)]?.();
      await turn();
    }
    await ended;
  }
}

describe("a lane", () => {
  it("sends all once, those of a subject in order and one at a time, and no more at once than it may", async () => {
    const results = fc.constantFrom<SendResult>("accepted", "skipped", "stale");
    const queues = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 9 }).map((n) => `SF-${n}`),
        results,
      ),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(
        queues,
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.nat()),
        async (queue, maxInFlight, choices) => {
          const endpoint = new Endpoint(...queue);
          const all = [...endpoint.pending];
          const open = new Set<string>();
          endpoint.whileLoading = () => turn();
          const running = endpoint.run(maxInFlight);
          await endpoint.answerAll(running, (count) => {
            const subjects = [...endpoint.open.keys()].map(({ subject }) => subject);
            expect(new Set(subjects).size).toBe(subjects.length);
            for (const subject of subjects) open.add(subject);
            return count === 0 ? 0 : (choices.next().value as number) % count;
          });
          const ofSubject = (subject: string) => all.filter((each) => each.subject === subject);
          for (const subject of open) {
            const expected = ofSubject(subject).map(({ seq }) => seq);
            expect(endpoint.sent.filter((seq) => expected.includes(seq))).toEqual(expected);
          }
          expect(endpoint.sent).toHaveLength(all.length);
          expect(endpoint.mostAtOnce).toBeLessThanOrEqual(maxInFlight);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("begins in the order of the feed, and fills what becomes free", async () => {
    const endpoint = new Endpoint(["a"], ["a"], ["b"], ["c"], ["d"]);
    const running = endpoint.run();
    await turn();
    expect(endpoint.sent).toEqual(["0", "2", "3"]);
    await endpoint.answer("2");
    expect(endpoint.sent).toEqual(["0", "2", "3", "4"]);
    await endpoint.answer("0");
    expect(endpoint.sent).toEqual(["0", "2", "3", "4", "1"]);
    await endpoint.answerAll(running);
  });

  it("sends what a busy subject hides, and looks through no more than a limit for it", async () => {
    const busy = (count: number) => Array.from({ length: count }, (): [string] => ["busy"]);
    const endpoint = new Endpoint(...busy(100), ["other"], ...busy(2_000), ["hidden"]);
    const running = endpoint.run();
    while (!endpoint.sent.includes("100")) await turn();
    expect(endpoint.sent).toEqual(["0", "100"]);
    await endpoint.answer("100");
    for (let again = 0; again < 20; again += 1) await turn();
    expect(endpoint.sent).toEqual(["0", "100"]);
    expect(Math.max(...endpoint.limits)).toBeLessThan(510);
    expect(endpoint.limits.length).toBeLessThan(10);
    endpoint.isClosed = true;
    await endpoint.answerAll(running);
  });

  it("with one at a time, keeps the order of the feed", async () => {
    const endpoint = new Endpoint(["a"], ["b"], ["a", "stale"], ["c"], ["b"]);
    await endpoint.answerAll(endpoint.run(1));
    expect(endpoint.sent).toEqual(["0", "1", "2", "3", "4"]);
    expect(endpoint.mostAtOnce).toBe(1);
  });

  it("sends one at a time to an endpoint that fails, until it accepts one", async () => {
    const endpoint = new Endpoint(["a", "skipped"], ["b"], ["c"], ["d"], ["e"]);
    endpoint.failingSince = "2026-03-02T09:00:00Z";
    const running = endpoint.run();
    await turn();
    expect(endpoint.sent).toEqual(["0"]);
    await endpoint.answer("0");
    expect(endpoint.sent).toEqual(["0", "1"]);
    await endpoint.answer("1");
    expect(endpoint.sent).toEqual(["0", "1", "2", "3", "4"]);
    await endpoint.answerAll(running);
  });

  it("sends nothing twice that is answered while it loads", async () => {
    const endpoint = new Endpoint(["a"], ["b", "stale"]);
    const running = endpoint.run();
    await turn();
    endpoint.whileLoading = () => endpoint.answer("0");
    await endpoint.answer("1");
    await endpoint.answerAll(running);
    expect(endpoint.sent).toEqual(["0", "1"]);
  });

  it("loads what comes while it sends", async () => {
    const endpoint = new Endpoint(["a"]);
    const running = endpoint.run();
    await turn();
    endpoint.pending.push({ seq: "later", subject: "b", result: "accepted" });
    while (!endpoint.sent.includes("later")) await turn();
    expect([...endpoint.open.keys()].map(({ seq }) => seq)).toEqual(["0", "later"]);
    await endpoint.answerAll(running);
  });

  it("sends nothing once its lease is over, and nothing more once it is closed", async () => {
    const late = new Endpoint(["a"]);
    late.leaseMs = 0;
    await late.run();
    expect(late.sent).toEqual([]);

    const closed = new Endpoint(["a"], ["b"]);
    const running = closed.run(1);
    await turn();
    closed.isClosed = true;
    await closed.answerAll(running);
    expect(closed.sent).toEqual(["0"]);
  });

  it("passes a failure on after the messages in flight have ended", async () => {
    const endpoint = new Endpoint(["a", "stale"], ["b"]);
    const running = endpoint.run(2);
    const seen: unknown[] = [];
    const ended = running.catch((error: unknown) => seen.push(error));
    await turn();
    const failure = new Error("The database is away.");
    endpoint.whileLoading = () => {
      throw failure;
    };
    await endpoint.answer("0");
    await turn();
    expect(seen).toEqual([]);
    await endpoint.answer("1");
    await ended;
    expect(seen).toEqual([failure]);
  });
});
