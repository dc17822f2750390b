import { createHash } from "node:crypto";
import { OPERATIONS } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import {
  ANSWERS_SECRET,
  MUTATIONS,
  type MutationKind,
  SETS_SECRET_COOKIE,
  secretIn,
  stageIn,
} from "./harness/mutations.ts";
import { invoke, operationNamed } from "./harness/operation.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

const kinds = MUTATIONS.map((kind) => ({
  kind,
  title: [kind.procedure, kind.variant].filter(Boolean).join(" "),
}));

it("has a case for every mutation", () => {
  const mutations = OPERATIONS.filter(({ method, fleeting }) => method !== "GET" && !fleeting).map(
    ({ name }) => name,
  );
  expect(new Set(MUTATIONS.map(({ procedure }) => procedure))).toEqual(new Set(mutations));
});

describe.each(ENGINES)("a mutation retried with its Idempotency-Key, on %s", (engine) => {
  let app: TestApp;
  let stage: ReturnType<typeof stageIn>;
  beforeAll(async () => {
    app = await openTestApp(engine);
    stage = stageIn(app);
  });
  afterAll(() => app.close());

  async function entries(): Promise<number | undefined> {
    const count = "select count(*)::int as n from audit_logs";
    return (await runSql<{ n: number }>(app.database.db, count))[0]?.n;
  }

  it.each(kinds)("repeats the answer to $title and has no further effect", async ({ kind }) => {
    const { procedure, as, variant } = kind;
    const input = await kind.input(stage);
    const options = { as: app[as], headers: { "idempotency-key": stage.unique() } };
    const before = (await entries()) ?? 0;
    const first = await invoke(app, "rest", procedure, input, options);
    expect(first.status).toBe(operationNamed(procedure).status ?? 200);
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    const logged = await entries();
    if (variant) expect(logged).toBe(before);
    else expect(logged).toBeGreaterThan(before);
    for (const transport of ["trpc", "rest"] as const) {
      const again = await invoke(app, transport, procedure, input, options);
      expect(again.body).toEqual(first.body);
      expect(again.status).toBe(transport === "rest" ? first.status : 200);
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      if (transport === "rest") expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
    }
    expect(await entries()).toBe(logged);
  });

  it.each<[string, (unique: string) => object, () => object]>([
    ["/requests", () => ({ title: "It" }), () => ({ priority: "NORMAL", description: " " })],
    [
      "/requests",
      () => ({ title: "It", priority: "HIGH" }),
      () => ({ category: "general", requesterId: app.admin.id }),
    ],
    ["/requests/{id}/comments", () => ({ body: "It" }), () => ({ visibility: "PUBLIC" })],
    ["/categories", (slug) => ({ slug, name: "It" }), () => ({ names: {}, description: "" })],
    [
      "/users",
      (name) => ({ fullName: "It", email: `${name}@example.com` }),
      () => ({ role: "EMPLOYEE", kind: "HUMAN", locale: null }),
    ],
    [
      "/users/invite",
      (name) => ({ fullName: "It", email: `${name}@example.com` }),
      () => ({ role: "EMPLOYEE", timeZone: null }),
    ],
    ["/webhooks", () => ({ url: "https://example.com/hook" }), () => ({ eventTypes: [] })],
    ["/api-keys/{id}/rotate", () => ({}), () => ({ overlapSeconds: 86_400 })],
  ])("is the same call when it spells out a default: %s", async (path, fieldsOf, defaults) => {
    const as = app.admin;
    const [collection, made] = path.startsWith("/requests")
      ? ["/requests", { title: "It" }]
      : ["/users/me/api-keys", { name: "It" }];
    for (const isSpelledFirst of [true, false]) {
      const left = fieldsOf(stage.unique());
      const spelled = { ...left, ...defaults() };
      const { body: owner } = await app.call("POST", collection, { as, body: made });
      const target = path.replace("{id}", owner.id);
      const headers = { "idempotency-key": stage.unique() };
      const call = (body: object) => app.call("POST", target, { as, body, headers });
      const first = await call(isSpelledFirst ? spelled : left);
      expect(first.status).toBe(201);
      const again = await call(isSpelledFirst ? left : spelled);
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      expect(again.body).toEqual(first.body);
    }
  });

  it("is another call when it says something else than the default", async () => {
    const as = app.agent;
    const headers = { "idempotency-key": stage.unique() };
    await app.call("POST", "/requests", { as, body: { title: "Laptop" }, headers });
    for (const other of [{ priority: "HIGH" }, { category: "it" }, { requesterId: app.admin.id }]) {
      const body = { title: "Laptop", ...other };
      const answer = await app.call("POST", "/requests", { as, body, headers });
      expect(answer.body.code).toBe("idempotency_key_reused");
    }
  });

  it.each(kinds)(
    "stores the answer to $title in plain text only if it has no secret",
    async ({ kind }) => {
      const key = stage.unique();
      const input = await kind.input(stage);
      const options = { as: app[kind.as], headers: { "idempotency-key": key } };
      const { body } = await invoke(app, "trpc", kind.procedure, input, options);
      const [row] = await runSql<{ answer: string; encrypted: boolean }>(
        app.database.db,
        "select answer, encrypted from idempotency_keys where key = any($1)",
        // That of a redemption is kept apart from those of others.
        [[key, createHash("sha256").update(`${app[kind.as].key}\n${key}`).digest("hex")]],
      );
      if (ANSWERS_SECRET.includes(kind.procedure)) {
        const secret = secretIn(body) as string;
        expect(secret).toMatch(/^(sfc?_\w{49}|whsec_[\w+/]{43}=)$/);
        expect(row?.encrypted).toBe(true);
        const raw = Buffer.from(row?.answer ?? "", "base64").toString("latin1");
        for (const kept of [row?.answer, raw]) {
          expect(kept).not.toMatch(/sfc?_|apiKey|whsec_/);
          expect(kept).not.toContain(secret.slice(6));
        }
      } else if (SETS_SECRET_COOKIE.includes(kind.procedure)) {
        expect(row?.encrypted).toBe(true);
        expect(row?.answer).not.toContain("sfs_");
      } else {
        expect(row?.encrypted).toBe(false);
        expect(JSON.parse(row?.answer ?? "")).toEqual(body);
      }
    },
  );

  it.each(ANSWERS_SECRET.filter((procedure) => procedure !== "apiKeys.redeem"))(
    "repeats the secret of %s only for the API key of the first call",
    async (procedure) => {
      const kind = MUTATIONS.find((candidate) => candidate.procedure === procedure) as MutationKind;
      const input = await kind.input(stage);
      const as = app[kind.as];
      const headers = { "idempotency-key": stage.unique() };
      const other = await invoke(app, "rest", "apiKeys.issue", { name: "Other" }, { as });
      const first = await invoke(app, "rest", procedure, input, { as, headers });
      const withOther = { as: { ...as, key: other.body.apiKey }, headers };
      const refused = await invoke(app, "rest", procedure, input, withOther);
      expect(refused).toMatchObject({ status: 409, body: { code: "secret_not_replayable" } });
      const again = await invoke(app, "rest", procedure, input, { as, headers });
      expect(secretIn(again.body)).toBe(secretIn(first.body));
    },
  );
});
