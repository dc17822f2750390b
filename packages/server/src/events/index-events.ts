import { setTimeout as pause } from "node:timers/promises";
import { placeAfter, type RequestPlace, toPublicId, toUuid } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import type { Logger } from "pino";
import { Job } from "../background.ts";
import type { Reads } from "../db/database.ts";
import { auditHead, auditLogs, auditSeals, requestEvents, requestEventsEnd } from "../db/schema.ts";
import { columns, literal, maybe, p, type Row, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { type Arrays, insertFrom, prefixed, set, unnested, type Values } from "../db/write.ts";
import { type FoundRequest, type FoundRequests, foundRequests, isLate } from "./found-requests.ts";

const INTERVAL_MS = 5_000;
const BATCH_SIZE = 1_000;

const progress = statement(
  "request_events_progress",
  sql`
    select ${columns({ known: requestEventsEnd.position, sealed: auditHead.position })}
    from ${requestEventsEnd} cross join ${auditHead}`,
);

/** How many sealed entries the index of events lacks. */
export async function eventIndexLag(db: Reads): Promise<number> {
  const [row] = await db.query(progress);
  return row ? Number(row.sealed) - Number(row.known) : 0;
}

const earlier = alias(requestEvents, "earlier");
const before = alias(requestEvents, "before");

const UNKNOWN = {
  position: auditSeals.position,
  sealedAt: auditSeals.sealedAt,
  serviceRequestId: value("uuid", sql`${auditLogs.serviceRequestId}`),
  action: auditLogs.action,
  changes: auditLogs.changes,
  internal: auditLogs.internal,
  ...maybe({
    categoryBefore: before.category,
    assigneeIdBefore: before.assigneeId,
  }),
};

// An internal comment leaves a request where it was.
const unknown = statement(
  "request_events_unknown",
  sql`
    select ${columns(UNKNOWN)} from ${auditSeals}
    join ${auditLogs} on ${auditLogs.seq} = ${auditSeals.entrySeq}
    left join lateral (
      select ${earlier}.* from ${requestEvents} ${earlier}
      where ${earlier.requestId} = ${auditLogs.serviceRequestId} and ${earlier.internal} = false
      order by ${earlier.position} desc limit 1
    ) as ${before} on true
    where ${auditSeals.position} > ${p("from", "bigint")} and ${auditSeals.position} <= ${p("to", "bigint")}
      and ${auditLogs.serviceRequestId} is not null
    order by ${auditSeals.position}`,
);

const added = unnested(requestEvents, "added", []);

// Of replicas that come to the same entries, one moves the end on, and only that one adds them.
const add = statement(
  "request_events_add",
  sql`
    with moved as (
      update ${requestEventsEnd} set ${set(requestEventsEnd, { position: p("to", "bigint") })}
      where ${requestEventsEnd.position} = ${p("from", "bigint")} returning 1
    ), added_rows as (${insertFrom(requestEvents, added.columns, sql`moved, ${added.rows}`)})
    select ${columns({ moved: value("boolean", literal("true")) })} from moved`,
);

// A batch of other entries, such as those of users, has no row to take the names of the columns from.
function arraysOfEvents(
  rows: readonly Values<typeof requestEvents>[],
): Arrays<Values<typeof requestEvents>> {
  return {
    position: rows.map(({ position }) => position),
    requestId: rows.map(({ requestId }) => requestId),
    category: rows.map(({ category }) => category),
    assigneeId: rows.map(({ assigneeId }) => assigneeId),
    internal: rows.map(({ internal }) => internal),
  };
}

interface Indexing {
  db: Reads;
  clock(): Date;
}

type Progress = "caught up" | "moved on" | "overtaken";

/**
 * Adds the events of requests that were sealed since, a batch of them, for the filters of the feed. It is caught up when it
 * comes to one whose request cannot be seen yet.
 */
async function indexEvents({ db, clock }: Indexing): Promise<Progress> {
  const [ends] = await db.query(progress);
  const known = Number(ends?.known ?? 0);
  const sealed = Number(ends?.sealed ?? 0);
  if (known >= sealed) return "caught up";
  const found = { from: known, to: Math.min(known + BATCH_SIZE, sealed) };
  const entries = await db.query(unknown, found);
  const requests = await foundRequests(db, entries);
  const late = entries.findIndex((entry) => isLate(entry, requests, clock()));
  const [seen, to] =
    late === -1
      ? [entries, found.to]
      : [entries.slice(0, late), Number(entries[late]?.position) - 1];
  if (to === known) return "caught up";
  const batch = { from: known, to };
  const rows = placed(seen, requests);
  const [moved] = await db.query(add, { ...batch, ...prefixed("added", arraysOfEvents(rows)) });
  return moved ? "moved on" : "overtaken";
}

/** Where each event left its request: the one before it says where that was. */
function placed(
  rows: readonly Row<typeof UNKNOWN>[],
  requests: FoundRequests,
): Values<typeof requestEvents>[] {
  const places = new Map<string, RequestPlace>();
  return rows.flatMap((row) => {
    const { position, serviceRequestId: requestId, internal } = row;
    const request = requests.get(requestId);
    if (!request) return [];
    const place = placeAfter(places.get(requestId) ?? placeBefore(row, request), row.changes);
    places.set(requestId, place);
    const { category, assigneeId } = place;
    const assignee = assigneeId === null ? null : toUuid("user", assigneeId);
    return [{ position, requestId, category, assigneeId: assignee, internal }];
  });
}

function placeBefore(
  { categoryBefore: category, assigneeIdBefore: assignee, action }: Row<typeof UNKNOWN>,
  now: FoundRequest,
): RequestPlace {
  if (category !== null) {
    return { category, assigneeId: assignee && toPublicId("user", assignee) };
  }
  // Without the entry that created it, which only SQL leaves out, nothing but its row is known.
  return action === "request.created"
    ? { category: now.category, assigneeId: null }
    : { category: now.category, assigneeId: now.assignee?.id ?? null };
}

const MAX_STEPS = 10;
const WAIT_MS = 10;

/** Indexes for all readers of a process, once at a time: together they would only overtake each other. */
export class ReadersIndex {
  readonly #indexing: Indexing;
  #running: Promise<boolean> | null = null;
  #next: Promise<boolean> | null = null;

  constructor(indexing: Indexing) {
    this.#indexing = indexing;
  }

  /**
   * Indexes what is sealed, a bounded number of events. A run in progress may have begun before that was.
   * @returns whether that was all of it
   */
  catchUp(): Promise<boolean> {
    if (this.#running === null) return this.#run();
    this.#next ??= this.#running.then(
      () => this.#run(),
      () => this.#run(),
    );
    return this.#next;
  }

  #run(): Promise<boolean> {
    this.#next = null;
    const run = indexInSteps(this.#indexing).finally(() => {
      if (this.#running === run) this.#running = null;
    });
    this.#running = run;
    return run;
  }
}

async function indexInSteps(indexing: Indexing): Promise<boolean> {
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const progress = await indexEvents(indexing);
    if (progress === "caught up") return true;
    if (progress === "overtaken") await pause(WAIT_MS);
  }
  return (await indexEvents(indexing)) === "caught up";
}

/** Indexes in the background, so that readers find little left to do. */
export function eventIndexer({ log, ...indexing }: Indexing & { log: Logger }): Job {
  return new Job({
    log,
    name: "index the events of requests",
    everyMs: INTERVAL_MS,
    work: async () => (await indexEvents(indexing)) === "moved on",
  });
}
