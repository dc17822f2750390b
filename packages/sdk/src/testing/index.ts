/** A whole ServiceFlow in memory, for the tests of what is built on it. */
import type { CreateUserInput, User } from "@serviceflow/domain";
import { ServiceFlow, type ServiceFlowOptions } from "../client.ts";
import type { Fetch } from "../transport/sender.ts";

/** Somebody, with a client that calls as them. */
export interface TestPerson {
  user: User;
  /** `sf_...` */
  apiKey: string;
  sf: ServiceFlow;
}

export interface TestServerOptions {
  /** The moment it is for the server; the time of this machine by default. */
  now?: (() => Date) | undefined;
}

/** A ServiceFlow of a test's own, with somebody of each role in it. */
export interface TestServer {
  /** What to give as `baseUrl`: it leads nowhere without `fetch`. */
  baseUrl: string;
  /** What to give as `fetch`: no port is opened. */
  fetch: Fetch;
  admin: TestPerson;
  agent: TestPerson;
  employee: TestPerson;
  /** A client of this server, without an API key if none is given. */
  client(options?: Partial<ServiceFlowOptions>): ServiceFlow;
  /** Adds somebody; name and address are made up if they are not given. */
  addUser(input?: Partial<CreateUserInput>): Promise<TestPerson>;
  /** Ends what is open, and forgets everything; without it the process stays. Calls fail with `server_closed` afterwards. */
  close(): Promise<void>;
}

/**
 * Starts a ServiceFlow in this process: the rules, the API and a PostgreSQL in memory, without a port, a network or
 * Docker, in a second or two. It is the server itself and no imitation, but that nothing is sent to webhooks: test a
 * receiver with `sign` from `@serviceflow/sdk/webhooks`.
 *
 * It comes in a package of its own, `npm install --save-dev @serviceflow/testing`.
 * @throws TypeError when that package is not installed
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
  const admin = person(await client().users.bootstrap(madeUp("ADMIN"), bootstrapKey));
  const addUser = async (input: Partial<CreateUserInput> = {}) =>
    person(await admin.sf.users.create({ ...madeUp(input.role ?? "EMPLOYEE"), ...input }));
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

function madeUp(role: User["role"]): CreateUserInput {
  const name = role.toLowerCase();
  return { fullName: `Test ${name}`, email: `${name}-${crypto.randomUUID()}@example.com`, role };
}

async function loadPackage() {
  try {
    return await import("@serviceflow/testing");
  } catch (cause) {
    throw new TypeError(
      "createTestServer needs the package @serviceflow/testing: npm install --save-dev @serviceflow/testing",
      { cause },
    );
  }
}
