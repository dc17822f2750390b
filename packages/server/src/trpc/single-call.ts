import { DomainError } from "@serviceflow/domain";
import { type AnyProcedure, getTRPCErrorFromUnknown, getTRPCErrorShape } from "@trpc/server";
import type { HttpCall } from "../context.ts";
import { readText } from "../http/body.ts";
import { codedResponse } from "../http/coded-response.ts";
import { codingOf } from "../http/content-coding.ts";
import { toDomainError } from "../http/problem.ts";
import { errorHeaders } from "../http/problem-response.ts";
import { isUntransformed } from "../http/untransformed.ts";
import { type Runner, runnerOf } from "../procedure.ts";
import { appRouter } from "../router.ts";
import { requireJsonBody } from "./json-body.ts";

interface Single {
  path: string;
  method: "GET" | "POST";
  run: Runner;
}

/** By the path of the URL, but for subscriptions. */
const SINGLES = new Map<string, Single>(
  Object.entries(appRouter._def.procedures as unknown as Record<string, AnyProcedure>).flatMap(
    ([path, procedure]): [string, Single][] => {
      const { type } = procedure._def;
      if (type === "subscription") return [];
      const method = type === "query" ? "GET" : "POST";
      return [[`/trpc/${path}`, { path, method, run: runnerOf(path, procedure) }]];
    },
  ),
);

/**
 * How to answer a call of one procedure as tRPC's handler would, in a fraction of its time.
 * @returns null for all else: batches, streams, and what tRPC refuses before it knows a procedure
 */
export function findSingle(request: Request, call: HttpCall): (() => Promise<Response>) | null {
  const single = SINGLES.get(call.path);
  if (!single || single.method !== request.method || call.header("trpc-accept") !== null) {
    return null;
  }
  const input = inputOf(request.url);
  if (input === null) return null;
  if (single.method === "POST") {
    return input === "" && isJson(call)
      ? () => answer(single, call, () => readText(call.body))
      : null;
  }
  return call.header("content-type") === null || isJson(call)
    ? () => answer(single, call, () => input)
    : null;
}

function isJson(call: HttpCall): boolean {
  try {
    requireJsonBody(call);
    return true;
  } catch {
    return false;
  }
}

async function answer(
  { path, method, run }: Single,
  call: HttpCall,
  readInput: () => string | Promise<string>,
): Promise<Response> {
  try {
    const data = await run(call, async () => readJson(await readInput()));
    return respond(call, { result: { data } }, 200);
  } catch (thrown) {
    const error = getTRPCErrorFromUnknown(thrown);
    const shape = getTRPCErrorShape({
      config: appRouter._def._config,
      error,
      type: method === "GET" ? "query" : "mutation",
      path,
      input: undefined,
      ctx: call,
    });
    const others = errorHeaders(toDomainError(error));
    return respond(call, { error: shape }, shape.data.httpStatus, others);
  }
}

/** The text of `input` in a query that has nothing else; null for any other query. */
function inputOf(url: string): string | null {
  const start = url.indexOf("?");
  if (start === -1) return "";
  const query = new URLSearchParams(url.slice(start));
  return query.size === 1 ? query.get("input") : query.size === 0 ? "" : null;
}

function readJson(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DomainError("malformed_json", "The input is not valid JSON.", { cause });
  }
}

function respond(
  call: HttpCall,
  answer: object,
  status: number,
  others: Readonly<Record<string, string>> = {},
): Response | Promise<Response> {
  const headers: Record<string, string> = {
    "cache-control": "no-store",
    ...call.responseHeaders,
    ...others,
    "content-type": "application/json",
  };
  const body = JSON.stringify(answer);
  const isFixed = isUntransformed(headers);
  headers.vary = isFixed ? "trpc-accept, accept" : "trpc-accept, accept, Accept-Encoding";
  const coding = isFixed ? null : codingOf(body, call.acceptEncoding);
  return codedResponse(body, coding, { status, headers });
}
