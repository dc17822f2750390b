import { expect } from "vitest";
import type { Person, TestApp } from "./test-app.ts";

/** The ids of all requests that a search finds, from all of its pages. */
export async function searchPages(
  app: TestApp,
  q: string,
  as: Person,
  limit = 100,
): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const query: URLSearchParams = new URLSearchParams({ q, limit: String(limit) });
    if (cursor) query.set("cursor", cursor);
    const { status, body } = await app.call("GET", `/requests?${query}`, { as });
    expect({ q, status }).toEqual({ q, status: 200 });
    found.push(...body.items.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
  } while (cursor !== null);
  return found;
}
