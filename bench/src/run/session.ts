import { onServer } from "../../../test/src/harness/local-postgres.ts";
import { CONTENDER_NAMES, type ContenderName } from "../contenders/catalogue.ts";
import { type Contender, httpContender } from "../contenders/contender.ts";
import { newRequests, startEmbedded } from "../contenders/embedded.ts";
import {
  keptDatabase,
  makeOurDatabase,
  newRequestsIn,
  type OurDatabase,
  ourFacts,
  readFeed,
} from "../contenders/ours.ts";
import { findPgbench, pgbenchContender } from "../contenders/pgbench.ts";
import { type Service, startService } from "../contenders/process.ts";
import { knowsWorkers, startServiceFlow } from "../contenders/serviceflow.ts";
import type { Cluster } from "../data/cluster.ts";
import { fillPlain } from "../data/fill-plain.ts";
import { untilSettled } from "../data/settled.ts";
import type { Generator } from "../load/generator.ts";
import type { CallerKind } from "../load/job.ts";
import { untilIdle } from "../measure/idle.ts";

/** The contenders of one size, with their data. */
export interface Session {
  contenders: Contender[];
  /** Contenders that cannot run here, and why. */
  leftOut: Partial<Record<ContenderName, string>>;
  close(): Promise<void>;
}

export interface SessionOptions {
  cluster: Cluster;
  generator: Generator;
  contenders: readonly ContenderName[];
  count: number;
  entriesEach: number;
  before: string | null;
  /** Whether the database of ServiceFlow stays in the cluster for the next run. */
  keep?: boolean;
}

/** The same for all contenders; those of ServiceFlow have their own. */
const PLAIN_KEY = "benchmark-key-of-the-plain-service";

const IN_ONE_PROCESS: readonly [ContenderName, CallerKind, path: string][] = [
  ["serviceflow", "http", "/api/v1"],
  ["serviceflow-trpc", "trpc", "/trpc"],
  ["serviceflow-fetch", "fetch", "/api/v1"],
  ["serviceflow-sdk", "sdk", ""],
];

/** Contenders with tables of ServiceFlow of their own, which take some 8 KB a request. */
const IN_COPIES: readonly ContenderName[] = ["by-hand", "serviceflow-workers", "embedded"];
const MOST_IN_COPIES = 1_000_000;

/** More changes than the embedded database makes in a round. */
const MOST_EMBEDDED = 5_000;

