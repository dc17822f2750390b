import type { DeprecationNotice } from "./hooks.ts";

/**
 * Reads the deprecation headers of a response.
 * @see https://www.rfc-editor.org/rfc/rfc9745 `Deprecation`
 * @see https://www.rfc-editor.org/rfc/rfc8594 `Sunset`
 */
export function readDeprecation(
  operation: string,
  headers: Headers,
): DeprecationNotice | undefined {
  const deprecation = headers.get("deprecation");
  if (deprecation === null) return undefined;
  const since = toIso(Number(/^@(-?\d+)$/.exec(deprecation.trim())?.[1]) * 1000);
  const sunset = toIso(Date.parse(headers.get("sunset") ?? ""));
  const link = /<([^>]*)>\s*;[^,]*\brel="?deprecation"?/i.exec(headers.get("link") ?? "")?.[1];
  const message = [
    `${operation} is deprecated`,
    since && ` since ${since}`,
    sunset && ` and will stop working on ${sunset}`,
    link && `; see ${link}`,
    ".",
  ];
  return { operation, since, sunset, link, message: message.filter(Boolean).join("") };
}

function toIso(time: number): string | undefined {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

const warned = new Set<string>();

/** The default `onDeprecation`: warns once per process for each operation of a server. */
export function warnOnce(baseUrl: string, { operation, message }: DeprecationNotice): void {
  const name = `${baseUrl} ${operation}`;
  if (warned.has(name)) return;
  warned.add(name);
  // biome-ignore lint/suspicious/noConsole: the default has no other place to report to
  console.warn(`ServiceFlow: ${message}`);
}
