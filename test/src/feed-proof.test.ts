import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { killProcesses } from "./harness/child-process.ts";
import { freshPostgres } from "./harness/databases.ts";
import { EventReader } from "./harness/event-reader.ts";
import { LONG } from "./harness/long-run.ts";
import { addPeople } from "./harness/people.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY, caller, type Person } from "./harness/test-app.ts";

const EVENTS = LONG ? 100_000 : 2_000;
const WRITERS = 16;
const READERS = 4;
const MAX_PAUSE_MS = 6;
const LIMIT_MS = LONG ? 1_800_000 : 600_000;

const WRITE = `
  insert into audit_logs (id, action, subject_type, subject_id, changes, internal, request_id, occurred_at)
  values ($1, 'category.updated', 'category', $2, '{}', false, 'proof', now())`;

const SERVERS = [
  { processes: 1, workers: 1 },
  { processes: 2, workers: 1 },
  ...(LONG ? [{ processes: 1, workers: 2 }] : []),
];

describe.each(SERVERS)(
  "the feed while $processes servers serve it, with $workers workers each",
  ({ processes, workers }) => {
    let database: Awaited<ReturnType<typeof freshPostgres>>;
    let servers: ServerProcess[];
    let admin: Person;

    beforeAll(async () => {
      database = await freshPostgres();
      const start = () =>
        ServerProcess.start({
          DATABASE_URL: database.url,
          ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
          LOG_LEVEL: "warn",
          WEB_CONCURRENCY: String(workers),
        });
      servers = await Promise.all(Array.from({ length: processes }, start));
      admin = (await addPeople(urlOf(0))).admin;
    });
    afterAll(async () => {
      await killProcesses();
      await database.drop();
    });

    const urlOf = (index: number) => (servers[index % processes] as ServerProcess).url;

    /**
     * Writes entries in transactions that stay open for a while between taking their numbers and committing, so that they
     * commit in an order of their own. Some roll back. Several entries can be of one transaction.
     * @returns what was committed
     */
    async function write(index: number): Promise<string[]> {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      const committed: string[] = [];
      const share = Math.floor(EVENTS / WRITERS);
      while (committed.length < share) {
        const ids: string[] = [];
        const several = Math.min(1 + randomInt(3), share - committed.length);
        await client.query("begin");
        for (let i = 0; i < several; i += 1) {
          const id = `w${index}-${committed.length + i}`;
          await client.query(WRITE, [randomUUID(), id]);
          ids.push(id);
          await pause(randomInt(MAX_PAUSE_MS));
        }
        const isKept = randomInt(10) > 0;
        await client.query(isKept ? "commit" : "rollback");
        if (isKept) committed.push(...ids);
      }
      await client.end();
      return committed;
    }

    /** Polls the feed in pages of random size until it has the expected number of events. */
    async function poll(index: number, after: string, expected: number): Promise<string[]> {
      const call = caller(fetch, `${urlOf(index)}/api/v1`);
      const found: string[] = [];
      let cursor = after;
      while (found.length < expected) {
        const { body } = await call("GET", `/events?after=${cursor}&limit=${1 + randomInt(100)}`, {
          as: admin,
        });
        found.push(...body.items.map(({ subject }: { subject: { id: string } }) => subject.id));
        cursor = body.nextCursor;
        if (!body.hasMore) await pause(randomInt(50));
      }
      return found;
    }

    /** All events after a cursor. */
    async function readToEnd(after: string): Promise<string[]> {
      const call = caller(fetch, `${urlOf(0)}/api/v1`);
      const found: string[] = [];
      let cursor = after;
      for (;;) {
        const { body } = await call("GET", `/events?after=${cursor}&limit=100`, { as: admin });
        found.push(...body.items.map(({ subject }: { subject: { id: string } }) => subject.id));
        if (!body.hasMore) return found;
        cursor = body.nextCursor;
      }
    }

    async function follow(index: number, after: string, expected: number): Promise<string[]> {
      const reader = await EventReader.open(urlOf(index), admin, `?after=${after}`);
      const found: string[] = [];
      while (found.length < expected) found.push((await reader.event()).subject.id);
      await reader.close();
      return found;
    }

    it(
      `delivers each of ${EVENTS} events to every reader once and in the same order`,
      async ({ annotate }) => {
        const call = caller(fetch, `${urlOf(0)}/api/v1`);
        await allSealed(database.db);
        const { nextCursor } = (await call("GET", "/events?after=now", { as: admin })).body;
        const expected = WRITERS * Math.floor(EVENTS / WRITERS);
        const indexes = Array.from({ length: READERS }, (_, index) => index);
        const started = performance.now();
        const reading = Promise.all([
          ...indexes.map((index) => poll(index, nextCursor, expected)),
          ...indexes.map((index) => follow(index, nextCursor, expected)),
        ]);
        const writers = Array.from({ length: WRITERS }, (_, index) => write(index));
        const written = (await Promise.all(writers)).flat();
        const writtenAfter = performance.now() - started;
        const [first = [], ...others] = await reading;
        const readAfter = performance.now() - started;
        expect(written).toHaveLength(expected);
        expect(new Set(first)).toEqual(new Set(written));
        expect(first).toHaveLength(expected);
        for (const other of others) expect(other).toEqual(first);
        // The feed has no other events.
        expect(await readToEnd(nextCursor)).toEqual(first);
        await annotate(
          `${expected} events written in ${Math.round(writtenAfter)} ms, read by all ${2 * READERS} after ${Math.round(readAfter)} ms`,
        );
      },
      LIMIT_MS,
    );
  },
);
