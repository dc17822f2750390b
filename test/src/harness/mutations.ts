import { invoke } from "./operation.ts";
import type { TestApp } from "./test-app.ts";

/** One kind of mutation, and how to make a call of it that succeeds. */
export interface MutationKind {
  procedure: string;
  /** What sets it apart from others of the procedure. */
  variant?: string;
  /** Of a visitor: who is signed in by what `input` makes. */
  as: "admin" | "agent" | "employee" | "visitor";
  input(stage: Stage): Promise<Record<string, unknown>>;
}

/** Makes what a call is about. */
interface Stage {
  request(...verbs: string[]): Promise<{ id: string }>;
  user(): Promise<{ id: string }>;
  key(): Promise<{ id: string }>;
  /** Signs the visitor in. */
  session(): Promise<{ id: string }>;
  /** Gives the visitor a one-time code for a key. */
  code(): Promise<{ id: string }>;
  category(): Promise<{ id: string }>;
  webhook(): Promise<{ id: string }>;
  /** One of another administrator. */
  othersWebhook(): Promise<{ id: string }>;
  unique(): string;
  /** Id of the agent who calls. */
  agentId: string;
}

export const MUTATIONS: MutationKind[] = [
  { procedure: "requests.create", as: "employee", input: async () => ({ title: "Once only" }) },
  {
    procedure: "requests.update",
    as: "agent",
    input: async (stage) => ({ ...(await stage.request()), title: "New title" }),
  },
  {
    procedure: "requests.update",
    variant: "that changes nothing",
    as: "agent",
    input: async (stage) => ({ ...(await stage.request()), title: "Some title" }),
  },
  {
    procedure: "requests.transition",
    as: "agent",
    input: async (stage) => ({ ...(await stage.request()), status: "IN_PROGRESS" }),
  },
  {
    procedure: "requests.assign",
    as: "agent",
    input: async (stage) => ({ ...(await stage.request()), assigneeId: stage.agentId }),
  },
  { procedure: "requests.claim", as: "agent", input: (stage) => stage.request() },
  { procedure: "requests.release", as: "agent", input: (stage) => stage.request("claim") },
  {
    procedure: "requests.markRead",
    variant: "which is not logged",
    as: "employee",
    input: (stage) => stage.request("claim"),
  },
  {
    procedure: "requests.markUnread",
    variant: "which is not logged",
    as: "employee",
    input: (stage) => stage.request(),
  },
  {
    procedure: "comments.create",
    as: "employee",
    input: async (stage) => ({ ...(await stage.request()), body: "Once only" }),
  },
  {
    procedure: "users.create",
    as: "admin",
    input: async (stage) => ({ fullName: "Una", email: `${stage.unique()}@example.com` }),
  },
  {
    procedure: "users.update",
    as: "admin",
    input: async (stage) => ({ ...(await stage.user()), fullName: "New name" }),
  },
  {
    procedure: "users.update",
    variant: "that changes nothing",
    as: "admin",
    input: async (stage) => ({ ...(await stage.user()), active: true }),
  },
  {
    procedure: "users.updateMe",
    as: "employee",
    input: async (stage) => ({ locale: `de-x-${stage.unique().replace("unique-", "n")}` }),
  },
  {
    procedure: "users.changeRole",
    as: "admin",
    input: async (stage) => ({ ...(await stage.user()), role: "AGENT" }),
  },
  { procedure: "users.erase", as: "admin", input: (stage) => stage.user() },
  { procedure: "apiKeys.issue", as: "employee", input: async () => ({ name: "Laptop" }) },
  {
    procedure: "apiKeys.issueFor",
    as: "admin",
    input: async (stage) => ({ ...(await stage.user()), name: "Laptop" }),
  },
  { procedure: "apiKeys.rotate", as: "employee", input: (stage) => stage.key() },
  { procedure: "apiKeys.revoke", as: "employee", input: (stage) => stage.key() },
  {
    procedure: "apiKeys.revokeAll",
    as: "employee",
    input: async (stage) => {
      await stage.key();
      return { keepCallingKey: true };
    },
  },
  { procedure: "apiKeys.revokeAllOf", as: "admin", input: (stage) => stage.user() },
  { procedure: "sessions.start", as: "employee", input: async () => ({}) },
  {
    procedure: "sessions.endCurrent",
    as: "visitor",
    input: async (stage) => {
      await stage.session();
      return {};
    },
  },
  { procedure: "sessions.end", as: "employee", input: (stage) => stage.session() },
  { procedure: "codes.issue", as: "employee", input: async () => ({ purpose: "API_KEY" }) },
  {
    procedure: "codes.issueFor",
    as: "admin",
    input: async (stage) => ({ ...(await stage.user()), purpose: "SESSION" }),
  },
  { procedure: "codes.revoke", as: "employee", input: (stage) => stage.code() },
  {
    procedure: "apiKeys.redeem",
    as: "visitor",
    input: async (stage) => {
      await stage.code();
      return {};
    },
  },
  {
    procedure: "users.invite",
    as: "admin",
    input: async (stage) => ({ fullName: "Ina", email: `${stage.unique()}@example.com` }),
  },
  {
    procedure: "categories.create",
    as: "admin",
    input: async (stage) => ({ slug: stage.unique(), name: "New" }),
  },
  {
    procedure: "categories.update",
    as: "admin",
    input: async (stage) => ({ ...(await stage.category()), active: false }),
  },
  {
    procedure: "webhooks.create",
    as: "admin",
    input: async () => ({ url: "https://bot.example.com/" }),
  },
  {
    procedure: "webhooks.update",
    as: "admin",
    input: async (stage) => ({ ...(await stage.webhook()), active: false }),
  },
  {
    procedure: "webhooks.update",
    variant: "that changes nothing",
    as: "admin",
    input: async (stage) => ({ ...(await stage.webhook()), active: true }),
  },
  { procedure: "webhooks.takeOver", as: "admin", input: (stage) => stage.othersWebhook() },
  { procedure: "webhooks.delete", as: "admin", input: (stage) => stage.webhook() },
  { procedure: "webhooks.rotate", as: "admin", input: (stage) => stage.webhook() },
  { procedure: "webhooks.ping", as: "admin", input: (stage) => stage.webhook() },
  {
    procedure: "webhooks.replay",
    as: "admin",
    input: async (stage) => ({ ...(await stage.webhook()), after: "start" }),
  },
];
/** Those whose answer sets a cookie, which is stored with it. */
export const SETS_SECRET_COOKIE = ["sessions.start"];

