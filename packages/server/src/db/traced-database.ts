import type { Tracer } from "../tracing/tracer.ts";
import { type Database, type Query, queryBy, type Reads } from "./database.ts";
import { isTimedOut, rootCause } from "./failure.ts";
import type { Statement } from "./statement.ts";

/** Where a database is, as far as that is known: a part of the statements may go elsewhere. */
export interface DatabasePlace {
  /** The URL of the primary; null: the engine is embedded. */
  url: string | null;
  hasReplica: boolean;
}

/**
 * A database each of whose statements is a span, as long as it belongs to a traced call or delivery. What the server does in
 * the background has none.
 */
export function tracedDatabase(db: Database, tracer: Tracer, place: DatabasePlace): Database {
  const anywhere = { "db.system.name": "postgresql", ...namespaceOf(place.url) };
  const atPrimary = { ...anywhere, ...addressOf(place.url) };
  const traced = (query: Query, attributes: typeof anywhere): Query =>
    queryBy(async (statement, values) => {
      const parent = tracer.current();
      if (parent === null) return query(statement, values);
      const { operation, summary } = descriptionOf(statement);
      const span = tracer.start({
        name: summary,
        kind: "client",
        attributes: {
          ...attributes,
          "db.operation.name": operation,
          "db.query.summary": summary,
        },
        parent,
      });
      try {
        const rows = await query(statement, values);
        span.end();
        return rows;
      } catch (error) {
        const state = stateOf(error);
        if (state !== null) span.set({ "db.response.status_code": state });
        span.end(state ?? nameOf(error));
        throw error;
      }
    });
  const readsOf = ({ query }: Reads): Reads => ({
    query: traced(query, place.hasReplica ? anywhere : atPrimary),
  });
  return {
    ...db,
    query: traced(db.query, atPrimary),
    points: { query: traced(db.points.query, atPrimary) },
    replicated: readsOf(db.replicated),
    heavy: readsOf(db.heavy),
    batches: readsOf(db.batches),
    transaction: (run) => db.transaction((query) => run(traced(query, atPrimary))),
  };
}

const SQL_STATE = /^[0-9A-Z]{5}$/;

function stateOf(error: unknown): string | null {
  const { code } = rootCause(error) as { code?: unknown };
  return typeof code === "string" && SQL_STATE.test(code) ? code : null;
}

function nameOf(error: unknown): string {
  if (isTimedOut(error)) return "timeout";
  const { code } = rootCause(error) as { code?: unknown };
  return typeof code === "string" ? code : error instanceof Error ? error.name : "_OTHER";
}

interface Description {
  operation: string;
  summary: string;
}

const described = new WeakMap<object, Description>();

/** @see https://opentelemetry.io/docs/specs/semconv/database/database-spans/ */
function descriptionOf(statement: Statement<unknown, object>): Description {
  let description = described.get(statement);
  if (!description) {
    const operation = operationOf(statement.text);
    const { name } = statement;
    description = { operation, summary: name === null ? operation : `${operation} ${name}` };
    described.set(statement, description);
  }
  return description;
}

const FIRST_WORD = /^\s*(\w+)/;
/** Of a statement that begins with a WITH: what it writes, if it does. */
const WRITES = /\b(?:(insert) into|(delete) from|(?<!\b(?:for|key|do) )(update) )/i;

/** The operation of a statement of the server's own, such as `SELECT`. */
export function operationOf(text: string): string {
  const [, first = ""] = FIRST_WORD.exec(text) ?? [];
  if (!/^with$/i.test(first)) return first.toUpperCase();
  const [, ...found] = WRITES.exec(text) ?? [];
  return (found.find((word) => word !== undefined) ?? "select").toUpperCase();
}

/** Credentials can lie in any part but these. */
function addressOf(url: string | null): Record<string, string | number> {
  if (url === null || !URL.canParse(url)) return {};
  const { hostname, port } = new URL(url);
  if (hostname === "") return {};
  return { "server.address": hostname, "server.port": port === "" ? 5432 : Number(port) };
}

function namespaceOf(url: string | null): Record<string, string> {
  if (url === null || !URL.canParse(url)) return {};
  const name = new URL(url).pathname.slice(1);
  return name === "" ? {} : { "db.namespace": name };
}
