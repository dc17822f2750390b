import { toPublicId, toUuid } from "@serviceflow/domain";
import { allSealed } from "./all-sealed.ts";
import type { DocumentedOperation } from "./openapi.ts";
import { runSql } from "./raw-sql.ts";
import type { Samples } from "./schema-arbitrary.ts";
import { openTestApp, type Person, type TestApp } from "./test-app.ts";

export const STAGES = ["NEW", "ASSIGNED", "STARTED", "DONE"] as const;
export type Stage = (typeof STAGES)[number];

/** Under which key a call is made. Those that come first are the most telling. */
export const KEYS = [
  "admin",
  "agent",
  "employee",
  "readOnly",
  "revoked",
  "nonsense",
  "none",
] as const;
export type KeyName = (typeof KEYS)[number];

/** Whether a key is that of somebody. */
export function isWorking(name: KeyName): boolean {
  return !["none", "nonsense", "revoked"].includes(name);
}

/** A ServiceFlow with people, keys and requests in every stage, which a fuzzer may do anything to. */
export interface FuzzWorld {
  app: TestApp;
  /** Ids that exist and may be changed, of what the operation's path is about. */
  existing(operation: DocumentedOperation): readonly string[];
  /** The id of something new of what the operation's path is about. */
  fresh(operation: DocumentedOperation, stage: Stage): Promise<string>;
  /** The id of a delivery to a webhook; to anything else, of none. */
  deliveryTo(webhook: string): Promise<string>;
  samples(operation: DocumentedOperation): Samples;
  /** What a call is made with: a key, or a session where there must be one. */
  credential(operation: DocumentedOperation, name: KeyName): Promise<string | null>;
  /** Makes the people's keys work again, after they revoked them all. */
  restoreKeys(): Promise<void>;
  close(): Promise<void>;
}

