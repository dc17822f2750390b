import { type AppOptions, createApp, createServices, type Services } from "@serviceflow/server";
import { type Engine, freshDatabase, type TestDatabase, testLog } from "./databases.ts";

export const BOOTSTRAP_KEY = "a-bootstrap-key-that-is-long-enough";

/** Someone with a key, with the secret of a session, or with a one-time code. */
export interface Person {
  id: string;
  fullName: string;
  key: string;
}

/** Headers of a call that a person makes in a page of the server: by their session, key or code. */
export function headersOf({ key }: Pick<Person, "key">): Record<string, string> {
  const credential: Record<string, string> = key.startsWith("sfs_")
    ? { cookie: `serviceflow=${key}` }
    : { [key.startsWith("sfc_") ? "x-one-time-code" : "x-api-key"]: key };
  return { ...credential, "sec-fetch-site": "same-origin" };
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
  body: any;
}

/** A whole ServiceFlow without a port, with its people: two of each role but one administrator. */
export interface TestApp {
  database: TestDatabase;
  fetch: typeof fetch;
  admin: Person;
  agent: Person;
  otherAgent: Person;
  employee: Person;
  otherEmployee: Person;
  /** Who is signed in by a session; the first employee, until anybody is. */
  visitor: Person;
  /** Calls REST below `/api/v1`. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Calls tRPC; the body is what REST would answer, or the problem. */
  trpc(type: "query" | "mutation", path: string, options?: CallOptions): Promise<Answer>;
  addUser(fields: Record<string, unknown>): Promise<Person>;
  close(): Promise<void>;
}

export interface CallOptions {
  as?: Person | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

export async function openTestApp(
  engine: Engine,
  overrides: Partial<Services> = {},
): Promise<TestApp> {
  return openTestAppOn(await freshDatabase(engine), overrides);
}

/** Opens a ServiceFlow on a database that is migrated and empty. */
export async function openTestAppOn(
  database: TestDatabase,
  overrides: Partial<Services> = {},
): Promise<TestApp> {
  const fetchApp = fetchOf({
    ...createServices(database.db, testLog, { bootstrapKey: BOOTSTRAP_KEY }).services,
    ...overrides,
  });
  const call = caller(fetchApp);

  const addUser = async (fields: Record<string, unknown>, headers: Record<string, string>) => {
    const { status, body } = await call("POST", "/users", { body: fields, headers });
    if (status !== 201) throw new Error(`No user: ${status} ${JSON.stringify(body)}`);
    return { id: body.id, fullName: body.fullName, key: body.apiKey } as Person;
  };
  const admin = await addUser(
    { fullName: "Ada Admin", email: "ada@example.com" },
    { "x-bootstrap-key": BOOTSTRAP_KEY },
  );
  const byAdmin = { "x-api-key": admin.key };
  const user = (fullName: string, role: string) =>
    addUser(
      { fullName, role, email: `${fullName.toLowerCase().replace(" ", ".")}@example.com` },
      byAdmin,
    );
  const agent = await user("Abe Agent", "AGENT");
  const otherAgent = await user("Olga Agent", "AGENT");
  const employee = await user("Eve Employee", "EMPLOYEE");
  const otherEmployee = await user("Otto Employee", "EMPLOYEE");
  return {
    database,
    fetch: fetchApp,
    admin,
    agent,
    otherAgent,
    employee,
    otherEmployee,
    visitor: employee,
    call,
    trpc: trpcCaller(fetchApp),
    addUser: (fields) => addUser(fields, byAdmin),
    close: () => database.drop(),
  };
}

/** A server without a port, as a fetch. */
export function fetchOf(options: AppOptions): typeof fetch {
  const hono = createApp(options);
  return ((input: string, init?: RequestInit) =>
    Promise.resolve(hono.request(input, init))) as typeof fetch;
}

/** Calls REST below `/api/v1` through any fetch. */
export function caller(fetchApp: typeof fetch, base = "http://test/api/v1"): TestApp["call"] {
  return async (method, path, { as, body, headers } = {}) => {
    const response = await fetchApp(`${base}${path}`, {
      method,
      headers: {
        ...(as ? headersOf(as) : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await textOf(response);
    const isJson = /[/+]json/.test(response.headers.get("content-type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== "" ? JSON.parse(text) : text,
    };
  };
}

function isStream(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/event-stream") === true;
}

/** All that came; of a stream of events, which has no end, how it begins. */
export async function textOf(response: Response): Promise<string> {
  if (!isStream(response) || !response.body) return response.text();
  const reader = response.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}

function trpcCaller(fetchApp: typeof fetch): TestApp["trpc"] {
  return async (type, path, { as, body, headers } = {}) => {
    const input = body === undefined ? undefined : JSON.stringify(body);
    const query =
      type === "query" && input !== undefined ? `?input=${encodeURIComponent(input)}` : "";
    const response = await fetchApp(`http://test/trpc/${path}${query}`, {
      method: type === "query" ? "GET" : "POST",
      headers: {
        ...(as ? headersOf(as) : {}),
        ...(type === "mutation" ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      ...(type === "mutation" ? { body: input ?? "{}" } : {}),
    });
    const text = await textOf(response);
    if (isStream(response)) {
      return { status: response.status, headers: response.headers, body: text };
    }
    const envelope = JSON.parse(text) as {
      result?: { data: unknown };
      error?: { data: { problem: unknown } };
    };
    return {
      status: response.status,
      headers: response.headers,
      body: envelope.result ? envelope.result.data : envelope.error?.data.problem,
    };
  };
}
