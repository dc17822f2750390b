import type { Generator } from "../load/generator.ts";
import type { CallerKind, Load, Shape } from "../load/job.ts";
import type { Facts, Scenario } from "../scenarios.ts";
import type { Service } from "./process.ts";

/** What is measured. */
export interface Contender {
  name: string;
  /** Its process, or the first one of several; null: it has none besides PostgreSQL and the load. */
  pid: number | null;
  /** Whose memory it is, where contenders share a process. */
  process: string;
  knows(scenario: Scenario): boolean;
  /** Prepares a load. @returns what runs it, once */
  ready(scenario: Scenario, shape: Shape): Promise<() => Promise<Load>>;
  /** Waits until what writes leave to be done later is done. */
  settle(): Promise<void>;
}

export interface HttpContenderOptions {
  name: string;
  process: string;
  service: Service;
  /** Path of the service below which the paths of scenarios are. */
  path: string;
  apiKey: string;
  caller: CallerKind;
  generator: Generator;
  facts: Omit<Facts, "stock">;
  /** Whether it knows the core scenarios, or all. */
  scenarios: "core" | "all";
  /** Numbers of NEW requests, that many at most. */
  stock(limit: number): Promise<number[]>;
  settle(): Promise<void>;
}

/** More than any contender changes in a second. */
const STOCK_PER_SECOND = 12_000;

/** A contender that is called over HTTP. */
export function httpContender(options: HttpContenderOptions): Contender {
  const { name, process, service, path, apiKey, caller, generator, facts, settle } = options;
  return {
    name,
    process,
    pid: service.pid,
    knows: ({ core }) => core || options.scenarios === "all",
    async ready(scenario, shape) {
      const perSecond = shape.loop === "open" ? shape.rate : STOCK_PER_SECOND;
      const most = Math.ceil(shape.seconds * perSecond);
      const stock = scenario.name === "status" ? await options.stock(most) : [];
      const base = service.url + path;
      const job = { caller, base, apiKey, scenario: scenario.name, shape };
      return () => generator.run({ ...job, facts: { ...facts, stock } });
    },
    settle,
  };
}
