import createClient from "openapi-fetch";
import type { components, paths } from "../generated/openapi-fetch.ts";
import { report, setting } from "./journey.ts";

type Problem = components["schemas"]["Problem"];

const baseUrl = `${setting("SERVICEFLOW_URL")}/api/v1`;

function as(apiKey: string) {
  return createClient<paths>({ baseUrl, headers: { "X-API-Key": apiKey } });
}

function must<Data>(result: { data?: Data; error?: Problem }): Data {
  if (result.data === undefined) throw new Error(`${result.error?.code}: ${result.error?.detail}`);
  return result.data;
}

function mustNot(result: { data?: unknown; error?: Problem }): Problem {
  if (result.error === undefined) throw new Error("Expected an error");
  return result.error;
}

const bootstrap = createClient<paths>({
  baseUrl,
  headers: { "X-Bootstrap-Key": setting("ADMIN_BOOTSTRAP_KEY") },
});
const first = must(
  await bootstrap.POST("/users", { body: { fullName: "Ada Admin", email: "ada@example.com" } }),
);
const admin = as(first.apiKey);
const makeUser = async (fullName: string, role: components["schemas"]["Role"]) => {
  const email = `${role.toLowerCase()}@example.com`;
  return as(must(await admin.POST("/users", { body: { fullName, email, role } })).apiKey);
};
const agent = await makeUser("Abe Agent", "AGENT");
const employee = await makeUser("Eve Employee", "EMPLOYEE");

const create = (title: string, key: string) =>
  employee.POST("/requests", {
    params: { header: { "Idempotency-Key": key } },
    body: { title, priority: "HIGH" },
  });
const created = await create("Printer jammed", "key-1");
const request = must(created);
const replayed = await create("Printer jammed", "key-1");
const path = { id: request.id };

must(
  await agent.POST("/requests/{id}/comments", {
    params: { path },
    body: { body: "The roller is worn", visibility: "INTERNAL" },
  }),
);
must(
  await agent.POST("/requests/{id}/comments", { params: { path }, body: { body: "On my way" } }),
);

const started = must(
  await agent.PATCH("/requests/{id}/status", {
    params: { path, header: { "If-Match": created.response.headers.get("etag") ?? "" } },
    body: { status: "IN_PROGRESS" },
  }),
);
const done = must(
  await agent.PATCH("/requests/{id}/status", { params: { path }, body: { status: "DONE" } }),
);
const illegal = await agent.PATCH("/requests/{id}/status", {
  params: { path },
  body: { status: "CANCELED", reason: "Too late" },
});
const invalid = await employee.POST("/requests", { body: { title: "x" } });

const comments = must(await employee.GET("/requests/{id}/comments", { params: { path } }));
const history = must(await agent.GET("/requests/{id}/history", { params: { path } }));

for (const number of [2, 3, 4, 5]) must(await create(`Request ${number}`, `key-${number}`));
const listed: string[] = [];
let pages = 0;
let cursor: string | undefined;
do {
  const query = {
    limit: 2,
    status: ["NEW" as const, "DONE" as const],
    ...(cursor ? { cursor } : {}),
  };
  const page = must(await employee.GET("/requests", { params: { query } }));
  listed.push(...page.items.map((item) => item.title));
  pages += 1;
  cursor = page.nextCursor ?? undefined;
} while (cursor);

// What the document forbids does not compile.
void (() => [
  // @ts-expect-error a status that does not exist
  agent.PATCH("/requests/{id}/status", { params: { path }, body: { status: "FINISHED" } }),
  // @ts-expect-error a title is required
  agent.POST("/requests", { body: { priority: "HIGH" } }),
]);

report({
  isReplayed:
    replayed.data?.id === request.id &&
    replayed.response.headers.get("idempotent-replayed") === "true",
  statuses: [request.status, started.status, done.status],
  commentsSeenByEmployee: comments.items.map((comment) => comment.body),
  history: history.items.map((entry) => entry.action),
  listed,
  pages,
  invalid: {
    status: invalid.response.status,
    code: mustNot(invalid).code,
    pointers: mustNot(invalid).errors.map((fault) => fault.pointer),
  },
  illegal: {
    status: illegal.response.status,
    code: mustNot(illegal).code,
    allowed: mustNot(illegal).allowed,
  },
});
