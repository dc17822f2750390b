import { DomainError } from "@serviceflow/domain";
import {
  countRequestsInput,
  exportRequestsInput,
  listRequestsInput,
  requestCounts,
  requestStatsInput,
  requestStats as requestStatsOutput,
  serviceRequestPage,
} from "@serviceflow/domain/contract";
import { z } from "zod";
import { beginLongRead } from "../../access/long-read.ts";
import type { LineAnswer } from "../../http/line-stream.ts";
import { gatedProcedure, procedure } from "../../procedure.ts";
import { requestStats } from "../stats/stats.ts";
import { countRequests } from "./counts.ts";
import { csvLines } from "./csv.ts";
import { listRequests } from "./list.ts";

const tags: [string] = ["Requests"];

/** Many requests at once. */
export const listProcedures = {
  list: gatedProcedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests",
        tags,
        summary: "List requests",
        description:
          "Lists only requests that the caller may see, newest first unless `sort` says otherwise. Filters combine with AND. A page reads some thousand requests at most: where few of them match, it is short, and has a `nextCursor` nevertheless. With `Accept: text/csv`, it answers the whole list as a file: up to 100,000 requests, without `cursor` and `limit`; RFC 4180, UTF-8 with a byte order mark, a header first, every text in quotes, and an apostrophe before what a spreadsheet would take for a formula. It is read page by page: with `sort=newest` or `oldest`, it has each request once; in the other orders, one that moves up meanwhile can be missing, and one that moves down can be there twice.",
        answers: "page",
        errors: ["overloaded"],
      },
    })
    .input(listRequestsInput)
    .output(serviceRequestPage)
    .query(({ ctx, input }) => listRequests(ctx.db, input, ctx)),

  export: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests",
        tags,
        summary: "List requests as CSV",
        answers: "csv",
        errors: ["overloaded"],
      },
    })
    .input(exportRequestsInput)
    .output(z.custom<LineAnswer>().meta({ description: "CSV, a line for each request." }))
    .query(async ({ ctx, input }): Promise<LineAnswer> => {
      if (ctx.transport !== "rest") {
        throw new DomainError("not_found", "CSV is streamed: GET /api/v1/requests.");
      }
      const { caller, signal, end } = await beginLongRead(ctx, () => {});
      return { lines: csvLines(ctx.db, input, caller), signal, end };
    }),

  counts: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests/counts",
        tags,
        summary: "Count requests by several filters",
        description:
          "Counts only requests that the caller may see. Each filter has a name of yours: `?mine.assignee=me&mine.status=NEW&free.assignee=none`; a name alone, `?all`, counts every request.",
        named: "filters",
        errors: ["overloaded"],
      },
    })
    .input(countRequestsInput)
    .output(requestCounts)
    .query(({ ctx, input }) => countRequests(ctx.db, input, ctx.caller)),

  stats: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests/stats",
        tags,
        summary: "Get request counts and waiting times",
        description:
          "Counts only requests that the caller may see: those filed in the period, by default all, as they are now. What was written before the call is in it, once. With `interval`, a series says how many were created and closed on each day, or in each week from Monday on, of a time zone: on the whole days or weeks that hold the period, by default the last 30 days or 12 weeks. Waiting times of more than 1,000 requests are within 1 % of the true ones; all else is exact.",
        errors: ["overloaded"],
      },
    })
    .input(requestStatsInput)
    .output(requestStatsOutput)
    .query(({ ctx, input }) => requestStats(ctx.db, input, ctx.caller, ctx.clock())),
};
