import { onServer } from "../../../test/src/harness/local-postgres.ts";
import type { Cluster } from "../data/cluster.ts";
import { fillServiceFlow } from "../data/fill-serviceflow.ts";
import { FIRST_NUMBER } from "../data/made-requests.ts";
import { tidy, untilSettled } from "../data/settled.ts";
import type { Facts } from "../scenarios.ts";
import type { Service } from "./process.ts";
import { bootstrap, callRest, renewKey, startServiceFlow } from "./serviceflow.ts";

/** A database of ServiceFlow, filled and settled, with no server on it. */
export interface OurDatabase {
  /** In the cluster. */
  database: string;
  url: string;
  apiKey: string;
  facts: Omit<Facts, "stock">;
}

/** More than a page of the feed. */
const LAST_REQUESTS = 60;

/** The same database each time, once it has been made: filling millions of requests takes an hour. No key is kept with it. */
export async function keptDatabase(
  cluster: Cluster,
  fill: { count: number; entriesEach: number },
): Promise<OurDatabase> {
  const name = `kept_${fill.count}_${fill.entriesEach}`;
  const kept = await cluster.kept(name);
  if (kept) {
    const apiKey = await renewKey(kept.url);
    return { database: name, url: kept.url, apiKey, facts: JSON.parse(kept.note) };
  }
  const made = await makeOurDatabase(cluster, name, fill);
  await cluster.keep(name, JSON.stringify(made.facts));
  return made;
}

/** @param root the checkout that migrates it and runs the jobs on it */
export async function makeOurDatabase(
  cluster: Cluster,
  name: string,
  fill: { count: number; entriesEach: number },
  root?: string,
): Promise<OurDatabase> {
  const url = await cluster.create(name);
  const service = await startServiceFlow({ DATABASE_URL: url }, root);
  const apiKey = await bootstrap(service);
  const filledAt = performance.now();
  await onServer(url, async (client) => {
    await fillServiceFlow(client, fill);
    await client.query("vacuum analyze");
  });
  const settledFrom = performance.now();
  await untilSettled(url);
  const seconds = (from: number, to: number) => Math.round((to - from) / 1_000);
  const gigabytes = await onServer(url, async (client) => {
    const { rows } = await client.query("select pg_database_size(current_database()) as bytes");
    return (Number(rows[0].bytes) / 1e9).toFixed(1);
  });
  console.error(
    `${name}: filled in ${seconds(filledAt, settledFrom)} s, words, seals and events in ${seconds(settledFrom, performance.now())} s more: ${gigabytes} GB`,
  );
  const nearEnd = await addEndOfFeed(service, apiKey);
  await untilSettled(url);
  await service.stop();
  await tidy(url);
  return { database: name, url, apiKey, facts: { ...ourFacts(fill.count), nearEnd } };
}

/** Files some requests more. @returns where in the feed they begin */
export async function addEndOfFeed(service: Service, apiKey: string): Promise<string> {
  const { nextCursor } = await callRest<{ nextCursor: string }>(
    service,
    apiKey,
    "/events?after=now",
  );
  for (let i = 0; i < LAST_REQUESTS; i += 1) {
    await callRest(service, apiKey, "/requests", { title: `The last but ${LAST_REQUESTS - i}` });
  }
  return nextCursor;
}

/** Reads the feed by a filter, which another build may refuse. */
export async function readFeed({ url }: Service, apiKey: string): Promise<void> {
  const path = "/api/v1/events?after=now&category=general&limit=1";
  const response = await fetch(url + path, { headers: { "x-api-key": apiKey } });
  await response.arrayBuffer();
}

/** What is known of a fill. */
export function ourFacts(count: number): Omit<Facts, "stock" | "nearEnd"> {
  return { first: FIRST_NUMBER, last: FIRST_NUMBER + count - 1, idPrefix: "SF-" };
}

/** Numbers of NEW requests in a column of that name, the oldest first. */
export function newRequestsIn(url: string, column: "number" | "id", limit: number) {
  return onServer(url, async (client): Promise<number[]> => {
    const { rows } = await client.query(
      `select ${column}::int as number from requests where status = 'NEW' order by ${column} limit $1`,
      [limit],
    );
    return rows.map(({ number }) => number);
  });
}