export async function openFuzzWorld(
  operations: readonly DocumentedOperation[],
): Promise<FuzzWorld> {
  const app = await openTestApp("postgres", {
    keyBounds: { maxPerUser: 1_000_000, maxLifetimeDays: null },
  });
  const { admin, agent, otherAgent, employee, otherEmployee } = app;
  let made = 0;

  const create = async (path: string, as: Person, body: unknown) => {
    const answer = await app.call("POST", path, { as, body });
    if (answer.status !== 201) throw new Error(`${path} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const newRequest = async (stage: Stage): Promise<string> => {
    const { id } = await create("/requests", employee, { title: "Printer jammed" });
    if (stage !== "NEW") await app.call("POST", `/requests/${id}/claim`, { as: agent });
    for (const status of ["IN_PROGRESS", "DONE"].slice(
      0,
      stage === "STARTED" ? 1 : stage === "DONE" ? 2 : 0,
    )) {
      await app.call("PATCH", `/requests/${id}/status`, { as: agent, body: { status } });
    }
    return id;
  };
  const newUser = async () => {
    made += 1;
    return (await app.addUser({ fullName: `Made ${made}`, email: `made-${made}@example.net` })).id;
  };
  const newKey = async () =>
    (await create("/users/me/api-keys", employee, { name: "Spare" })).id as string;
  const newCategory = async () => {
    made += 1;
    return (await create("/categories", admin, { slug: `made-${made}`, name: "Made" }))
      .slug as string;
  };
  const newWebhook = async () => {
    // There can be no more than a hundred.
    await runSql(
      app.database.db,
      "delete from webhooks where id not in (select id from webhooks order by id desc limit 50)",
    );
    return (await create("/webhooks", admin, { url: "https://bot.example.com/" })).id as string;
  };
  const newCode = async () =>
    (await create("/users/me/codes", employee, { purpose: "SESSION" })).id as string;
  const newSession = async (as: Person = employee) => {
    const { headers, body } = await app.call("POST", "/session", { as });
    const [, secret = ""] = /=(\w+);/.exec(headers.get("set-cookie") ?? "") ?? [];
    return { id: body.id as string, secret };
  };
  const several = <T>(make: () => Promise<T>) => Promise.all([make(), make(), make()]);

  const pools = {
    requests: (await Promise.all(STAGES.map((stage) => several(() => newRequest(stage))))).flat(),
    users: await several(newUser),
    "api-keys": await several(newKey),
    categories: await several(newCategory),
    webhooks: await several(newWebhook),
    codes: await several(newCode),
    sessions: (await several(() => newSession())).map(({ id }) => id),
  };
  const factories = {
    requests: newRequest,
    users: newUser,
    "api-keys": newKey,
    categories: newCategory,
    webhooks: newWebhook,
    codes: newCode,
    sessions: async () => (await newSession()).id,
  };
  const subjectOf = ({ path }: DocumentedOperation) => path.split("/")[1] as keyof typeof pools;
  await create(`/requests/${pools.requests[0]}/comments`, agent, {
    body: "Noted",
    visibility: "INTERNAL",
  });
  await create(`/requests/${pools.requests[0]}/comments`, agent, { body: "On my way" });

  const revoked = await create("/users/me/api-keys", agent, { name: "Revoked" });
  await app.call("DELETE", `/api-keys/${revoked.id}`, { as: agent });
  const readOnly = await create("/users/me/api-keys", agent, {
    name: "Read",
    scopes: ["requests:read"],
  });

  const cursors = new Map<string, string>();
  for (const operation of operations) {
    if (!operation.parameters.some(({ name }) => name === "cursor")) continue;
    const path = operation.path.replace(
      "{id}",
      operation.path.startsWith("/users")
        ? employee.id
        : operation.path.startsWith("/webhooks")
          ? `${pools.webhooks[0]}`
          : `${pools.requests[0]}`,
    );
    const { body } = await app.call("GET", `${path}?limit=1`, {
      as: operation.path.includes("/me/") ? employee : admin,
    });
    if (body.nextCursor) cursors.set(operation.id, body.nextCursor);
  }
  await allSealed(app.database.db);
  const people = [admin, agent, otherAgent, employee, otherEmployee].map(({ id }) => id);
  const keys: Record<KeyName, string | null> = {
    admin: admin.key,
    agent: agent.key,
    employee: employee.key,
    readOnly: readOnly.apiKey,
    revoked: revoked.apiKey,
    nonsense: "sf_nonsense",
    none: null,
  };
  return {
    app,
    existing: (operation) => pools[subjectOf(operation)],
    fresh: (operation, stage) => factories[subjectOf(operation)](stage),
    async deliveryTo(webhook) {
      const [delivery] = await runSql<{ id: string }>(
        app.database.db,
        `insert into webhook_deliveries
           (id, webhook_id, position, event_id, event_type, created_at, next_attempt_at)
         select gen_random_uuid(), coalesce($1::uuid, gen_random_uuid()), position, id, action, now(), now()
         from audit_seals join audit_logs on seq = entry_seq
         where action = 'request.created' limit 1 returning id`,
        [toUuid("webhook", webhook)],
      );
      return toPublicId("delivery", delivery?.id ?? "");
    },
    samples: (operation) => (field) => {
      const cursor = cursors.get(operation.id);
      const values: Record<string, readonly string[]> = {
        assigneeId: [admin.id, agent.id, otherAgent.id, employee.id],
        requesterId: [...people, ...pools.users],
        requester: people,
        assignee: people,
        actor: people,
        followsUp: pools.requests,
        category: ["general", ...pools.categories],
        subject: [...pools.requests, ...people],
        serviceRequestId: pools.requests,
        url: ["https://bot.example.com/hook"],
        locale: ["de-AT", "ru"],
        timeZone: ["Europe/Berlin", "UTC"],
        after: ["start", "now"],
        lastEventId: ["start", "now"],
        deliveryId: [],
        cursor: cursor === undefined ? [] : [cursor],
      };
      return values[field] ?? [];
    },
    async credential({ path, method }, name) {
      const key = keys[name];
      if (path === "/api-keys/redeem" && key !== null && isWorking(name)) {
        const as = { ...admin, key: name === "readOnly" ? agent.key : key };
        return (await create("/users/me/codes", as, { purpose: "API_KEY" })).code;
      }
      const isOfSession = path === "/session" && method !== "POST";
      if (!isOfSession || key === null || !isWorking(name)) return key;
      return (await newSession({ ...admin, key })).secret;
    },
    async restoreKeys() {
      await runSql(
        app.database.db,
        `update api_keys set revoked_at = null
         where revoked_at is not null and name in ('default', 'Read')`,
      );
    },
    close: () => app.close(),
  };
}
