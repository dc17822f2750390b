import type { ServerResponse } from "node:http";
import { ownerFault, ROLES, toPublicId } from "@serviceflow/domain";
import { type RunningServer, readConfig, serveOn } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import {
  ENGINES_IN_TIME,
  freshDatabase,
  freshPostgres,
  type TestDatabase,
  testLog,
} from "./harness/databases.ts";
import type { People } from "./harness/load.ts";
import { addPeople } from "./harness/people.ts";
import { runSql } from "./harness/raw-sql.ts";
import { type Received, Receiver } from "./harness/receiver.ts";
import { serveWith } from "./harness/serve-with.ts";
import { BOOTSTRAP_KEY, caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
type Json = any;

const SETTINGS = {
  PORT: "0",
  ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
  RATE_LIMIT_PER_MINUTE: "0",
  AUTH_FAILURES_PER_MINUTE: "0",
  WEBHOOK_ALLOW_HTTP: "true",
  // A message that is held back must not be sent again on a busy machine.
  WEBHOOK_TIMEOUT_SECONDS: "60",
  WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
};

const titles = (messages: readonly Received[]) =>
  messages.map(({ body }) => body.data.request?.title);

/** Webhooks of owners who come and go, on one server or several over one database. */
class World {
  readonly database: TestDatabase;
  readonly call: TestApp["call"];
  readonly admin: Person;
  readonly agent: Person;
  readonly #receivers: Receiver[] = [];
  #count = 0;

  constructor(database: TestDatabase, url: string, people: People) {
    this.database = database;
    this.call = caller(fetch, `${url}/api/v1`);
    this.admin = people.admin;
    this.agent = people.agents[0];
  }

  async addAdmin(): Promise<Person> {
    this.#count += 1;
    const fullName = `Owner ${this.#count}`;
    const body = { fullName, email: `owner${this.#count}@example.com`, role: "ADMIN" };
    const made = await this.call("POST", "/users", { as: this.admin, body });
    return { id: made.body.id, fullName, key: made.body.apiKey };
  }

  /** A webhook that receives events from now on. */
  async hook(owner: Person, settings: Json = {}): Promise<{ receiver: Receiver; id: string }> {
    await allSealed(this.database.db);
    const receiver = await Receiver.open();
    this.#receivers.push(receiver);
    const body = { url: receiver.url, eventTypes: ["request.created"], ...settings };
    const made = await this.call("POST", "/webhooks", { as: owner, body });
    expect(made.status).toBe(201);
    return { receiver, id: made.body.id };
  }

  file(title: string): Promise<unknown> {
    return this.call("POST", "/requests", { as: this.agent, body: { title } });
  }

  async get(id: string): Promise<Json> {
    return (await this.call("GET", `/webhooks/${id}`, { as: this.admin })).body;
  }

  async deliveries(id: string): Promise<Json[]> {
    const path = `/webhooks/${id}/deliveries?limit=100`;
    return (await this.call("GET", path, { as: this.admin })).body.items;
  }

  async disabled(id: string): Promise<Json[]> {
    const path = `/audit-logs?subject=${id}&action=webhook.disabled`;
    return (await this.call("GET", path, { as: this.admin })).body.items;
  }

  demote(owner: Person, call = this.call): Promise<Json> {
    return call("PATCH", `/users/${owner.id}/role`, { as: this.admin, body: { role: "AGENT" } });
  }

  /** Waits until everything that has happened was sent to a webhook that wants the same. */
  async witness(): Promise<void> {
    const { receiver } = await this.hook(this.admin);
    await this.file("Witness");
    await waitFor(
      "the witness",
      receiver.until(({ length }) => length > 0),
    );
  }

  async close(): Promise<void> {
    for (const receiver of this.#receivers) await receiver.close();
  }
}

/** As many messages as are sent to an endpoint at a time. */
const IN_FLIGHT = Array.from({ length: 8 }, (_, index) => `In flight ${index}`);

/** Holds the answers to the first messages, as many as are sent at a time, until `answer`. */
function holding(receiver: Receiver): { asked: Promise<void>; answer(): void } {
  const held: ServerResponse[] = [];
  const asked = new Promise<void>((resolve) => {
    receiver.answer = (response) => {
      held.push(response);
      if (held.length < IN_FLIGHT.length) return;
      receiver.answer = (next) => next.writeHead(204).end();
      resolve();
    };
  });
  return {
    asked,
    answer() {
      for (const response of held) response.writeHead(204).end();
    },
  };
}

describe.each(ENGINES_IN_TIME)(
  "deliveries of a webhook whose owner loses their authority on %s",
  (engine) => {
    let database: TestDatabase;
    let server: RunningServer;
    let world: World;

    beforeAll(async () => {
      database = await freshDatabase(engine);
      server = await serveOn(database.db, readConfig(SETTINGS, false), testLog);
      world = new World(database, server.url, await addPeople(server.url));
    });
    afterAll(async () => {
      await world.close();
      await server.close();
      if (engine === "postgres") await database.drop().catch(() => {});
    });

    it("stop with those in flight, and go on under the administrator who takes over", async () => {
      const owner = await world.addAdmin();
      const { receiver, id } = await world.hook(owner);
      const held = holding(receiver);
      for (const title of [...IN_FLIGHT, "Queued one", "Queued two"]) await world.file(title);
      await waitFor("deliveries in flight", held.asked);
      await waitUntil("all to be queued", async () => (await world.deliveries(id)).length === 10);
      expect((await world.demote(owner)).status).toBe(200);
      await world.file("After the demotion");
      held.answer();
      await waitUntil("the outcomes", async () => {
        const delivered = (each: Json) => each.status === "DELIVERED";
        return (await world.deliveries(id)).filter(delivered).length === IN_FLIGHT.length;
      });
      await world.witness();
      expect(titles(receiver.messages).sort()).toEqual(IN_FLIGHT);
      expect(await world.get(id)).toMatchObject({
        active: false,
        disabledBecause: "OWNER_LOST_ROLE",
      });

      const { call, admin } = world;
      await call("POST", `/webhooks/${id}/take-over`, { as: admin });
      await call("PATCH", `/webhooks/${id}`, { as: admin, body: { active: true } });
      const rest = ["After the demotion", "Queued one", "Queued two", "Witness"];
      const count = IN_FLIGHT.length + rest.length;
      await waitFor(
        "what has waited",
        receiver.until(({ length }) => length >= count),
      );
      expect(titles(receiver.messages).slice(IN_FLIGHT.length).sort()).toEqual(rest);
    });

    it.each([
      ["role = 'EMPLOYEE'", "OWNER_LOST_ROLE"],
      ["active = false", "OWNER_DEACTIVATED"],
    ])(
      "stop with those in flight when SQL says %s, as an older build does",
      async (sql, because) => {
        const owner = await world.addAdmin();
        const { receiver, id } = await world.hook(owner, { includeInternal: true });
        const held = holding(receiver);
        for (const title of [...IN_FLIGHT, "Queued"]) await world.file(title);
        await waitFor("deliveries in flight", held.asked);
        await waitUntil("all to be queued", async () => (await world.deliveries(id)).length === 9);
        await runSql(database.db, `update users set ${sql} where full_name = $1`, [owner.fullName]);
        await world.file("Afterwards");
        held.answer();
        await waitUntil("an entry", async () => (await world.disabled(id)).length > 0);
        await world.witness();
        expect(titles(receiver.messages).sort()).toEqual(IN_FLIGHT);
        expect(await world.get(id)).toMatchObject({ active: false, disabledBecause: because });
        expect(await world.disabled(id)).toMatchObject([
          {
            actor: null,
            changes: {
              active: { from: true, to: false },
              disabledBecause: { from: null, to: because },
            },
          },
        ]);
      },
    );

    it.each(
      ROLES.flatMap((role) =>
        [true, false].flatMap((active) =>
          [false, true].map((erased) => ({ role, active, erased })),
        ),
      ),
    )(
      "are sent or not as the domain decides for an owner of %o",
      async ({ role, active, erased }) => {
        const owner = await world.addAdmin();
        const { receiver, id } = await world.hook(owner);
        await runSql(
          database.db,
          "update users set role = $2, active = $3, erased_at = $4 where full_name = $1",
          [owner.fullName, role, active, erased ? "2026-03-02T08:00:00Z" : null],
        );
        await world.file("For a working owner");
        const fault = ownerFault({
          role,
          active,
          erasedAt: erased ? "2026-03-02T08:00:00Z" : null,
        });
        if (fault === null) {
          await waitFor(
            "a message",
            receiver.until(({ length }) => length > 0),
          );
        } else {
          await waitUntil("it to be disabled", async () => !(await world.get(id)).active);
          expect((await world.get(id)).disabledBecause).toBe(fault);
          await world.witness();
          expect(receiver.messages).toEqual([]);
        }
      },
    );

    it("are sent for the creator in the log, where an older build recorded no owner", async () => {
      const owner = await world.addAdmin();
      const { receiver, id } = await world.hook(owner);
      await runSql(
        database.db,
        "update webhooks set owner_id = null, created_by_id = null where url = $1",
        [receiver.url],
      );
      await world.file("Of its creator");
      await waitFor(
        "a message",
        receiver.until(({ length }) => length > 0),
      );
      const ref = { id: owner.id, fullName: owner.fullName };
      expect(await world.get(id)).toMatchObject({ active: true, owner: ref, createdBy: ref });
      await world.demote(owner);
      expect(await world.get(id)).toMatchObject({ active: false });
    });

    it("are not sent while the owner is unknown, until somebody takes it over", async () => {
      const { receiver } = await world.hook(world.admin);
      const [row] = await runSql<{ id: string }>(
        database.db,
        `update webhooks set id = gen_random_uuid(), owner_id = null, created_by_id = null
       where url = $1 returning id`,
        [receiver.url],
      );
      const id = toPublicId("webhook", row?.id as string);
      await waitUntil("it to be disabled", async () => !(await world.get(id)).active);
      expect(await world.get(id)).toMatchObject({
        owner: null,
        createdBy: null,
        disabledBecause: "OWNER_UNKNOWN",
      });
      await world.file("For an owner");
      await world.witness();
      expect(receiver.messages).toEqual([]);
      const { call, admin } = world;
      await call("POST", `/webhooks/${id}/take-over`, { as: admin });
      await call("PATCH", `/webhooks/${id}`, { as: admin, body: { active: true } });
      await waitFor(
        "what has waited",
        receiver.until(({ length }) => length > 1),
      );
      expect(titles(receiver.messages).sort()).toEqual(["For an owner", "Witness"]);
    });
  },
);

describe("two replicas", () => {
  it("send nothing that was committed after a demotion, on whichever it was made", async () => {
    const database = await freshPostgres();
    const servers = [await serveWith(database, SETTINGS), await serveWith(database, SETTINGS)];
    const calls = servers.map(({ url }) => caller(fetch, `${url}/api/v1`));
    const [first, second] = calls as [TestApp["call"], TestApp["call"]];
    const { url } = servers[0] as RunningServer;
    const world = new World(database, url, await addPeople(url));
    for (const call of [first, second, first, second]) {
      const owner = await world.addAdmin();
      const { receiver, id } = await world.hook(owner);
      receiver.answer = (response) => void setImmediate(() => response.writeHead(204).end());
      let stopped = false;
      const filing = (async () => {
        while (!stopped) await world.file("Before");
      })();
      await waitFor(
        "deliveries",
        receiver.until(({ length }) => length > 5),
      );
      expect((await world.demote(owner, call)).status).toBe(200);
      const sent = receiver.messages.length;
      await world.file("After");
      stopped = true;
      await filing;
      await world.witness();
      // At most those that were in flight.
      expect(receiver.messages.length).toBeLessThanOrEqual(sent + IN_FLIGHT.length);
      expect(titles(receiver.messages)).not.toContain("After");
      expect(await world.get(id)).toMatchObject({ disabledBecause: "OWNER_LOST_ROLE" });
    }
    await world.close();
    for (const server of servers) await server.close();
    await database.drop();
  });
});
