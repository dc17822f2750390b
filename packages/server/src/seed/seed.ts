import { setImmediate } from "node:timers/promises";
import { DomainError, type KeyBounds, type Role, type ServiceRequest } from "@serviceflow/domain";
import { EXAMPLE_USER_ID } from "@serviceflow/domain/contract";
import { pino } from "pino";
import { formatApiKey } from "../access/api-key-format.ts";
import type { CallContext, Services } from "../context.ts";
import type { Database } from "../db/database.ts";
import { uuidOf } from "../db/ids.ts";
import { users } from "../db/schema.ts";
import { columns, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { NO_LINES } from "../http/call-lines.ts";
import { UNLIMITED } from "../http/limits.ts";
import { Metrics } from "../http/metrics.ts";
import { appRouter } from "../router.ts";
import { DEMO_CATEGORIES, DEMO_REQUESTS, type DemoRequest } from "./demo-requests.ts";

/** The raw keys of the demo users: they are shown this once. */
export type DemoKeys = Record<Role, string>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const REQUEST_INTERVAL_MS = 18 * HOUR_MS;

const anyUser = statement(
  null,
  sql`select ${columns({ exists: value("boolean", sql`exists (select 1 from ${users})`) })}`,
);

/** Whether nobody has used the database yet. */
export async function isUnused(db: Database): Promise<boolean> {
  const [row] = await db.query(anyUser);
  return row?.exists === false;
}

/**
 * Fills an unused database with a demo: a user of each role, categories, and some weeks of requests. It makes the same
 * calls that a client would, with the clock set back.
 * @returns null when there are users already: nothing is done then
 */
export async function seedDemo(services: Services): Promise<DemoKeys | null> {
  if (!(await isUnused(services.db))) return null;
  const session = new DemoSession(services, DEMO_REQUESTS.length * REQUEST_INTERVAL_MS);
  let admin: string;
  try {
    admin = await session.bootstrap();
  } catch (error) {
    // Another replica was first.
    if (error instanceof DomainError && error.code === "bootstrap_closed") return null;
    throw error;
  }
  const agent = await session.addUser(admin, "AGENT", "Demo Agent", EXAMPLE_USER_ID);
  const employee = await session.addUser(admin, "EMPLOYEE", "Demo Employee");
  for (const category of DEMO_CATEGORIES) await session.as(admin).categories.create(category);
  for (const request of DEMO_REQUESTS) {
    await play(session, request, agent, employee);
    // The embedded engine never waits for anything, so without this the server could not answer meanwhile.
    await setImmediate();
    session.advance(REQUEST_INTERVAL_MS);
  }
  return { ADMIN: admin, AGENT: agent, EMPLOYEE: employee };
}

/** One request's life, within the interval to the next. */
async function play(
  session: DemoSession,
  demo: DemoRequest,
  agentKey: string,
  employeeKey: string,
): Promise<void> {
  const agent = session.as(agentKey);
  const employee = session.as(employeeKey);
  const { title, description, category, priority, course, comments = [], note } = demo;
  const { id }: ServiceRequest = await employee.requests.create({
    title,
    description,
    category,
    priority,
  });
  if (course === "new") return;
  if (course === "withdrawn") {
    session.wait(HOUR_MS);
    await employee.requests.transition({ id, status: "CANCELED", reason: demo.reason });
    return;
  }
  session.wait(HOUR_MS);
  await agent.requests.claim({ id });
  if (course === "claimed") return;
  session.wait(HOUR_MS);
  await agent.requests.transition({ id, status: "IN_PROGRESS" });
  if (note) await agent.comments.create({ id, body: note, visibility: "INTERNAL" });
  for (const [index, body] of comments.entries()) {
    session.wait(HOUR_MS);
    await (index % 2 === 0 ? agent : employee).comments.create({ id, body });
  }
  if (course === "started") return;
  session.wait(2 * HOUR_MS);
  const status = course === "done" ? "DONE" : "CANCELED";
  await agent.requests.transition({ id, status, ...(demo.reason ? { reason: demo.reason } : {}) });
}

interface Sources {
  clock(): Date;
  random(size: number): Uint8Array;
}

/** The sources of a call whose first id is a given one: a UUIDv7 is made of the time and ten random bytes. */
function makingFirst(userId: string, { clock, random }: Sources): Sources {
  const hex = uuidOf("user", userId).replaceAll("-", "");
  let isMade = false;
  return {
    clock: () => (isMade ? clock() : new Date(Number.parseInt(hex.slice(0, 12), 16))),
    random(size) {
      if (isMade) return random(size);
      isMade = true;
      return Buffer.from(hex.slice(12), "hex");
    },
  };
}

class DemoSession {
  readonly #services: Services;
  readonly #bootstrapKey: string;
  readonly #metrics = new Metrics();
  readonly #keyBounds: KeyBounds;
  #begin: number;
  #waited = 0;

  constructor(services: Services, since: number) {
    this.#services = services;
    this.#bootstrapKey = formatApiKey(services.random(32));
    this.#begin = services.clock().getTime() - since;
    // The demo's keys are issued in the past, but should be valid as long as those issued now.
    const { maxPerUser, maxLifetimeDays } = services.keyBounds;
    this.#keyBounds = {
      maxPerUser,
      maxLifetimeDays: maxLifetimeDays === null ? null : maxLifetimeDays + since / DAY_MS,
    };
  }

  /** Some time passes for the request at hand. */
  wait(milliseconds: number): void {
    this.#waited += milliseconds;
  }

  /** On to the next request. */
  advance(milliseconds: number): void {
    this.#begin += milliseconds;
    this.#waited = 0;
  }

  async bootstrap(): Promise<string> {
    const caller = this.#caller({ "x-bootstrap-key": this.#bootstrapKey });
    try {
      const user = await caller.users.create({
        fullName: "Demo Administrator",
        email: "admin@example.com",
      });
      return user.apiKey;
    } catch (error) {
      throw error instanceof Error && error.cause instanceof DomainError ? error.cause : error;
    }
  }

  /** @param id of the user; by default a new one */
  async addUser(adminKey: string, role: Role, fullName: string, id?: string): Promise<string> {
    const email = `${role.toLowerCase()}@example.com`;
    const caller = this.#caller({ "x-api-key": adminKey }, id);
    return (await caller.users.create({ fullName, email, role })).apiKey;
  }

  as(apiKey: string) {
    return this.#caller({ "x-api-key": apiKey });
  }

  #caller(headers: Readonly<Record<string, string>>, firstId?: string) {
    const sources: Sources = {
      clock: () => new Date(this.#begin + this.#waited),
      random: this.#services.random,
    };
    const context: CallContext = {
      ...this.#services,
      log: pino({ level: "silent" }),
      bootstrapKey: this.#bootstrapKey,
      keyBounds: this.#keyBounds,
      ...(firstId ? makingFirst(firstId, sources) : sources),
      noteKeyUse: () => null,
      limits: UNLIMITED,
      metrics: this.#metrics,
      transport: "trpc",
      requestId: "seed",
      path: "seed",
      clientAddress: null,
      secure: false,
      disconnected: () => new AbortController().signal,
      header: (name) => headers[name] ?? null,
      responseHeaders: {},
      lines: NO_LINES,
    };
    return appRouter.createCaller(context);
  }
}
