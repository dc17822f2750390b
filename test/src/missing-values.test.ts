import { erasedWith, type SubjectType, toPublicId, toUuid } from "@serviceflow/domain";
import { verifyAuditExport } from "@serviceflow/sdk";
import { createServices, exportLog, verifyLog } from "@serviceflow/server";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { ENGINES, freshDatabase, type TestDatabase, testLog } from "./harness/databases.ts";
import { LONG } from "./harness/long-run.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestAppOn, type Person, type TestApp } from "./harness/test-app.ts";

const RUNS = LONG ? 25 : 3;

interface Stored {
  id: string;
  actor: string | null;
  type: SubjectType;
  subject: string;
  action: string;
  owner: string | null;
  pointers: string[];
}

describe.each(ENGINES)("values that an erasure removed on %s", (engine) => {
  let database: TestDatabase;
  let app: TestApp;
  let failSignIn: (keyId: string | null) => Promise<unknown>;
  let number = 0;

  beforeAll(async () => {
    database = await freshDatabase(engine);
    app = await openTestAppOn(database);
    const { services, background } = createServices(database.db, testLog);
    const job = background.jobs.find(({ name }) => name === "record failed sign-ins");
    failSignIn = async (keyId) => {
      const keyUuid = keyId === null ? null : toUuid("apiKey", keyId);
      services.noteSignInFailure({ address: "198.51.100.9", keyUuid });
      await job?.run();
    };
  });
  afterAll(() => app.close());

  async function newPerson(role: string): Promise<Person> {
    number += 1;
    return app.addUser({ fullName: `Person ${number}`, email: `p${number}@example.com`, role });
  }

  /** What one person can do that leaves something private in the log, and what others can do to them. */
  const deeds: Record<string, (person: Person, other: Person) => Promise<unknown>> = {
    async "files, edits and cancels"(person) {
      const call = { as: person, headers: { "user-agent": "A browser" } };
      const body = { title: "A title", description: "A description" };
      const { body: filed } = await app.call("POST", "/requests", { ...call, body });
      const path = `/requests/${filed.id}`;
      await app.call("PATCH", path, { ...call, body: { title: "Another title" } });
      await app.call("POST", `${path}/comments`, { ...call, body: { body: "A comment" } });
      const cancel = { status: "CANCELED", reason: "A reason" };
      await app.call("PATCH", `${path}/status`, { as: app.admin, body: cancel });
    },
    async "files for another"(person, other) {
      const body = { title: "For another", requesterId: other.id };
      await app.call("POST", "/requests", { as: person, body });
    },
    async "has keys"(person) {
      const issue = (as: Person, path: string) =>
        app.call("POST", path, { as, body: { name: "A key" } });
      const own = await issue(person, "/users/me/api-keys");
      await issue(app.admin, `/users/${person.id}/api-keys`);
      await app.call("POST", `/api-keys/${own.body.id}/rotate`, { as: person, body: {} });
      await app.call("DELETE", `/api-keys/${own.body.id}`, { as: person });
      await failSignIn(own.body.id);
    },
    "is renamed": (person) =>
      app.call("PATCH", `/users/${person.id}`, { as: app.admin, body: { fullName: "New Name" } }),
    "renames another": (person, other) =>
      app.call("PATCH", `/users/${other.id}`, { as: person, body: { fullName: "Newer Name" } }),
    async "makes a category and a webhook"(person) {
      number += 1;
      const category = { slug: `made-${number}`, name: "Made" };
      await app.call("POST", "/categories", { as: person, body: category });
      const webhook = { url: "https://example.com/", description: "Made" };
      await app.call("POST", "/webhooks", { as: person, body: webhook });
    },
    "fails to sign in": () => failSignIn(null),
  };

  /** What the log commits to of private values, and which of them are stored. */
  const stored = () =>
    runSql<Stored>(
      database.db,
      `select a.id, a.actor_id as actor, a.subject_type as type, a.subject_id as subject, a.action,
         a.changes #>> '{userId,to}' as owner,
         array(select jsonb_object_keys(v.values)) as pointers
       from audit_logs a join audit_private_values v on v.entry_id = a.id`,
    );

  it("are those that the domain says, and no others", async () => {
    const deed = fc.record({
      what: fc.constantFrom(...Object.keys(deeds)),
      who: fc.nat(2),
      other: fc.nat(2),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 12, maxLength: 25 }), async (history) => {
        const people = [
          await newPerson("ADMIN"),
          await newPerson("AGENT"),
          await newPerson("ADMIN"),
        ];
        const at = (index: number) => people[index] as Person;
        for (const { what, who, other } of history) await deeds[what]?.(at(who), at(other));
        const before = await stored();
        const gone = [at(0), at(1)];
        for (const { id } of gone) {
          const { status } = await app.call("POST", `/users/${id}/erase`, { as: app.admin });
          expect(status).toBe(200);
        }
        const after = new Map((await stored()).map(({ id, pointers }) => [id, pointers]));
        const ownerOf = new Map(
          before.flatMap(({ action, subject, owner }) =>
            action === "api_key.issued" ? [[subject, owner] as const] : [],
          ),
        );
        const erased = new Set<unknown>(gone.map(({ id }) => id));
        for (const { id, actor, type, subject, pointers } of before) {
          const actorId = actor === null ? null : toPublicId("user", actor);
          const remaining = pointers.filter((pointer) => {
            const person = erasedWith({ actorId, subject: { type, id: subject } }, pointer);
            return person === null || !erased.has(ownerOf.get(person) ?? person);
          });
          expect([...(after.get(id) ?? [])].sort()).toEqual(remaining.sort());
        }

        // The erasures are committed, and not yet sealed.
        expect(await verifyLog(database.db)).toMatchObject({ fault: null });
        await allSealed(database.db);
        const verified = await verifyLog(database.db);
        expect(verified).toMatchObject({ valid: true, fault: null });
        const exported = await verifyAuditExport(lines());
        expect(exported).toMatchObject({ valid: true, fault: null, laterErasures: [] });
        expect(exported.erasedValues).toBe(verified.erasedValues);
      }),
      { numRuns: RUNS },
    );
  });

  const lines = () =>
    exportLog({
      db: database.db,
      clock: () => new Date(),
      random: (size) => crypto.getRandomValues(new Uint8Array(size)),
      origin: {
        actorUuid: null,
        keyUuid: null,
        requestId: "r",
        clientAddress: null,
        userAgent: null,
        clientRequestId: null,
      },
      redacted: false,
    });

  it("may go while the log is exported: the export names whose", async () => {
    const person = await newPerson("AGENT");
    const kept = await newPerson("AGENT");
    for (const who of [person, kept]) await deeds["files, edits and cancels"]?.(who, kept);
    await allSealed(database.db);
    const reader = lines();
    const exported = [(await reader.next()).value as string];
    await app.call("POST", `/users/${person.id}/erase`, { as: app.admin });
    for await (const line of reader) exported.push(line);
    expect(await verifyAuditExport(exported)).toMatchObject({
      valid: true,
      laterErasures: [person.id],
    });
    const unnamed = exported.map((line) => line.replace(/,"laterErasures":.*\]/, ""));
    expect(await verifyAuditExport(unnamed)).toMatchObject({
      valid: false,
      fault: { problem: "value_missing" },
    });
  });
});