/** The secret in the answer of a mutation. */
export function secretIn(body: {
  apiKey?: string;
  secret?: string;
  code?: string | { code: string };
}): string | undefined {
  const { apiKey, secret, code } = body;
  return apiKey ?? secret ?? (typeof code === "object" ? code.code : code);
}

/** Those whose answer holds a secret. */
export const ANSWERS_SECRET = [
  "users.create",
  "apiKeys.issue",
  "apiKeys.issueFor",
  "apiKeys.rotate",
  "apiKeys.redeem",
  "codes.issue",
  "codes.issueFor",
  "users.invite",
  "webhooks.create",
  "webhooks.rotate",
];

/** Sets up what each kind needs, in one app. */
export function stageIn(app: TestApp): Stage {
  let counter = 0;
  const unique = () => {
    counter += 1;
    return `unique-${counter}`;
  };
  return {
    unique,
    agentId: app.agent.id,
    async request(...verbs) {
      const { call, employee, agent } = app;
      const filed = await call("POST", "/requests", {
        as: employee,
        body: { title: "Some title" },
      });
      for (const verb of verbs) {
        await call("POST", `/requests/${filed.body.id}/${verb}`, { as: agent });
      }
      return { id: filed.body.id };
    },
    async user() {
      const { id } = await app.addUser({ fullName: "Uma", email: `${unique()}@example.com` });
      return { id };
    },
    async key() {
      const input = { name: "Old" };
      const issued = await invoke(app, "rest", "apiKeys.issue", input, { as: app.employee });
      return { id: issued.body.id };
    },
    async session() {
      const { headers, body } = await app.call("POST", "/session", { as: app.employee });
      const [, secret = ""] = /=(\w+);/.exec(headers.get("set-cookie") ?? "") ?? [];
      app.visitor = { ...app.employee, key: secret };
      return { id: body.id };
    },
    async code() {
      const input = { purpose: "API_KEY" };
      const issued = await invoke(app, "rest", "codes.issue", input, { as: app.employee });
      app.visitor = { ...app.employee, key: issued.body.code };
      return { id: issued.body.id };
    },
    async webhook() {
      const input = { url: "https://bot.example.com/" };
      const made = await invoke(app, "rest", "webhooks.create", input, { as: app.admin });
      return { id: made.body.id };
    },
    async othersWebhook() {
      const email = `${unique()}@example.com`;
      const as = await app.addUser({ fullName: "Olga Owner", email, role: "ADMIN" });
      const input = { url: "https://bot.example.com/" };
      return { id: (await invoke(app, "rest", "webhooks.create", input, { as })).body.id };
    },
    async category() {
      const input = { slug: unique(), name: "Old" };
      await invoke(app, "rest", "categories.create", input, { as: app.admin });
      return { id: input.slug };
    },
  };
}
