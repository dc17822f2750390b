import type {
  AuditEntry,
  ExportAuditInput,
  ListAuditInput,
  LogVerification,
  SealState,
  VerifyAuditInput,
} from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions } from "../transport/call-options.ts";
import { cancellable } from "../transport/cancellable.ts";
import type { Sender } from "../transport/sender.ts";
import { splitLines } from "../transport/split-lines.ts";
import type { Call } from "../transport/trpc.ts";
import { type Dated, written } from "./dated.ts";
import { type FetchPage, type PageIterable, paginate } from "./paginate.ts";

/** Hashing a log of many millions of entries takes minutes. */
const VERIFY_TIMEOUT_MS = 600_000;

/** The audit log. Administrators only. */
export class Audit {
  readonly #call: Call;
  readonly #sender: Sender;

  /** @internal */
  constructor(call: Call, sender: Sender) {
    this.#call = call;
    this.#sender = sender;
  }

  /**
   * Lists audit entries, newest first. Filters combine with AND.
   * @throws ServiceFlowError `forbidden`, `overloaded`
   * @example
   * ```ts
   * for await (const entry of sf.audit.list({ action: "user.role_changed" })) {
   *   console.log(entry.occurredAt, entry.actor?.fullName, entry.changes);
   * }
   * ```
   */
  list(filter: Dated<ListAuditInput> = {}, options?: CallOptions): PageIterable<AuditEntry> {
    // tRPC infers `from` and `to` of a change as optional because they are `unknown`; both are always present.
    const fetchPage = (input: Dated<ListAuditInput>, ofPage: CallOptions) =>
      this.#call((server, context) => server.audit.list.query(written(input), context), ofPage);
    return paginate(filter, options, fetchPage as FetchPage<AuditEntry, Dated<ListAuditInput>>);
  }

  /**
   * How far the log is sealed: the last link of its hash chain, how many entries wait for theirs, and the last anchor.
   * It takes the same time however long the log is, and verifies nothing.
   * @throws ServiceFlowError `forbidden`
   * @example
   * ```ts
   * const { head, unsealed } = await sf.audit.sealState();
   * console.log(`Sealed through position ${head?.position ?? 0}, ${unsealed} to go`);
   * ```
   */
  sealState(options?: CallOptions): ApiPromise<SealState> {
    return this.#call(
      (server, context) => server.audit.sealState.query(undefined, context),
      options,
    );
  }

  /**
   * Verifies the whole log against its hash chain, on the server. `fault` describes the first invalid entry; no error is
   * thrown for it. With `state: true` it compares the tables with the log as well: `state` lists the differences.
   * The time limit is ten minutes unless `timeoutMs` or `attemptTimeoutMs` is set.
   * @throws ServiceFlowError `forbidden`
   * @example
   * ```ts
   * const { valid, head } = await sf.audit.verify();
   * console.log(valid, head && `${head.position}:${head.hash}`); // the anchor of the next verification
   * ```
   */
  verify(input: VerifyAuditInput = {}, options?: CallOptions): ApiPromise<LogVerification> {
    const verification = this.#call(
      (server, context) => server.audit.verify.query(input, context),
      {
        timeoutMs: VERIFY_TIMEOUT_MS,
        attemptTimeoutMs: VERIFY_TIMEOUT_MS,
        ...options,
      },
    );
    // As above: `log` and `state` of a difference are always present.
    return verification as ApiPromise<LogVerification>;
  }

  /**
   * Exports the sealed log as JSON Lines, to verify with `verifyAuditExport`. The export itself is recorded in the log.
   * `timeoutMs` limits the time to the first byte, `attemptTimeoutMs` the time between two chunks.
   * @throws ServiceFlowError `forbidden`; `network_error` when the connection breaks
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
        cancellable(
          (signal) =>
            splitLines(
              sender.stream({
                operation: "audit.export",
                path: `/audit-logs/export${query}`,
                type: "application/x-ndjson",
                options: { ...options, signal },
              }),
            ),
          options.signal,
        ),
    };
  }
}
