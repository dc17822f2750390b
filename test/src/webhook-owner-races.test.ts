import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LONG } from "./harness/long-run.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openReplicas, type Replicas } from "./harness/replicas.ts";
import type { Answer, Person } from "./harness/test-app.ts";

const ROUNDS = LONG ? 200 : 15;
const URL = "https://bot.example.com/";

describe("changes of webhooks and of their owners at the same time, on two replicas", () => {
  let replicas: Replicas;
  beforeAll(async () => {
    replicas = await openReplicas();
  });
  afterAll(() => replicas.close());

  /** Active webhooks whose owner has no authority. */
  const unowned = () =>
    runSql(
      replicas.app.database.db,
      `select w.id from webhooks w left join users u on u.id = w.owner_id
       where w.active and (u.role is distinct from 'ADMIN' or not u.active)`,
    );
  /** What the log says of a webhook, entry by entry. */
  const logged = async (id: string) => {
    const path = `/audit-logs?subject=${id}&limit=100`;
    const { body } = await replicas.app.call("GET", path, { as: replicas.app.admin });
    const state: Record<string, unknown> = { disabledBecause: null };
    for (const { changes } of body.items.reverse()) {
      for (const [field, change] of Object.entries<{ to: unknown }>(changes)) {
        state[field] = change.to;
      }
    }
    return state;
  };

  it("leave no active webhook without a working owner, and no change without an entry", async () => {
    const { app, calls } = replicas;
    const { admin } = app;
    const outcomes = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      await runSql(app.database.db, "delete from webhooks");
      const owner = await app.addUser({
        fullName: "Short Lived",
        email: `short${round}@example.com`,
        role: "ADMIN",
      });
      const create = (as: Person) => app.call("POST", "/webhooks", { as, body: { url: URL } });
      const [taken, inactive, edited, others] = await Promise.all([
        create(owner),
        create(owner),
        create(owner),
        create(admin),
      ]);
      const takeOver = (call: Replicas["calls"][0], { body }: Answer, as: Person) =>
        call("POST", `/webhooks/${body.id}/take-over`, { as });
      const patch = (call: Replicas["calls"][0], { body }: Answer, change: object, as = admin) =>
        call("PATCH", `/webhooks/${body.id}`, { as, body: change });
      await patch(calls[0], inactive, { active: false });
      const ends = [
        ["PATCH", "/role", { role: "AGENT" }],
        ["PATCH", "", { active: false }],
        ["POST", "/erase", undefined],
      ] as const;
      const [method, path, body] = ends[round % ends.length] as (typeof ends)[number];
      const all = await Promise.all([
        patch(calls[0], inactive, { active: true }),
        patch(calls[1], edited, { description: "Edited" }),
        calls[0](method, `/users/${owner.id}${path}`, { as: admin, body }),
        takeOver(calls[1], taken, admin),
        takeOver(calls[0], others, owner),
        calls[1]("POST", "/webhooks", { as: owner, body: { url: URL } }),
      ]);
      expect(all[2].status).toBe(200);
      for (const { status, body } of all) {
        expect([200, 201, 401, 403, 409]).toContain(status);
        if (status === 409) expect(body.code).toBe("webhook_unowned");
      }
      outcomes.add(all.map(({ status }) => status).join());
      expect(await unowned()).toEqual([]);
      const { body: page } = await app.call("GET", "/webhooks?limit=100", { as: admin });
      for (const { id, active, disabledBecause, owner } of page.items) {
        const state = { active, disabledBecause, ownerId: owner.id };
        expect(await logged(id)).toMatchObject(state);
      }
    }
    // Otherwise nothing raced.
    expect(outcomes.size).toBeGreaterThan(1);
  });
});
