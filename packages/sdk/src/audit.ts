import type { AuditEntry, ListAuditInput, Page } from "@serviceflow/domain";
import type { CallOptions } from "./call-options.ts";
import { type PageIterable, paginate } from "./page.ts";
import type { Call } from "./trpc.ts";

/** What happened, all of it. */
export class Audit {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Lists the audit log, newest first; administrators only. Filters combine with AND.
   * @throws ServiceFlowError `forbidden`
   * @example
   * ```ts
   * for await (const entry of sf.audit.list({ action: "user.role_changed" })) {
   *   console.log(entry.occurredAt, entry.actor?.fullName, entry.changes);
   * }
   * ```
   */
  list(filter: ListAuditInput = {}, options?: CallOptions): PageIterable<AuditEntry> {
    // tRPC takes `unknown` for something that JSON may leave out; a change always has both its sides.
    const fetchPage = (input: ListAuditInput) =>
      this.#call((server, sent) => server.audit.list.query(input, sent), options);
    return paginate(filter, fetchPage as (input: ListAuditInput) => Promise<Page<AuditEntry>>);
  }
}
