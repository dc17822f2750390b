/** A complete in-memory ServiceFlow for tests. */
import type {
  CreateCategoryInput,
  CreateUserInput,
  CreateWebhookInput,
  User,
  WebhookWithSecret,
} from "@serviceflow/domain";
import { ServiceFlow, type ServiceFlowOptions } from "../client.ts";
import type { Fetch } from "../transport/sender.ts";
import { loadFailure } from "./load-failure.ts";

/** A user with an API key and a client that uses it. */
export interface TestPerson {
  user: User;
  /** `sf_...` */
  apiKey: string;
  sf: ServiceFlow;
}

/** A line of the server's log. */
export interface TestLogLine {
  /** `debug`, `info`, `warn`, `error` or `fatal`. */
  level: string;
  /** ISO 8601, by the system clock. */
  time: string;
  /** What happened: `call` for each call, with its operation, status and duration. */
  msg: string;
  [name: string]: unknown;
}

/** Handles a delivery, as what `createHandler` makes does. */
export type TestHandler = (request: Request) => Response | Promise<Response>;

/** Options of `createTestServer`. */
export interface TestServerOptions {
  /** The server's clock; the system clock by default. It also dates deliveries: give `createHandler` the same `now`. */
  now?: (() => Date) | undefined;
  /** Called with each line that the server logs. By default it logs nothing. */
  log?: ((line: TestLogLine) => void) | undefined;
  /** Categories to create, besides `general`. */
  categories?: readonly CreateCategoryInput[] | undefined;
}

/** A test server with one user of each role. */
export interface TestServer {
  /** `baseUrl` for your own clients; only works together with `fetch`. */
  baseUrl: string;
  /** `fetch` for your own clients. Calls the server in process, without a port. */
  fetch: Fetch;
  admin: TestPerson;
  agent: TestPerson;
  employee: TestPerson;
  /** Creates a client of this server, without an API key by default. */
  client(options?: Partial<ServiceFlowOptions>): ServiceFlow;
  /** Creates a user, by default an employee with a generated name and address. */
  addUser(input?: Partial<CreateUserInput>): Promise<TestPerson>;
  /**
   * Creates a webhook. What it wants is delivered as by any server, signed and retried.
   * @param receiver a URL of this machine, such as `http://127.0.0.1:3000/hooks`, or a function that makes the handler from the
   * webhook's secret
   * @param input by default every event
   */
  addWebhook(
    receiver: string | URL | ((secret: string) => TestHandler),
    input?: Omit<CreateWebhookInput, "url">,
  ): Promise<WebhookWithSecret>;
  /**
   * Resolves once all that has happened so far has been sent to the webhooks that want it. It waits for no retry: a failed
   * delivery is due again after 5 to 10 seconds.
   */
  delivered(): Promise<void>;
  /**
   * Closes the server and discards its data. Required for the process to exit. Subscriptions end at once, and later calls
   * fail, with `server_closed`.
   */
  close(): Promise<void>;
}

/**
 * Starts the real server in this process, with an in-memory PostgreSQL: no port, no network, no Docker, ready in a second
 * or two. It delivers webhooks to `addWebhook` and to URLs of this machine, and nowhere else.
 *
 * Requires a separate package: `npm install --save-dev @serviceflow/testing`. Jest only loads it with
 * `NODE_OPTIONS=--experimental-vm-modules`.
 * @throws TypeError if `@serviceflow/testing` is not installed or cannot be loaded; `cause` says why
 * @example
 * ```ts
 * const server = await createTestServer();
 * const { id } = await server.employee.sf.requests.create({ title: "The printer is jammed" });
 * const claimed = await server.agent.sf.requests.claim(id);
 * console.log(claimed.assignee?.id === server.agent.user.id);
 *
 * const commented: string[] = [];
 * await server.addWebhook((secret) =>
 *   createHandler({ secret, on: { "comment.created": ({ comment }) => commented.push(comment?.body ?? "") } }),
 * );
 * await server.agent.sf.comments.create(id, { body: "On my way." });
 * await server.delivered();
 * console.log(commented); // ["On my way."]
 * await server.close();
 * ```
 */
export async function createTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { startTestServer } = await loadPackage();
  const { now, log, categories = [] } = options;
  const handlers = new Map<string, TestHandler>();
  const { baseUrl, bootstrapKey, fetch, startSending, flushWebhooks, close } =
    await startTestServer({
      now,
      log,
      handlerOf: (url) => handlers.get(url),
    });
  const client = (given: Partial<ServiceFlowOptions> = {}) =>
    new ServiceFlow({ baseUrl, fetch, dangerouslyAllowBrowser: true, ...given });
  const person = ({ apiKey, ...user }: User & { apiKey: string }): TestPerson => ({
    user,
    apiKey,
    sf: client({ apiKey }),
  });
  const admin = person(await client().users.bootstrap(newUser("ADMIN"), bootstrapKey));
  const addUser = async (input: Partial<CreateUserInput> = {}) =>
    person(await admin.sf.users.create({ ...newUser(input.role ?? "EMPLOYEE"), ...input }));
  const addWebhook: TestServer["addWebhook"] = async (receiver, input) => {
    const isHandler = typeof receiver === "function";
    const url = isHandler ? `https://receiver.test/${handlers.size + 1}` : String(receiver);
    const webhook = await admin.sf.webhooks.create({ ...input, url });
    if (isHandler) handlers.set(webhook.url, receiver(webhook.secret));
    startSending();
    return webhook;
  };
  for (const category of categories) await admin.sf.categories.create(category);
  return {
    baseUrl,
    fetch,
    admin,
    agent: await addUser({ role: "AGENT" }),
    employee: await addUser(),
    client,
    addUser,
    addWebhook,
    delivered: flushWebhooks,
    close,
  };
}

function newUser(role: User["role"]): CreateUserInput {
  const name = role.toLowerCase();
  return { fullName: `Test ${name}`, email: `${name}-${crypto.randomUUID()}@example.com`, role };
}

async function loadPackage() {
  try {
    return await import("@serviceflow/testing");
  } catch (cause) {
    throw loadFailure(cause);
  }
}
