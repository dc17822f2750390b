import { requireRole } from "@serviceflow/domain";
import { auditPage, listAuditInput } from "@serviceflow/domain/contract";
import { procedure, router } from "../trpc.ts";
import { listAudit } from "./store.ts";

export const auditRouter = router({
  list: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/audit-logs",
        tags: ["Audit"],
        summary: "List the audit log, newest first",
        description: "Administrators only.",
        answers: "page",
        errors: ["forbidden"],
      },
    })
    .input(listAuditInput)
    .output(auditPage)
    .query(({ ctx, input }) => {
      requireRole("audit.read", ctx.caller);
      return listAudit(ctx.db, input);
    }),
});
