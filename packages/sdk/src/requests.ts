import type {
  CreateRequestInput,
  HistoryEntry,
  ListRequestsInput,
  Page,
  RequestStats,
  RequestStatsInput,
  ServiceRequest,
  Status,
  TRANSITIONS,
  UpdateRequestInput,
} from "@serviceflow/domain";
import type { CallOptions, MutationOptions, VersionedOptions } from "./call-options.ts";
import { type PageInput, type PageIterable, paginate } from "./page.ts";
import type { Call } from "./trpc.ts";

export interface StartInput {
  /** Who works it. An unassigned request goes to the caller by default. */
  assigneeId?: string | undefined;
  reason?: string | undefined;
}

export interface FinishInput {
  reason?: string | undefined;
}

type Transition =
  | ({ status: "IN_PROGRESS" } & StartInput)
  | ({ status: "DONE" } & FinishInput)
  | { status: "CANCELED"; reason: string };

/** A move to another status: to one that can follow `From`, as far as the compiler knows it. */
export type TransitionInput<From extends Status = Status> = Extract<
  Transition,
  { status: (typeof TRANSITIONS)[From][number] }
>;

/** Service requests and what is done with them. Every method that changes one answers it as it is then. */
export class Requests {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Files a request: for yourself, or as an agent or administrator for anyone.
   * @throws ServiceFlowError `forbidden`
   * @example
   * ```ts
   * const request = await sf.requests.create({ title: "New laptop", priority: "HIGH" });
   * console.log(request.id, request.allowedActions);
   * ```
   */
  create(input: CreateRequestInput, options?: MutationOptions): Promise<ServiceRequest> {
    return this.#call((server, sent) => server.requests.create.mutate(input, sent), options);
  }

  /**
   * Gets a request.
   * @throws ServiceFlowError `not_found`, also when you may not see it
   * @example
   * ```ts
   * const { status, assignee } = await sf.requests.get("SF-1042");
   * ```
   */
  get(id: string, options?: CallOptions): Promise<ServiceRequest> {
    return this.#call((server, sent) => server.requests.get.query({ id }, sent), options);
  }

  /**
   * Lists the requests that you may see, newest first. Filters combine with AND.
   * @throws ServiceFlowError
   * @example
   * ```ts
   * for await (const request of sf.requests.list({ status: ["NEW", "IN_PROGRESS"], assignee: "me" })) {
   *   console.log(request.id, request.title);
   * }
   * ```
   */
  list(filter: ListRequestsInput = {}, options?: CallOptions): PageIterable<ServiceRequest> {
    return paginate(filter, (input) =>
      this.#call((server, sent) => server.requests.list.query(input, sent), options),
    );
  }

