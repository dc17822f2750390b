import { type Client, createClient } from "../generated/hey-api/client/index.ts";
import {
  commentsCreate,
  commentsList,
  type Problem,
  type Role,
  requestsCreate,
  requestsHistory,
  requestsList,
  requestsTransition,
  usersCreate,
} from "../generated/hey-api/index.ts";
import { report, setting } from "./journey.ts";

const baseUrl = `${setting("SERVICEFLOW_URL")}/api/v1`;

function as(apiKey: string): Client {
  return createClient({ baseUrl, auth: (scheme) => (scheme.name === "X-API-Key" ? apiKey : "") });
}

function must<Data>(result: { data: Data | undefined; error: Problem | undefined }): Data {
  if (result.data === undefined) throw new Error(`${result.error?.code}: ${result.error?.detail}`);
  return result.data;
}

function mustNot(result: { error: Problem | undefined }): Problem {
  if (result.error === undefined) throw new Error("Expected an error");
  return result.error;
}

const bootstrap = createClient({
  baseUrl,
  headers: { "X-Bootstrap-Key": setting("ADMIN_BOOTSTRAP_KEY") },
});
const first = must(
  await usersCreate({
    client: bootstrap,
    body: { fullName: "Ada Admin", email: "ada@example.com" },
  }),
);
const admin = as(first.apiKey);
const makeUser = async (fullName: string, role: Role) => {
  const email = `${role.toLowerCase()}@example.com`;
  return as(must(await usersCreate({ client: admin, body: { fullName, email, role } })).apiKey);
};
const agent = await makeUser("Abe Agent", "AGENT");
const employee = await makeUser("Eve Employee", "EMPLOYEE");

const create = (title: string, key: string) =>
  requestsCreate({
    client: employee,
    headers: { "Idempotency-Key": key },
    body: { title, priority: "HIGH" },
  });
const created = await create("Printer jammed", "key-1");
const request = must(created);
const replayed = await create("Printer jammed", "key-1");
const path = { id: request.id };

must(
  await commentsCreate({
    client: agent,
    path,
    body: { body: "The roller is worn", visibility: "INTERNAL" },
  }),
);
must(await commentsCreate({ client: agent, path, body: { body: "On my way" } }));

const started = must(
  await requestsTransition({
    client: agent,
    path,
    headers: { "If-Match": created.response?.headers.get("etag") ?? "" },
    body: { status: "IN_PROGRESS" },
  }),
);
const done = must(await requestsTransition({ client: agent, path, body: { status: "DONE" } }));
const illegal = await requestsTransition({
  client: agent,
  path,
  body: { status: "CANCELED", reason: "Too late" },
});
const invalid = await requestsCreate({ client: employee, body: { title: "x" } });

const comments = must(await commentsList({ client: employee, path }));
const history = must(await requestsHistory({ client: agent, path }));

for (const number of [2, 3, 4, 5]) must(await create(`Request ${number}`, `key-${number}`));
const listed: string[] = [];
let pages = 0;
let cursor: string | undefined;
do {
  const page = must(
    await requestsList({
      client: employee,
      query: { limit: 2, status: ["NEW", "DONE"], ...(cursor ? { cursor } : {}) },
    }),
  );
  listed.push(...page.items.map((item) => item.title));
  pages += 1;
  cursor = page.nextCursor ?? undefined;
} while (cursor);

// What the document forbids does not compile.
void (() => [
  // @ts-expect-error a status that does not exist
  requestsTransition({ client: agent, path, body: { status: "FINISHED" } }),
  // @ts-expect-error a title is required
  requestsCreate({ client: agent, body: { priority: "HIGH" } }),
]);

report({
  isReplayed:
    replayed.data?.id === request.id &&
    replayed.response?.headers.get("idempotent-replayed") === "true",
  statuses: [request.status, started.status, done.status],
  commentsSeenByEmployee: comments.items.map((comment) => comment.body),
  history: history.items.map((entry) => entry.action),
  listed,
  pages,
  invalid: {
    status: invalid.response?.status ?? 0,
    code: mustNot(invalid).code,
    pointers: mustNot(invalid).errors.map((fault) => fault.pointer),
  },
  illegal: {
    status: illegal.response?.status ?? 0,
    code: mustNot(illegal).code,
    allowed: mustNot(illegal).allowed,
  },
});
