import { DomainError, readAnchor, requireRole } from "@serviceflow/domain";
import {
  auditPage,
  exportAuditInput,
  listAuditInput,
  logVerification,
  sealState,
  verifyAuditInput,
} from "@serviceflow/domain/contract";
import { z } from "zod";
import { beginLongRead } from "../access/long-read.ts";
import { originOf } from "../commands/origin.ts";
import type { AuthenticatedContext } from "../context.ts";
import type { LineAnswer } from "../http/line-stream.ts";
import { listAudit } from "../log/entries.ts";
import { exportLog } from "../log/export.ts";
import { readSealState } from "../log/seal-state.ts";
import { StateReport } from "../log/state-report.ts";
import { verifyLog } from "../log/verify.ts";
import { compareState } from "../log/verify-state.ts";
import { procedure, router } from "../procedure.ts";

const tags: [string] = ["Audit"];

const beginLogRead = (ctx: AuthenticatedContext) =>
  beginLongRead(ctx, (caller) => requireRole("audit.read", caller));

export const auditRouter = router({
  list: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/audit-logs",
        tags,
        summary: "List the audit log, newest first",
        description: "Administrators only.",
        answers: "page",
        errors: ["forbidden", "overloaded"],
      },
    })
    .input(listAuditInput)
    .output(auditPage)
    .query(({ ctx, input }) => {
      requireRole("audit.read", ctx.caller);
      return listAudit(ctx.db, input);
    }),

  sealState: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/audit-logs/seal",
        tags,
        summary: "Get how far the audit log is sealed",
        description:
          "Administrators only. The last link of the hash chain, the entries that wait for theirs, and the last anchor. It takes the same time however long the log is, and verifies nothing.",
        errors: ["forbidden"],
      },
    })
    .output(sealState)
    .query(({ ctx }) => {
      requireRole("audit.read", ctx.caller);
      return readSealState(ctx.db);
    }),

  verify: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/audit-logs/verify",
        tags,
        summary: "Verify the audit log against its hash chain",
        description:
          "Administrators only. Hashes every sealed entry again, from the first to the last, and names the first one that does not match; a missing name, address or text must be explained by an erasure. It takes seconds per million entries. `state` compares the tables with the log as well, which takes about a minute per million.",
        errors: ["forbidden"],
      },
    })
    .input(verifyAuditInput)
    .output(logVerification)
    .query(async ({ ctx, input }) => {
      requireRole("audit.read", ctx.caller);
      const anchor = readAnchor(input.anchor ?? "") ?? undefined;
      const { signal, end } = await beginLogRead(ctx);
      try {
        const verified = await verifyLog(ctx.db, { anchor, signal });
        if (!input.state) return verified;
        const report = new StateReport(false);
        await compareState(ctx.db, report, { signal });
        return { ...verified, state: report.result() };
      } catch (error) {
        if (!signal.aborted) throw error;
        throw new DomainError("unavailable", "The verification was stopped before its end.", {
          cause: error,
        });
      } finally {
        end();
      }
    }),

  export: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/audit-logs/export",
        tags,
        summary: "Export the sealed audit log as JSON Lines",
        description:
          "Administrators only; the export itself is recorded. It holds a header, each sealed entry with its link of the chain, and an end, and can be verified without this server. An incomplete export lacks the end.",
        answers: "lines",
        errors: ["forbidden"],
      },
    })
    .input(exportAuditInput)
    .output(z.custom<LineAnswer>().meta({ description: "JSON Lines, in chain order." }))
    .query(async ({ ctx, input }): Promise<LineAnswer> => {
      requireRole("audit.read", ctx.caller);
      if (ctx.transport !== "rest") {
        throw new DomainError("not_found", "An export is streamed: GET /api/v1/audit-logs/export.");
      }
      const read = await beginLogRead(ctx);
      const lines = exportLog({
        db: ctx.db,
        clock: ctx.clock,
        random: ctx.random,
        origin: originOf(ctx),
        redacted: input.redacted ?? false,
        signal: read.signal,
      });
      return { lines, signal: read.signal, end: read.end };
    }),
});