/** Fills a database for each contender, and starts the contender on it. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const builder = new SessionBuilder(options);
  await builder.addPlain();
  await builder.addOurs();
  if (options.before !== null && builder.wants("before")) await builder.addBefore(options.before);
  if (builder.wants("embedded")) await builder.addEmbedded();
  return builder.session();
}

class SessionBuilder {
  readonly #options: SessionOptions;
  readonly #contenders: Contender[] = [];
  readonly #services: Service[] = [];
  readonly #leftOut: Session["leftOut"] = {};

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#leaveOut();
  }

  wants(...names: ContenderName[]): boolean {
    return names.some(
      (name) => this.#options.contenders.includes(name) && !(name in this.#leftOut),
    );
  }

  #leaveOut(): void {
    const { contenders, count } = this.#options;
    if (count > MOST_IN_COPIES) {
      for (const name of contenders.filter((each) => IN_COPIES.includes(each))) {
        this.#leftOut[name] = `its copy of the data is left out above ${MOST_IN_COPIES} requests`;
      }
    }
    if (this.wants("serviceflow-workers") && !knowsWorkers()) {
      this.#leftOut["serviceflow-workers"] = "this checkout has no WEB_CONCURRENCY";
    }
    if (this.wants("pgbench") && findPgbench() === null) {
      this.#leftOut.pgbench = "no pgbench is installed on this machine";
    }
  }

  session(): Session {
    const order = (each: Contender) => CONTENDER_NAMES.indexOf(each.name as ContenderName);
    return {
      contenders: this.#contenders.toSorted((a, b) => order(a) - order(b)),
      leftOut: this.#leftOut,
      close: async () => {
        await Promise.all(this.#services.map((service) => service.stop()));
      },
    };
  }

  async addPlain(): Promise<void> {
    const { cluster, count } = this.#options;
    if (!this.wants("plain", "pgbench")) return;
    const url = await cluster.create("plain");
    await onServer(url, (client) => fillPlain(client, { ...this.#fill, apiKey: PLAIN_KEY }));
    const facts = { ...ourFacts(count), idPrefix: "", nearEnd: null };
    const program = findPgbench();
    if (this.wants("pgbench") && program !== null) {
      const copy = await cluster.create("pgbench", "plain");
      this.#contenders.push(pgbenchContender({ program, url: copy, apiKey: PLAIN_KEY, facts }));
    }
    if (!this.wants("plain")) return;
    await this.#addHttp("plain", await this.#started("plain-service", url), {
      apiKey: PLAIN_KEY,
      facts,
      stock: (limit) => newRequestsIn(url, "id", limit),
    });
  }

  async addOurs(): Promise<void> {
    const { cluster, keep = false } = this.#options;
    const shared = IN_ONE_PROCESS.filter(([name]) => this.wants(name));
    const hasWorkers = this.wants("serviceflow-workers");
    if (shared.length === 0 && !hasWorkers && !this.wants("by-hand")) return;
    const ours = keep
      ? await keptDatabase(cluster, this.#fill)
      : await makeOurDatabase(cluster, "serviceflow", this.#fill);
    if (this.wants("by-hand")) {
      const url = await cluster.create("by_hand", ours.database);
      await this.#addHttp("by-hand", await this.#started("by-hand-service", url), {
        ...ours,
        stock: (limit) => newRequestsIn(url, "number", limit),
      });
    }
    if (hasWorkers) {
      const url = await cluster.create("workers", ours.database);
      const service = await startServiceFlow({ DATABASE_URL: url, WEB_CONCURRENCY: "2" });
      await this.#addOurHttp("serviceflow-workers", service, { ...ours, url });
    }
    if (shared.length === 0) return;
    const service = await startServiceFlow({ DATABASE_URL: ours.url });
    for (const [name, caller, path] of shared) {
      await this.#addOurHttp(name, service, ours, { caller, path, process: "serviceflow" });
    }
  }

  async addBefore(root: string): Promise<void> {
    const database = await makeOurDatabase(this.#options.cluster, "before", this.#fill, root);
    const service = await startServiceFlow({ DATABASE_URL: database.url }, root);
    await this.#addOurHttp("before", service, database);
  }

  async addEmbedded(): Promise<void> {
    const { service, apiKey, facts } = await startEmbedded(this.#fill);
    await this.#addHttp("embedded", service, {
      apiKey,
      facts,
      path: "/api/v1",
      scenarios: "all",
      stock: (limit) => newRequests(service, apiKey, Math.min(limit, MOST_EMBEDDED)),
      settle: () => untilIdle(service.pid, 500),
    });
  }

  get #fill() {
    const { count, entriesEach } = this.#options;
    return { count, entriesEach };
  }

  #started(name: string, url: string): Promise<Service> {
    return startService([`bench/src/contenders/${name}.ts`], {
      probe: "/",
      env: { DATABASE_URL: url },
    });
  }

  #addOurHttp(
    name: ContenderName,
    service: Service,
    database: OurDatabase,
    more: { caller?: CallerKind; path?: string; process?: string } = {},
  ): Promise<void> {
    return this.#addHttp(name, service, {
      ...database,
      path: "/api/v1",
      scenarios: name === "serviceflow" || name === "before" ? "all" : "core",
      stock: (limit) => newRequestsIn(database.url, "number", limit),
      settle: () => untilSettled(database.url, () => readFeed(service, database.apiKey)),
      ...more,
    });
  }

  async #addHttp(
    name: ContenderName,
    service: Service,
    its: Pick<Parameters<typeof httpContender>[0], "apiKey" | "facts" | "stock"> &
      Partial<Parameters<typeof httpContender>[0]>,
  ): Promise<void> {
    if (!this.#services.includes(service)) this.#services.push(service);
    const { generator } = this.#options;
    const defaults = { path: "", caller: "http", scenarios: "core", process: name } as const;
    const settle = async () => {};
    this.#contenders.push(httpContender({ ...defaults, settle, generator, name, service, ...its }));
  }
}
