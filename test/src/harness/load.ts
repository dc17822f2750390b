import { randomUUID } from "node:crypto";
import type { RetryingClient } from "./retrying-client.ts";
import type { Answer, Person } from "./test-app.ts";

/** A write that the server has confirmed. */
export interface Acknowledged {
  idempotencyKey: string;
  id: string;
  version: number;
  status: string;
  title: string;
}

export interface People {
  admin: Person;
  agents: readonly [Person, Person];
}

/** The mark by which the requests of a load are found again. */
export const LOAD_TITLE = "Load";

/** How many workers edit the same request. */
const CONTENDERS = 4;

/** Workers that create, claim, work and read requests until they are stopped, and record the answers. */
export class Load {
  readonly acknowledged: Acknowledged[] = [];
  /** What a caller must not see. */
  readonly faults: string[] = [];
  readonly #client: RetryingClient;
  readonly #people: People;
  readonly #waiters: { count: number; resolve(): void }[] = [];
  #workers: Promise<void>[] = [];
  #stopped = false;

  constructor(client: RetryingClient, people: People) {
    this.#client = client;
    this.#people = people;
  }

  async start(workers: number): Promise<void> {
    const shared: string[] = [];
    while (shared.length * CONTENDERS < workers)
      shared.push((await this.#create("shared")).body.id);
    this.#workers = Array.from({ length: workers }, (_, worker) =>
      this.#work(worker, shared[worker % shared.length] as string),
    );
  }

  /** Waits until that many further writes have been confirmed. */
  confirms(more: number): Promise<void> {
    const count = this.acknowledged.length + more;
    return new Promise((resolve) => this.#waiters.push({ count, resolve }));
  }

  /** Lets each worker finish what it is at. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  /** Gives up what is under way: what was not confirmed may or may not be there. */
  async abandon(): Promise<void> {
    const stopped = this.stop();
    this.#client.giveUp();
    await stopped;
  }

  async #work(worker: number, shared: string): Promise<void> {
    try {
      for (let turn = 0; !this.#stopped; turn += 1) await this.#life(`${worker}-${turn}`, shared);
    } catch (error) {
      if (!this.#stopped) this.faults.push(String(error));
    }
  }

  /** A request from filing to done, with two agents who want it and an edit that all workers contend for. */
  async #life(name: string, shared: string): Promise<void> {
    const { admin, agents } = this.#people;
    const created = await this.#create(name);
    const path = `/requests/${created.body.id}`;
    const claims = await Promise.all(
      agents.map((as) => this.#write("POST", `${path}/claim`, { as }, [200, 409])),
    );
    const [winner] = agents.filter((_, index) => claims[index]?.status === 200);
    if (!winner || claims.filter(({ status }) => status === 200).length !== 1) {
      this.faults.push(`${path} was claimed by ${winner ? "both" : "neither"}`);
      return;
    }
    await this.#read(path, winner, 2);
    const start = { as: winner, body: { status: "IN_PROGRESS" } };
    await this.#write("PATCH", `${path}/status`, start);
    const edit = { as: admin, body: { title: `${LOAD_TITLE} shared ${name}` } };
    await this.#write("PATCH", `/requests/${shared}`, edit);
    await this.#read("/requests?limit=5", winner);
    await this.#write("PATCH", `${path}/status`, { as: winner, body: { status: "DONE" } });
    await this.#read(`${path}/history`, winner);
    await this.#read(path, winner, 4);
  }

  /** Sends it twice at once, as an impatient client would: there must be one request, and one answer. */
  async #create(name: string): Promise<Answer> {
    const options = {
      as: this.#people.admin,
      body: { title: `${LOAD_TITLE} ${name}` },
      headers: { "idempotency-key": randomUUID() },
    };
    const [first, second] = await Promise.all([
      this.#write("POST", "/requests", options, [201]),
      this.#client.call("POST", "/requests", options),
    ]);
    if (first.body.id !== second.body.id) {
      this.faults.push(`One key made ${first.body.id} and ${second.body.id} (${second.status})`);
    }
    return first;
  }

  async #write(
    method: string,
    path: string,
    options: { as: Person; body?: unknown; headers?: Record<string, string> },
    expected: readonly number[] = [200],
  ): Promise<Answer> {
    const headers = { "idempotency-key": randomUUID(), ...options.headers };
    const answer = await this.#client.call(method, path, { ...options, headers });
    this.#expect(answer, expected, `${method} ${path}`);
    if (answer.status < 300) {
      const { id, version, status, title } = answer.body;
      this.#acknowledge({ idempotencyKey: headers["idempotency-key"], id, version, status, title });
    }
    return answer;
  }

  async #read(path: string, as: Person, leastVersion = 0): Promise<void> {
    const answer = await this.#client.call("GET", path, { as });
    this.#expect(answer, [200], `GET ${path}`);
    if (answer.body.version < leastVersion) this.faults.push(`${path} was read as it no longer is`);
  }

  #expect(answer: Answer, expected: readonly number[], what: string): void {
    if (expected.includes(answer.status)) return;
    throw new Error(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  #acknowledge(write: Acknowledged): void {
    this.acknowledged.push(write);
    for (const waiter of this.#waiters) {
      if (this.acknowledged.length >= waiter.count) waiter.resolve();
    }
  }
}
