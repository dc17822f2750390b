import { OPERATIONS, type Operation } from "@serviceflow/server";
import type { Answer, CallOptions, TestApp } from "./test-app.ts";

export const TRANSPORTS = ["rest", "trpc"] as const;
export type Transport = (typeof TRANSPORTS)[number];

type Input = Readonly<Record<string, unknown>>;

/** Calls one procedure by its name with the same input over either transport. */
export function invoke(
  app: TestApp,
  transport: Transport,
  name: string,
  input: Input = {},
  options: Omit<CallOptions, "body"> = {},
): Promise<Answer> {
  const operation = operationNamed(name);
  const isQuery = operation.method === "GET";
  if (transport === "trpc") {
    return app.trpc(isQuery ? "query" : "mutation", name, { ...options, body: input });
  }
  const inPath = new Set(operation.pathFields);
  const rest = Object.entries(input).filter(([field]) => !inPath.has(field));
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, field: string) =>
    // As a URL does with a lone surrogate, which it cannot hold.
    encodeURIComponent(String(input[field]).toWellFormed()),
  );
  if (isQuery)
    return app.call("GET", `${path}${toQuery(rest.flatMap(namedBy(operation)))}`, options);
  const body = rest.length > 0 ? { body: Object.fromEntries(rest) } : {};
  return app.call(operation.method, path, { ...options, ...body });
}

export function operationNamed(name: string): Operation {
  const operation = OPERATIONS.find((candidate) => candidate.name === name);
  if (!operation) throw new Error(`There is no operation ${name}`);
  return operation;
}

/** Where a query holds several filters, each field has the name of its own: `mine.status=NEW`. */
function namedBy({ named }: Operation) {
  const fieldsOf = (value: unknown) =>
    typeof value === "object" && value !== null ? Object.entries(value) : [];
  return ([field, value]: readonly [string, unknown]): (readonly [string, unknown])[] =>
    field === named && fieldsOf(value).length > 0
      ? fieldsOf(value).flatMap(([name, fields]) =>
          fieldsOf(fields).map(([key, item]) => [`${name}.${key}`, item] as const),
        )
      : [[field, value]];
}

function toQuery(fields: readonly (readonly [string, unknown])[]): string {
  const query = new URLSearchParams();
  for (const [name, value] of fields) {
    for (const item of Array.isArray(value) ? value : [value]) query.append(name, String(item));
  }
  return query.size > 0 ? `?${query}` : "";
}

/** A problem without what differs from call to call. */
export function kindOf(problem: Record<string, unknown>): Record<string, unknown> {
  const { instance: _instance, requestId: _requestId, ...kind } = problem;
  return kind;
}
