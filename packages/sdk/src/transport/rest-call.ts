import type { VersionedOptions } from "./call-options.ts";
import { findFailure, type ReadResponse } from "./parse-response.ts";

/** Methods of the REST API. */
export type RestMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

type QueryValue = string | number | boolean | Date;

/** Options of `sf.request`. */
export interface RestOptions extends VersionedOptions {
  /** A list repeats its name; undefined is left out. */
  query?: Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>> | undefined;
  /** Sent as JSON. */
  body?: unknown;
  /** Lets the call outlive the page that makes it, as `fetch` does. Default false. */
  keepalive?: boolean | undefined;
}

const DOT_SEGMENT = /(^|\/)(\.|%2e){1,2}(\/|$)/i;

/** The path below `/api/v1` with its query. */
export function restPath(path: string, query: RestOptions["query"] = {}): string {
  if (!path.startsWith("/") || /[?#\\\s]/.test(path) || DOT_SEGMENT.test(path)) {
    throw new TypeError('path is below /api/v1, without "." segments and query: "/requests/SF-1".');
  }
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of value === undefined ? [] : [value].flat()) {
      search.append(name, one instanceof Date ? one.toISOString() : String(one));
    }
  }
  const written = String(search);
  return written === "" ? path : `${path}?${written}`;
}

/**
 * Returns the JSON of a REST response, the text of other types, undefined without a body.
 * @throws ServiceFlowError
 */
export function parseRest(response: ReadResponse, now: number): unknown {
  const { status, headers, text } = response;
  const isJson = /^application\/(.+\+)?json/i.test(headers.get("content-type") ?? "");
  if (status >= 200 && status < 300) {
    if (text === "") return undefined;
    if (!isJson) return text;
    try {
      return JSON.parse(text);
    } catch {}
  }
  throw findFailure(response, now);
}
