import type {
  AssignInput,
  CreateRequestInput,
  HistoryEntry,
  ListRequestsInput,
  RequestCount,
  RequestField,
  RequestFilters,
  RequestInclude,
  RequestSelection,
  RequestStats,
  RequestStatsInput,
  SelectedRequest,
  ServiceRequest,
  ServiceRequestIn,
  Status,
  UpdateRequestInput,
} from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions } from "../transport/call-options.ts";
import type { Call } from "../transport/trpc.ts";
import { type Dated, written } from "./dated.ts";
import { type FetchPage, type PageInput, type PageIterable, paginate } from "./paginate.ts";
import {
  type CancelInput,
  type CommandOptions,
  type FinishInput,
  idOf,
  type RequesterInput,
  type RequestFor,
  type StartInput,
  type TransitionInput,
  versioned,
} from "./request-commands.ts";

/**
 * Service requests. Commands accept an id or a request and return the updated request. Given a request, a command that
 * its status does not allow does not compile, and `ifUnchanged` makes it fail if the request has changed since.
 */
export class Requests {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Creates a request for yourself; agents, administrators and service accounts can also create it for another user, by
   * `requesterId` or `requesterEmail`. With `followsUp`, it follows up a closed request that you may see.
   * @throws ServiceFlowError `forbidden`, `validation_failed`
   * @example
   * ```ts
   * const request = await sf.requests.create({ title: "New laptop", priority: "HIGH" });
   * console.log(request.id, request.allowedActions);
   *
   * await sf.requests.cancel(request, { reason: "The old one works again." });
   * await sf.requests.create({ title: "It is broken again", followsUp: request.id });
   * ```
   */
  create(
    input: CreateRequestInput,
    options?: MutationOptions,
  ): ApiPromise<ServiceRequestIn<"NEW">> {
    return this.#call(
      (server, context) =>
        server.requests.create.mutate(input, context) as Promise<ServiceRequestIn<"NEW">>,
      options,
    );
  }

  /**
   * Gets a request.
   * @throws ServiceFlowError `not_found`, also for requests you may not see
   * @example
   * ```ts
   * const { status, assignee } = await sf.requests.get("SF-1042");
   * ```
   */
  get(id: string, options?: CallOptions): ApiPromise<ServiceRequest> {
    return this.#call((server, context) => server.requests.get.query({ id }, context), options);
  }

  /**
   * Lists the requests you may see, newest first or in the order of `sort`. Filters combine with AND. The requests have no
   * description or follow-ups unless you include them.
   * @throws ServiceFlowError `overloaded`
   * @example
   * ```ts
   * const mine = sf.requests.list({ status: ["NEW", "IN_PROGRESS"], assignee: "me", sort: "priority" });
   * for await (const request of mine) console.log(request.id, request.title);
   *
   * const whole = await sf.requests.list({ include: ["description"], limit: 5 });
   * console.log(whole.items.map(({ description }) => description));
   * ```
   */
  list<Field extends RequestField = never, Include extends RequestInclude = never>(
    filter: Dated<ListRequestsInput> & RequestSelection<Field, Include> = {},
    options?: CallOptions,
  ): PageIterable<SelectedRequest<Field, Include>> {
    const fetchPage = (input: Dated<ListRequestsInput> & RequestSelection, ofPage: CallOptions) =>
      this.#call((server, context) => server.requests.list.query(written(input), context), ofPage);
    return paginate(
      filter,
      options,
      fetchPage as unknown as FetchPage<SelectedRequest<Field, Include>, typeof filter>,
    );
  }

  /**
   * Updates title, description, priority or category; omitted fields stay unchanged.
   * @throws ServiceFlowError `not_found`, `forbidden`, `request_closed`, `precondition_failed`
   * @example
   * ```ts
   * const request = await sf.requests.get("SF-1042");
   * await sf.requests.update(request, { priority: "URGENT" }, { ifUnchanged: true });
   * ```
   */
  update<From extends Status = Status>(
    request: RequestFor<"update", From>,
    patch: Omit<UpdateRequestInput, keyof RequesterInput>,
    options?: CommandOptions,
  ): ApiPromise<ServiceRequest> {
    return this.#command("update", request, patch, options);
  }

  /**
   * Corrects the user who needs a request, also when it is closed. The new requester sees it from then on, the one before
   * does not. Administrators only.
   * @throws ServiceFlowError `not_found`, `forbidden`, `validation_failed`, `precondition_failed`
   * @example
   * ```ts
   * const { id } = await sf.requests.create({ title: "New laptop" });
   * await sf.requests.correctRequester(id, { requesterEmail: "employee@example.com" });
   * ```
   */
  correctRequester(
    request: string | { readonly id: string },
    requester: RequesterInput,
    options?: CommandOptions,
  ): ApiPromise<ServiceRequest> {
    return this.#command("update", request, requester, options);
  }

  /**
   * Moves a request to another status. `start`, `finish` and `cancel` do the same for one status each.
   * @throws ServiceFlowError `not_found`, `forbidden`, `illegal_transition`, `already_assigned`, `precondition_failed`
   * @example
   * ```ts
   * await sf.requests.transition("SF-1042", { status: "CANCELED", reason: "It works again." });
   * ```
   */
  transition<From extends Status = Status>(
    request: string | { readonly id: string; readonly status: From },
    input: TransitionInput<From>,
    options?: CommandOptions,
  ): ApiPromise<ServiceRequest> {
    return this.#command("transition", request, input, options);
  }

  /**
   * Moves a NEW request to IN_PROGRESS. Also claims the request if it is unassigned.
   * @throws ServiceFlowError `not_found`, `forbidden`, `illegal_transition`, `already_assigned`, `precondition_failed`
   * @example
   * ```ts
   * const { assignee, startedAt } = await sf.requests.start("SF-1042");
   * console.log(assignee.fullName, startedAt);
   * ```
   */
  start<From extends Status = Status>(
    request: RequestFor<"start", From>,
    input: StartInput = {},
    options?: CommandOptions,
  ): ApiPromise<ServiceRequestIn<"IN_PROGRESS">> {
    return this.#move("IN_PROGRESS", request, input, options);
  }

  /**
   * Moves an IN_PROGRESS request to DONE.
   * @throws ServiceFlowError `not_found`, `forbidden`, `illegal_transition`, `precondition_failed`
   * @example
   * ```ts
   * await sf.requests.finish("SF-1042", { reason: "Solved by a restart." });
   * ```
   */
  finish<From extends Status = Status>(
    request: RequestFor<"finish", From>,
    input: FinishInput = {},
    options?: CommandOptions,
  ): ApiPromise<ServiceRequestIn<"DONE">> {
    return this.#move("DONE", request, input, options);
  }

  /**
   * Cancels an open request: moves it to CANCELED.
   * @param input the reason, which is required; a text alone is the reason
   * @throws ServiceFlowError `not_found`, `forbidden`, `illegal_transition`, `precondition_failed`
   * @example
   * ```ts
   * await sf.requests.cancel("SF-1042", { reason: "Filed twice." });
   * ```
   */
  cancel<From extends Status = Status>(
    request: RequestFor<"cancel", From>,
    input: CancelInput | string,
    options?: CommandOptions,
  ): ApiPromise<ServiceRequestIn<"CANCELED">> {
    const reasoned = typeof input === "string" ? { reason: input } : input;
    return this.#move("CANCELED", request, reasoned, options);
  }

  /**
   * Assigns an unassigned request to yourself, or takes over an open one whose assignee can no longer work. If several users claim it at the same time, one succeeds.
   * @throws ServiceFlowError `not_found`, `forbidden`, `request_closed`, `already_assigned`, `precondition_failed`
   * @example
   * ```ts
   * for await (const request of sf.requests.list({ status: "NEW", assignee: "none" })) {
   *   if (request.status === "NEW") await sf.requests.claim(request);
   * }
   * ```
   */
  claim<From extends Status = Status>(
    request: RequestFor<"claim", From>,
    options?: CommandOptions,
  ): ApiPromise<ServiceRequest> {
    return this.#command("claim", request, {}, options);
  }

  /**
   * Unassigns a request on which work has not started.
   * @throws ServiceFlowError `not_found`, `forbidden`, `request_closed`, `request_started`, `not_assigned`,
   * `precondition_failed`
   * @example
   * ```ts
   * await sf.requests.release("SF-1042");
   * ```
   */
  release<From extends Status = Status>(
    request: RequestFor<"release", From>,
    options?: CommandOptions,
  ): ApiPromise<ServiceRequest> {
    return this.#command("release", request, {}, options);
  }

  /**
   * Assigns an open request to an active agent or administrator. Agents take unassigned requests, and hand over their own.
   * Work in progress is handed over with a reason.
   * @throws ServiceFlowError `not_found`, `forbidden`, `request_closed`, `already_assigned`, `validation_failed`,
   * `precondition_failed`
   * @example
   * ```ts
   * const me = await sf.users.me();
   * await sf.requests.assign("SF-1042", { assigneeId: me.id, reason: "Olga is on leave." });
   * ```
   */
  assign<From extends Status = Status>(
    request: RequestFor<"assign", From>,
    input: AssignInput,
    options?: CommandOptions,
  ): ApiPromise<ServiceRequest> {
    return this.#command("assign", request, input, options);
  }

  /**
   * Marks a request as read. Only you see it; it is not an event and leaves `version` as it is. Given a request, what has
   * happened since it was fetched stays unread; given an id, everything is read.
   * @throws ServiceFlowError `not_found`
   * @example
   * ```ts
   * for await (const request of sf.requests.list({ unread: true })) {
   *   console.log(request.id, request.lastActivityAt);
   *   await sf.requests.markRead(request);
   * }
   * ```
   */
  markRead(
    request: string | { readonly id: string; readonly lastActivityAt: string },
    options?: MutationOptions,
  ): ApiPromise<ServiceRequest> {
    const input =
      typeof request === "string"
        ? { id: request }
        : { id: request.id, lastActivityAt: request.lastActivityAt };
    return this.#call(
      (server, context) => server.requests.markRead.mutate(input, context),
      options,
    );
  }

  /**
   * Marks a request as unread, until you mark it as read.
   * @throws ServiceFlowError `not_found`
   * @example
   * ```ts
   * await sf.requests.markUnread("SF-1042");
   * ```
   */
  markUnread(
    request: string | { readonly id: string },
    options?: MutationOptions,
  ): ApiPromise<ServiceRequest> {
    const id = idOf(request);
    return this.#call(
      (server, context) => server.requests.markUnread.mutate({ id }, context),
      options,
    );
  }

  /**
   * Lists the changes of a request, newest first.
   * @throws ServiceFlowError `not_found`
   * @example
   * ```ts
   * for await (const { occurredAt, actor, action } of sf.requests.history("SF-1042")) {
   *   console.log(occurredAt, actor?.fullName, action);
   * }
   * ```
   */
  history(id: string, input: PageInput = {}, options?: CallOptions): PageIterable<HistoryEntry> {
    // tRPC infers `from` and `to` of a change as optional because they are `unknown`; both are always present.
    const fetchPage = (page: PageInput, ofPage: CallOptions) =>
      this.#call(
        (server, context) => server.requests.history.query({ ...page, id }, context),
        ofPage,
      );
    return paginate(input, options, fetchPage as FetchPage<HistoryEntry, PageInput>);
  }

  /**
   * Counts the requests you may see by several filters, each exactly up to 1,000.
   * @param filters by names of your own
   * @returns the count of each name; `more`: there are or may be more, shown with a plus, as in "1000+"
   * @throws ServiceFlowError `overloaded`
   * @example
   * ```ts
   * const { mine, free } = await sf.requests.counts({
   *   mine: { assignee: "me", status: ["NEW", "IN_PROGRESS"] },
   *   free: { assignee: "none", status: "NEW" },
   * });
   * console.log(mine.count, free.more ? `${free.count}+` : free.count);
   * ```
   */
  counts<Name extends string>(
    filters: Readonly<Record<Name, Dated<RequestFilters>>>,
    options?: CallOptions,
  ): ApiPromise<Record<Name, RequestCount>> {
    return this.#call(
      (server, context) =>
        server.requests.counts.query({ filters: filters as Record<Name, RequestFilters> }, context),
      options,
      ({ counts }) => counts as Record<Name, RequestCount>,
    );
  }

  /**
   * Returns counts and waiting times (in seconds) of the requests you may see: of all of them, or of those filed in a
   * period. With `interval`, a series says how many were created and closed on each day or in each week of a time zone.
   * Waiting times of more than 1,000 requests are within 1 % of the true ones; all else is exact.
   * @throws ServiceFlowError `validation_failed` for a series of more than 366 points, `overloaded`
   * @example
   * ```ts
   * const { byStatus, open, series } = await sf.requests.stats({ interval: "day", timeZone: "Europe/Berlin" });
   * console.log(byStatus.NEW, open.byPriority.URGENT);
   * for (const { date, created, closed } of series ?? []) console.log(date, created, closed);
   * ```
   */
  stats(input: Dated<RequestStatsInput> = {}, options?: CallOptions): ApiPromise<RequestStats> {
    return this.#call(
      (server, context) => server.requests.stats.query(written(input), context),
      options,
    );
  }

  #move<To extends Status>(
    status: To,
    request: string | { readonly id: string },
    input: object,
    options: CommandOptions | undefined,
  ): ApiPromise<ServiceRequestIn<To>> {
    const moved = this.#command("transition", request, { ...input, status }, options);
    return moved as ApiPromise<never>;
  }

  #command(
    name: "update" | "transition" | "claim" | "release" | "assign",
    request: string | { readonly id: string },
    input: object,
    options: CommandOptions | undefined,
  ): ApiPromise<ServiceRequest> {
    const command = { ...input, id: idOf(request) };
    return this.#call(
      // Each method has the input of its own procedure.
      (server, context) => server.requests[name].mutate(command as never, context),
      versioned(request, options),
    );
  }
}
