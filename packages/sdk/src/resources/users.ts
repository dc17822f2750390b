import type {
  CreateUserInput,
  CurrentUser,
  Invitation,
  ListUsersInput,
  Page,
  Role,
  SearchUsersInput,
  UpdateMeInput,
  UpdateUserInput,
  User,
  UserMatch,
  UserWithKey,
} from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions, VersionedOptions } from "../transport/call-options.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageIterable, paginate } from "./paginate.ts";

/** People and service accounts. */
export class Users {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Creates a user and their first API key. The key is returned only once. Administrators only.
   * @returns the user with the secret key, `apiKey`
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
    return this.#call((server, context) => server.users.create.mutate(input, context), options);
  }

  /**
   * Creates a user without an API key, who signs in by a one-time code within 72 hours. Administrators only.
   * @returns the user, and the code with its secret
   * @throws ServiceFlowError `forbidden`, `email_taken`, `secret_not_replayable`
   * @example
   * ```ts
   * const { user, code } = await sf.users.invite({ fullName: "Joan Clarke", email: "joan@example.com" });
   * console.log(`https://serviceflow.example.com/#code=${code.code}`);
   * ```
   */
  invite(input: CreateUserInput, options?: MutationOptions): ApiPromise<Invitation> {
    return this.#call((server, context) => server.users.invite.mutate(input, context), options);
  }

  /**
   * Creates the first administrator, without an API key. Works only until the server has an administrator.
   * @param bootstrapKey the server's `ADMIN_BOOTSTRAP_KEY`
   * @returns the user with the secret key, `apiKey`
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
   * Lists users, newest first. Administrators see all users, agents only agents and administrators.
   * @throws ServiceFlowError `forbidden`
   * @example
   * ```ts
   * const { items: agents } = await sf.users.list({ role: "AGENT", active: true });
   * ```
   */
  list(filter: ListUsersInput = {}, options?: CallOptions): PageIterable<User> {
    return paginate(filter, options, (input, ofPage) =>
      this.#call((server, context) => server.users.list.query(input, context), ofPage),
    );
  }

  /**
   * Finds active users by the beginnings of words of their names, or one by the whole address, which only then is in the
   * answer. For those who may file for others. Those who work on requests can ask for some roles only.
   * @throws ServiceFlowError `forbidden`, `validation_failed`
   * @example
   * ```ts
   * const { items } = await sf.users.search({ q: "ada lov", role: ["AGENT", "ADMIN"] });
   * console.log(items.map(({ fullName }) => fullName));
   * ```
   */
  search(input: SearchUsersInput, options?: CallOptions): ApiPromise<Page<UserMatch>> {
    return this.#call((server, context) => server.users.search.query(input, context), options);
  }

  /**
   * Gets the user who owns the API key, and what the key may do: `callingKey`.
   * @throws ServiceFlowError
   * @example
   * ```ts
   * const me = await sf.users.me();
   * const request = await sf.requests.get("SF-1042");
   * if (can("claim", request, me)) await sf.requests.claim(request.id);
   * ```
   */
  me(options?: CallOptions): ApiPromise<CurrentUser> {
    return this.#call((server, context) => server.users.me.query(undefined, context), options);
  }

  /**
   * Updates your own locale and time zone; omitted fields stay unchanged, null removes one.
   * @throws ServiceFlowError `validation_failed`, `precondition_failed`
   * @example
   * ```ts
   * await sf.users.updateMe({ locale: "de-AT", timeZone: "Europe/Vienna" });
   * ```
   */
  updateMe(patch: UpdateMeInput, options?: VersionedOptions): ApiPromise<User> {
    return this.#call((server, context) => server.users.updateMe.mutate(patch, context), options);
  }

  /**
   * Gets a user.
   * @throws ServiceFlowError `not_found`, also for users you may not see
   * @example
   * ```ts
   * const { fullName, role } = await sf.users.get("usr_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  get(id: string, options?: CallOptions): ApiPromise<User> {
    return this.#call((server, context) => server.users.get.query({ id }, context), options);
  }

  /**
   * Updates a user; omitted fields stay unchanged. Deactivating a user invalidates their keys immediately,
   * and disables the webhooks that they own. Administrators only, except for your own locale and time zone.
   * @throws ServiceFlowError `not_found`, `forbidden`, `email_taken`, `user_erased`, `last_admin`, `precondition_failed`
   * @example
   * ```ts
   * await sf.users.update("usr_01kjg3v9tefya8h8m6q1v0c3zd", { active: false });
   * ```
   */
  update(id: string, patch: UpdateUserInput, options?: VersionedOptions): ApiPromise<User> {
    return this.#call(
      (server, context) => server.users.update.mutate({ ...patch, id }, context),
      options,
    );
  }

  /**
   * Changes a user's role. The webhooks of a user who is no longer an administrator are disabled. Administrators only.
   * @throws ServiceFlowError `not_found`, `forbidden`, `user_erased`, `last_admin`, `precondition_failed`
   * @example
   * ```ts
   * await sf.users.changeRole("usr_01kjg3v9tefya8h8m6q1v0c3zd", "AGENT");
   * ```
   */
  changeRole(id: string, role: Role, options?: VersionedOptions): ApiPromise<User> {
    return this.#call(
      (server, context) => server.users.changeRole.mutate({ id, role }, context),
      options,
    );
  }

  /**
   * Erases a user's personal data permanently. Replaces name and address, revokes all keys, disables the user's webhooks and
   * removes the data from the audit log without breaking its hash chain. The user's id, requests and comments remain. Administrators only.
   * @throws ServiceFlowError `not_found`, `forbidden`, `last_admin`, `precondition_failed`
   * @example
   * ```ts
   * const { erasedAt } = await sf.users.erase("usr_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  erase(id: string, options?: VersionedOptions): ApiPromise<User> {
    return this.#call((server, context) => server.users.erase.mutate({ id }, context), options);
  }
}
