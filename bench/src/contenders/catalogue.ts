/** The contenders, in the order of the report: what they are called, and what they are. */
export const CATALOGUE = {
  plain: {
    title: "plain Fastify + pg",
    what: "The baseline: 150 lines of Fastify and `pg` on two plain tables of their own, requests and history. It looks up the key on every call, reads, lists 50, inserts and changes a status with a row of history, in prepared statements; and nothing else.",
  },
  "by-hand": {
    title: "our tables by hand",
    what: "Fastify and `pg` on the tables of ServiceFlow, the same SQL written by hand. No validation, policy, idempotency, limits, seals or logs; triggers note what the jobs of ServiceFlow would derive.",
  },
  pgbench: {
    title: "pgbench",
    what: "PostgreSQL alone: `pgbench -M prepared` with the statements of the plain service on a copy of its tables. It comes with a PostgreSQL that is installed on the machine; the npm package has none.",
  },
  serviceflow: {
    title: "ServiceFlow, REST",
    what: "One process with its default configuration, everything on, a log line for each call.",
  },
  "serviceflow-trpc": {
    title: "ServiceFlow, tRPC",
    what: "The same process: single calls of its procedures, not through a client.",
  },
  "serviceflow-fetch": {
    title: "ServiceFlow, REST by fetch",
    what: "The same process, called by `fetch` from one Node process that parses the answers, with an Idempotency-Key on mutations. This is what the SDK is compared with: both cost the load generator more than the server.",
  },
  "serviceflow-sdk": {
    title: "ServiceFlow, SDK",
    what: "The same process through `@serviceflow/sdk`, in the process of the load generator.",
  },
  "serviceflow-workers": {
    title: "ServiceFlow, 2 workers",
    what: "`WEB_CONCURRENCY=2`, REST. The memory of its processes is added up, with the pages that they share in each.",
  },
  embedded: {
    title: "ServiceFlow, embedded",
    what: "One process with the embedded database, REST.",
  },
  before: {
    title: "ServiceFlow before",
    what: "Another checkout of ServiceFlow, REST: `BEFORE=/path npm run bench`.",
  },
} as const satisfies Record<string, { title: string; what: string }>;

export type ContenderName = keyof typeof CATALOGUE;

export const CONTENDER_NAMES = Object.keys(CATALOGUE) as ContenderName[];

/** How a contender is called in a report. */
export function titleOf(name: string): string {
  return CATALOGUE[name as ContenderName].title;
}
