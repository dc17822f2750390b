import type {
  AuditEntry,
  ExportAuditInput,
  ListAuditInput,
  LogVerification,
  Page,
  VerifyAuditInput,
} from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions } from "../transport/call-options.ts";
import { splitLines } from "../transport/lines.ts";
import type { Sender } from "../transport/sender.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageIterable, paginate } from "./page.ts";

/** A log of many millions of entries takes minutes to be hashed. */
const VERIFY_TIMEOUT_MS = 600_000;

/** What happened, all of it. */
export class Audit {
  readonly #call: Call;
  readonly #sender: Sender;

  /** @internal */
  constructor(call: Call, sender: Sender) {
    this.#call = call;
    this.#sender = sender;
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
    return paginate(filter, fetchPage as (input: ListAuditInput) => ApiPromise<Page<AuditEntry>>);
  }

  /**
   * Has the server verify the whole log against its hash chain; administrators only. The first entry that does not fit
   * is named in `fault`. It may take ten minutes unless `timeoutMs` says otherwise.
   * @throws ServiceFlowError `forbidden`
   * @example
   * ```ts
   * const { valid, head } = await sf.audit.verify();
   * console.log(valid, head && `${head.position}:${head.hash}`); // an anchor for the next time
   * ```
   */
  verify(input: VerifyAuditInput = {}, options?: CallOptions): ApiPromise<LogVerification> {
    return this.#call((server, sent) => server.audit.verify.query(input, sent), {
      timeoutMs: VERIFY_TIMEOUT_MS,
      attemptTimeoutMs: VERIFY_TIMEOUT_MS,
      ...options,
    });
  }

  /**
   * Exports the sealed log as lines of JSON; administrators only, and recorded in the log. `verifyAuditExport` verifies
   * them anywhere. `timeoutMs` is for its beginning, `attemptTimeoutMs` for each pause as well; the whole has no limit.
   * @throws ServiceFlowError `forbidden`, and `network_error` when it breaks off
   * @example
   * ```ts
   * for await (const line of sf.audit.export({ redacted: true })) console.log(line);
   * ```
   */
  export(input: ExportAuditInput = {}, options: CallOptions = {}): AsyncIterable<string> {
    const query = input.redacted === undefined ? "" : `?redacted=${input.redacted}`;
    const sender = this.#sender;
    return {
      [Symbol.asyncIterator]: () =>
        splitLines(
          sender.stream({
            operation: "audit.export",
            path: `/audit-logs/export${query}`,
            type: "application/x-ndjson",
            options,
          }),
        ),
    };
  }
}
