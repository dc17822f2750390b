import { DomainError } from "@serviceflow/domain";
import type { Context, Hono } from "hono";
import { problemResponse, type RefusedCall } from "./problem-response.ts";

/** A call that may get an answer without a body. */
export interface AnsweredCall extends RefusedCall {
  lines: RefusedCall["lines"] & { route: string | null };
}

/** `Allow` of a path: HEAD comes with GET, and OPTIONS everywhere. */
export function allowOf(methods: readonly string[]): string {
  const all = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  return [...new Set([...all, "OPTIONS"])].join(", ");
}

/**
 * Answers OPTIONS with the methods of a path, and refuses all others that are not among them.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-options
 */
export function answerMethod(method: string, allow: string, call: AnsweredCall): Response {
  if (method === "OPTIONS") {
    return new Response(null, { status: 204, headers: { ...call.responseHeaders, allow } });
  }
  const error = new DomainError("method_not_allowed", `This path allows only ${allow}.`);
  return problemResponse(error, call, { allow });
}

/** The same for paths that are only read. */
export function onlyRead(
  app: Hono,
  paths: readonly string[],
  callOf: (c: Context) => AnsweredCall,
): void {
  const allow = allowOf(["GET"]);
  for (const path of paths) {
    app.all(path, (c) => {
      const call = callOf(c);
      call.lines.route = path;
      return answerMethod(c.req.method, allow, call);
    });
  }
}