  /**
   * Changes title, description, priority or category; what is left out stays as it is.
   * @throws ServiceFlowError `not_found`, `forbidden`, `request_closed`, `precondition_failed`
   * @example
   * ```ts
   * const { id, version } = await sf.requests.get("SF-1042");
   * await sf.requests.update(id, { priority: "URGENT" }, { ifVersion: version });
   * ```
   */
  update(
    id: string,
    patch: UpdateRequestInput,
    options?: VersionedOptions,
  ): Promise<ServiceRequest> {
    return this.#call(
      (server, sent) => server.requests.update.mutate({ ...patch, id }, sent),
      options,
    );
  }

  /**
   * Moves a request to another status. Give the request itself instead of its id, and a move that cannot follow its
   * status, where that is known, does not compile.
   * @throws ServiceFlowError `not_found`, `forbidden`, `illegal_transition`, `already_assigned`, `precondition_failed`
   * @example
   * ```ts
   * await sf.requests.transition("SF-1042", { status: "CANCELED", reason: "It works again." });
   * ```
   */
  transition<From extends Status = Status>(
    request: string | { readonly id: string; readonly status: From },
    input: TransitionInput<From>,
    options?: VersionedOptions,
  ): Promise<ServiceRequest> {
    const id = typeof request === "string" ? request : request.id;
    const move: Transition = input;
    return this.#call(
      (server, sent) => server.requests.transition.mutate({ ...move, id }, sent),
      options,
    );
  }

  /**
   * Starts work: NEW becomes IN_PROGRESS. An unassigned request is claimed by it.
   * @throws ServiceFlowError `not_found`, `forbidden`, `illegal_transition`, `already_assigned`, `precondition_failed`
   * @example
   * ```ts
   * const { assignee, startedAt } = await sf.requests.start("SF-1042");
   * ```
   */
  start(id: string, input: StartInput = {}, options?: VersionedOptions): Promise<ServiceRequest> {
    return this.transition(id, { ...input, status: "IN_PROGRESS" }, options);
  }

  /**
   * Finishes work: IN_PROGRESS becomes DONE.
   * @throws ServiceFlowError `not_found`, `forbidden`, `illegal_transition`, `precondition_failed`
   * @example
   * ```ts
   * await sf.requests.finish("SF-1042", { reason: "Solved by a restart." });
   * ```
   */
  finish(id: string, input: FinishInput = {}, options?: VersionedOptions): Promise<ServiceRequest> {
    return this.transition(id, { ...input, status: "DONE" }, options);
  }

  /**
   * Cancels an open request, and says why.
   * @throws ServiceFlowError `not_found`, `forbidden`, `illegal_transition`, `precondition_failed`
   * @example
   * ```ts
   * await sf.requests.cancel("SF-1042", "Filed twice.");
   * ```
   */
  cancel(id: string, reason: string, options?: VersionedOptions): Promise<ServiceRequest> {
    return this.transition(id, { status: "CANCELED", reason }, options);
  }

  /**
   * Takes an unassigned request. Of those who try at the same time one gets it.
   * @throws ServiceFlowError `not_found`, `forbidden`, `request_closed`, `already_assigned`, `precondition_failed`
   * @example
   * ```ts
   * await sf.requests.claim("SF-1042");
   * ```
   */
  claim(id: string, options?: VersionedOptions): Promise<ServiceRequest> {
    return this.#call((server, sent) => server.requests.claim.mutate({ id }, sent), options);
  }

  /**
   * Puts an assigned request back, before work on it begins.
   * @throws ServiceFlowError `not_found`, `forbidden`, `request_closed`, `request_started`, `not_assigned`,
   * `precondition_failed`
   * @example
   * ```ts
   * await sf.requests.release("SF-1042");
   * ```
   */
  release(id: string, options?: VersionedOptions): Promise<ServiceRequest> {
    return this.#call((server, sent) => server.requests.release.mutate({ id }, sent), options);
  }

  /**
   * Hands a request to an active agent or administrator.
   * @throws ServiceFlowError `not_found`, `forbidden`, `request_closed`, `already_assigned`, `precondition_failed`
   * @example
   * ```ts
   * const me = await sf.users.me();
   * await sf.requests.assign("SF-1042", me.id);
   * ```
   */
  assign(id: string, assigneeId: string, options?: VersionedOptions): Promise<ServiceRequest> {
    return this.#call(
      (server, sent) => server.requests.assign.mutate({ id, assigneeId }, sent),
      options,
    );
  }

  /**
   * Lists what happened to a request, newest first.
   * @throws ServiceFlowError `not_found`
   * @example
   * ```ts
   * for await (const { occurredAt, actor, action } of sf.requests.history("SF-1042")) {
   *   console.log(occurredAt, actor?.fullName, action);
   * }
   * ```
   */
  history(id: string, input: PageInput = {}, options?: CallOptions): PageIterable<HistoryEntry> {
    // tRPC takes `unknown` for something that JSON may leave out; a change always has both its sides.
    const fetchPage = (page: PageInput) =>
      this.#call((server, sent) => server.requests.history.query({ ...page, id }, sent), options);
    return paginate(input, fetchPage as (page: PageInput) => Promise<Page<HistoryEntry>>);
  }

  /**
   * Counts the requests that you may see and measures how long they waited, in seconds.
   * @throws ServiceFlowError
   * @example
   * ```ts
   * const { byStatus, timeToClose } = await sf.requests.stats({ createdFrom: "2026-01-01T00:00:00Z" });
   * console.log(byStatus.NEW, timeToClose.p90);
   * ```
   */
  stats(input: RequestStatsInput = {}, options?: CallOptions): Promise<RequestStats> {
    return this.#call((server, sent) => server.requests.stats.query(input, sent), options);
  }
}
