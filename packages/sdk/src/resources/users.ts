import type {
  CreateUserInput,
  ListUsersInput,
  Role,
  UpdateUserInput,
  User,
  UserWithKey,
} from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions, VersionedOptions } from "../transport/call-options.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageIterable, paginate } from "./page.ts";

/** People and service accounts. */
export class Users {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Creates a user with their first API key, which is shown this once; administrators only.
   * @throws ServiceFlowError `forbidden`, `email_taken`, `secret_not_replayable`
   * @example
   * ```ts
   * const { id, apiKey } = await sf.users.create({
   *   fullName: "Grace Hopper",
   *   email: "grace@example.com",
   *   role: "AGENT",
   * });
   * ```
   */
  create(input: CreateUserInput, options?: MutationOptions): ApiPromise<UserWithKey> {
    return this.#call((server, sent) => server.users.create.mutate(input, sent), options);
  }

  /**
   * Makes the first administrator; the client needs no API key for it, and the server refuses it for good afterwards.
   * @param bootstrapKey the server's `ADMIN_BOOTSTRAP_KEY`
   * @throws ServiceFlowError `unauthenticated`, `bootstrap_closed`, `email_taken`
   * @example
   * ```ts
   * const { apiKey } = await new ServiceFlow({ baseUrl: "http://localhost:8000" }).users.bootstrap(
   *   { fullName: "Ada Lovelace", email: "ada@example.com" },
   *   process.env.ADMIN_BOOTSTRAP_KEY ?? "",
   * );
   * ```
   */
  bootstrap(
    input: CreateUserInput,
    bootstrapKey: string,
    options?: MutationOptions,
  ): ApiPromise<UserWithKey> {
    const headers = { ...options?.headers, "x-bootstrap-key": bootstrapKey };
    return this.create(input, { ...options, headers });
  }

  /**
   * Lists users, newest first: administrators see everybody, agents see agents and administrators.
   * @throws ServiceFlowError `forbidden`
   * @example
   * ```ts
   * const { items: agents } = await sf.users.list({ role: "AGENT", active: true });
   * ```
   */
  list(filter: ListUsersInput = {}, options?: CallOptions): PageIterable<User> {
    return paginate(filter, (input) =>
      this.#call((server, sent) => server.users.list.query(input, sent), options),
    );
  }

  /**
   * Gets the user that the API key belongs to.
   * @throws ServiceFlowError
   * @example
   * ```ts
   * const me = await sf.users.me();
   * const request = await sf.requests.get("SF-1042");
   * if (can("claim", request, me)) await sf.requests.claim(request.id);
   * ```
   */
  me(options?: CallOptions): ApiPromise<User> {
    return this.#call((server, sent) => server.users.me.query(undefined, sent), options);
  }

  /**
   * Gets a user.
   * @throws ServiceFlowError `not_found`, also when you may not see them
   * @example
   * ```ts
   * const { fullName, role } = await sf.users.get("usr_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  get(id: string, options?: CallOptions): ApiPromise<User> {
    return this.#call((server, sent) => server.users.get.query({ id }, sent), options);
  }

  /**
   * Changes name or address, deactivates or activates a user; administrators only. The keys of an inactive user are
   * refused at once.
   * @throws ServiceFlowError `not_found`, `forbidden`, `email_taken`, `user_erased`, `last_admin`, `precondition_failed`
   * @example
   * ```ts
   * await sf.users.update("usr_01kjg3v9tefya8h8m6q1v0c3zd", { active: false });
   * ```
   */
  update(id: string, patch: UpdateUserInput, options?: VersionedOptions): ApiPromise<User> {
    return this.#call(
      (server, sent) => server.users.update.mutate({ ...patch, id }, sent),
      options,
    );
  }

  /**
   * Changes a user's role; administrators only.
   * @throws ServiceFlowError `not_found`, `forbidden`, `user_erased`, `last_admin`, `precondition_failed`
   * @example
   * ```ts
   * await sf.users.changeRole("usr_01kjg3v9tefya8h8m6q1v0c3zd", "AGENT");
   * ```
   */
  changeRole(id: string, role: Role, options?: VersionedOptions): ApiPromise<User> {
    return this.#call(
      (server, sent) => server.users.changeRole.mutate({ id, role }, sent),
      options,
    );
  }

  /**
   * Erases a person for good; administrators only. Name and address are replaced, every key is revoked, and the audit
   * log forgets what it held of them without breaking its chain. Their id, requests and comments stay.
   * @throws ServiceFlowError `not_found`, `forbidden`, `last_admin`, `precondition_failed`
   * @example
   * ```ts
   * const { erasedAt } = await sf.users.erase("usr_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  erase(id: string, options?: VersionedOptions): ApiPromise<User> {
    return this.#call((server, sent) => server.users.erase.mutate({ id }, sent), options);
  }
}
