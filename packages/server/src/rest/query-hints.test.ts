import { countRequestsInput, listRequestsInput } from "@serviceflow/domain/contract";
import { describe, expect, it } from "vitest";
import { toDomainError } from "../http/problem.ts";
import { entrySchemaOf, queryCoercions, readNamedQuery, readQuery } from "./coerce.ts";
import { queryHints } from "./query-hints.ts";

const list = queryCoercions(listRequestsInput);
const counts = queryCoercions(entrySchemaOf(countRequestsInput, "filters"));

function refusalOf(query: string, named?: "filters"): string {
  const url = `http://test/requests?${query}`;
  const schema = named ? countRequestsInput : listRequestsInput;
  const input = named ? readNamedQuery(url, named, counts) : readQuery(url, list);
  const { error } = schema.safeParse(Object.fromEntries(input));
  return error ? queryHints(schema, named)(toDomainError(error), url).detail : "none";
}

const A_MOMENT = "It must be a date and time with Z or an offset, such as 2026-03-02T08:00:00Z.";

describe("the detail of a refused query", () => {
  it.each([
    [
      "status=OLD",
      "/status: It takes NEW, IN_PROGRESS, DONE or CANCELED; repeat the name for several.",
    ],
    [
      "status=NEW,OLD",
      "/status/1: It takes NEW, IN_PROGRESS, DONE or CANCELED; repeat the name for several.",
    ],
    ["priority=", "/priority: It takes LOW, NORMAL, HIGH or URGENT; repeat the name for several."],
    [
      "assignee=you",
      "/assignee: It must be an id that begins with usr_, or me, or none, or unavailable; repeat the name for several.",
    ],
    ["sort=up", "/sort: It takes newest, oldest, updated, activity or priority."],
    ["limit=many", "/limit: It must be a number."],
    ["unread=1", "/unread: It must be true or false."],
    [
      "createdFrom=2026-03-02T08:00:00+02:00",
      `/createdFrom: ${A_MOMENT} In a query, + is written %2B.`,
    ],
    ["createdFrom=2026-03-02", `/createdFrom: ${A_MOMENT}`],
    ["createdFrom=2026-03-02T08:00:00%2B02:00", "none"],
    ["state=NEW", "/state: Unknown field. Did you mean status?"],
    ["status=NEW&status=DONE&category=it&category=hr", "none"],
    ["status=NEW&category=it,hr", "none"],
  ])("%s", (query, detail) => expect(refusalOf(query)).toBe(detail));

  it.each([
    [
      "mine.status=OLD",
      "/filters/mine/status: It takes NEW, IN_PROGRESS, DONE or CANCELED; repeat the name for several.",
    ],
    [
      "a.createdTo=2026-03-02T08:00:00+02:00",
      `/filters/a/createdTo: ${A_MOMENT} In a query, + is written %2B.`,
    ],
    ["a.stauts=NEW", "/filters/a/stauts: Unknown field. Did you mean status?"],
  ])("%s, of several filters", (query, detail) => expect(refusalOf(query, "filters")).toBe(detail));
});
