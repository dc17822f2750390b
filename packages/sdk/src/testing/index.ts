/** A complete in-memory ServiceFlow for tests. */
import type { CreateUserInput, User } from "@serviceflow/domain";
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

/** Options of `createTestServer`. */
export interface TestServerOptions {
  /** The server's clock; the system clock by default. */
  now?: (() => Date) | undefined;
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
  /** Closes the server and discards its data. Required for the process to exit. Later calls fail with `server_closed`. */
  close(): Promise<void>;
}

/**
 * Starts the real server in this process, with an in-memory PostgreSQL: no port, no network, no Docker, ready in a second
 * or two. It does not deliver webhooks; test a receiver with `signWebhook` from `@serviceflow/sdk/webhooks`.
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
 * await server.close();
 * ```
 */
export async function createTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { startTestServer } = await loadPackage();
  const { baseUrl, bootstrapKey, fetch, close } = await startTestServer(options);
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
  return {
    baseUrl,
    fetch,
    admin,
    agent: await addUser({ role: "AGENT" }),
    employee: await addUser(),
    client,
    addUser,
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
