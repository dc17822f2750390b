import { PRESENCE_MS, type PresenceState, toUuid } from "@serviceflow/domain";
import { connectPostgres, createLogger, createServices, type Services } from "@serviceflow/server";
import { expect, it, onTestFinished } from "vitest";
import { freshPostgres } from "./harness/databases.ts";
import { LONG, ONLY_LONG } from "./harness/long-run.ts";
import { insertRequests } from "./harness/request-rows.ts";
import { BOOTSTRAP_KEY, caller, fetchOf, openTestAppOn, type Person } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

const PEOPLE = 300;
const REQUESTS = 300;
const ROUNDS = 6;
const ROUND_MS = 10_000;
/** Calls at a time. */
const AT_ONCE = 8;
/** Requests that a person has open. */
const OPEN = 4;
/** How long the news takes from one server to the other, on a busy machine. */
const NEWS_MS = 2_000;
const STATES: readonly PresenceState[] = ["VIEWING", "WRITING", "WRITING_INTERNALLY"];

interface Said {
  state: PresenceState | "LEFT";
  from: number;
  to: number;
}

const pick = <Value>(from: readonly Value[]): Value =>
  from[Math.floor(Math.random() * from.length)] as Value;

it("hundreds of people on hundreds of requests are where they said, on two servers, and nowhere 30 s later", async ({
  skip,
}) => {
  skip(!LONG, ONLY_LONG);
  const database = await freshPostgres();
  const app = await openTestAppOn(database);
  onTestFinished(() => app.close());
  const numbers = Array.from({ length: REQUESTS }, (_, index) => 5_000 + index);
  const requester = toUuid("user", app.employee.id);
  await insertRequests(
    database.db,
    numbers.map((number) => ({ number, status: "NEW", requester, assignee: null })),
  );
  const people: Person[] = [];
  for (let i = 0; i < PEOPLE; i += 1) {
    people.push(await app.addUser({ fullName: `Agent ${i}`, role: "AGENT", email: `a${i}@x.com` }));
  }
  const lines: string[] = [];
  const log = createLogger("warn", false, { write: (line) => void lines.push(line) });
  const servers = [1, 2].map(() => {
    const db = connectPostgres({ url: database.url, poolSize: 4, preparedStatements: true, log });
    onTestFinished(() => db.close());
    const { services, background } = createServices(db, log, { bootstrapKey: BOOTSTRAP_KEY });
    onTestFinished(() => background.stop());
    const presence = services.presence as Services["presence"] & { size: number };
    return { presence, call: caller(fetchOf(services)) };
  });

  /** By person and request: what they said last. */
  const said = new Map<string, Said>();
  let refused = 0;
  const say = async (person: Person, number: number, state: Said["state"]) => {
    const from = Date.now();
    const { status } = await pick(servers).call("PUT", `/requests/SF-${number}/presence`, {
      as: person,
      body: { state },
    });
    // Each of them is as fast as the limit of a user allows, and sometimes faster.
    if (status === 200) said.set(`${person.id} ${number}`, { state, from, to: Date.now() });
    else refused += 1;
    return status;
  };
  const isOpen = ({ state, from }: Said) => state !== "LEFT" && Date.now() - from < PRESENCE_MS;
  const step = async (person: Person) => {
    const open = numbers.filter((number) => {
      const last = said.get(`${person.id} ${number}`);
      return last && isOpen(last);
    });
    const leaves = open.length >= OPEN || (open.length > 0 && Math.random() < 0.3);
    const goesOn = open.length > 0 && Math.random() < 0.5;
    const status = leaves
      ? await say(person, pick(open), "LEFT")
      : await say(person, pick(goesOn ? open : numbers), pick(STATES));
    expect([200, 429]).toContain(status);
  };

  /** Where a list differs from what was said; what was said about 30 s ago may be there or not. */
  const differences = async (reader: Person, sees: (state: PresenceState) => boolean) => {
    const found: string[] = [];
    for (const { call } of servers) {
      const seen = new Map<string, string>();
      for (let from = 0; from < REQUESTS; from += 100) {
        const ids = numbers.slice(from, from + 100).map((number) => `SF-${number}`);
        const { status, body } = await call("GET", `/requests/presence?ids=${ids.join(",")}`, {
          as: reader,
        });
        expect(status).toBe(200);
        for (const { serviceRequestId, people: there } of body.items) {
          for (const { user, state } of there)
            seen.set(`${user.id} ${serviceRequestId.slice(3)}`, state);
        }
      }
      const now = Date.now();
      for (const [where, { state, from, to }] of said) {
        const shown = state !== "LEFT" && sees(state) ? state : undefined;
        const is = seen.get(where);
        const isGone = is === undefined && now - from > PRESENCE_MS - 1_000;
        const mayStay = is === shown && now - to < PRESENCE_MS + NEWS_MS;
        if (!isGone && !mayStay && is !== (now - to < PRESENCE_MS ? shown : undefined)) {
          found.push(`${where}: ${is}, not ${shown}`);
        }
      }
      for (const where of seen.keys()) if (!said.has(where)) found.push(`${where} never was`);
    }
    return found;
  };

  for (let round = 0; round < ROUNDS; round += 1) {
    const end = Date.now() + ROUND_MS;
    // With each round some fall silent without leaving.
    const active = people.filter((_, index) => index % ROUNDS >= round);
    const turns = Array.from({ length: AT_ONCE }, async (_, turn) => {
      const own = active.filter((_, index) => index % AT_ONCE === turn);
      while (Date.now() < end) await step(pick(own));
    });
    await Promise.all(turns);
    const options = { timeout: NEWS_MS };
    await expect.poll(() => differences(app.admin, () => true), options).toEqual([]);
    const publicly = (state: PresenceState) => state === "WRITING";
    await expect.poll(() => differences(app.employee, publicly), options).toEqual([]);
    const recent = [...said.values()].filter(({ to }) => Date.now() - to < PRESENCE_MS + NEWS_MS);
    const sizes = servers.map(({ presence }) => presence.size);
    process.stdout.write(
      `${said.size} windows, ${refused} refused, kept ${sizes}, ${lines.length} lines\n`,
    );
    for (const size of sizes) expect(size).toBeLessThanOrEqual(recent.length);
  }
  const silentFrom = Date.now();
  await waitUntil("nobody", () => servers.every(({ presence }) => presence.size === 0));
  expect(Date.now() - silentFrom).toBeLessThan(PRESENCE_MS + NEWS_MS);
  expect(await differences(app.admin, () => true)).toEqual([]);
  expect(lines).toEqual([]);
});
