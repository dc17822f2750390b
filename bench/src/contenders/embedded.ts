import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { temporaryFolder } from "../../../test/src/harness/child-process.ts";
import { fillServiceFlow } from "../data/fill-serviceflow.ts";
import { untilIdle } from "../measure/idle.ts";
import type { Facts } from "../scenarios.ts";
import { addEndOfFeed, ourFacts } from "./ours.ts";
import type { Service } from "./process.ts";
import { bootstrap, callRest, startServiceFlow } from "./serviceflow.ts";

/** Longer than any job waits before it looks for more to do: its database cannot be asked from outside. */
const BETWEEN_JOBS_MS = 6_000;

/** ServiceFlow on its embedded database, filled. */
export async function startEmbedded(fill: {
  count: number;
  entriesEach: number;
}): Promise<{ service: Service; apiKey: string; facts: Omit<Facts, "stock"> }> {
  const dataDir = join(await temporaryFolder("bench-embedded"), "data");
  const empty = await startServiceFlow({ DATA_DIR: dataDir });
  const apiKey = await bootstrap(empty);
  await empty.stop();
  const client = await PGlite.create(dataDir);
  await fillServiceFlow(client as never, fill);
  await client.exec("vacuum analyze");
  await client.exec("checkpoint");
  await client.close();
  const service = await startServiceFlow({ DATA_DIR: dataDir });
  await untilIdle(service.pid, BETWEEN_JOBS_MS);
  const nearEnd = await addEndOfFeed(service, apiKey);
  await untilIdle(service.pid, BETWEEN_JOBS_MS);
  return { service, apiKey, facts: { ...ourFacts(fill.count), nearEnd } };
}

const PAGE = 100;

/** Numbers of its NEW requests, the oldest first. */
export async function newRequests(
  service: Service,
  apiKey: string,
  limit: number,
): Promise<number[]> {
  const found: number[] = [];
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page: { items: { id: string }[]; nextCursor: string | null } = await callRest(
      service,
      apiKey,
      `/requests?status=NEW&sort=oldest&limit=${PAGE}${after}`,
    );
    found.push(...page.items.map(({ id }) => Number(id.slice(3))));
    cursor = page.nextCursor;
  } while (cursor !== null && found.length < limit);
  return found;
}
