import type {
  ApiKey,
  ApiKeyWithSecret,
  Comment,
  CreateCommentInput,
  CreateRequestInput,
  IssueKeyInput,
  ServiceRequest,
  UpdateRequestInput,
} from "@serviceflow/domain";
import type { ServiceFlow } from "../client.ts";
import type { FinishInput, StartInput, TransitionInput } from "../resources/request-commands.ts";
import type { VersionedOptions } from "../transport/call-options.ts";
import { newIdempotencyKey } from "../transport/idempotency-key.ts";
import { type Cache, keysOfRequest, makeStale } from "./invalidate.ts";
import { type Key, keysIn, type ScopeOptions } from "./keys.ts";

/** Options of a mutation: give them to `useMutation`. */
export interface MutationOptions<Data, Variables> {
  mutationKey: Key;
  /** Sent under one idempotency key for each `mutate()`, which TanStack Query tells apart by the context. */
  mutationFn: (variables: Variables & Named, context?: object) => Promise<Data>;
  /** Writes what was answered into the cache, and makes stale what it touches. */
  onSuccess: (data: Data, variables: Variables & Named) => void;
}

/** What names a call, besides its input. */
export interface Named {
  /** Give your own where mutations are kept and resumed by another page: only variables are kept with them. */
  idempotencyKey?: string | undefined;
}

/** The request that a mutation is about, and the version that it must still have, if that matters. */
export interface RequestVariables {
  id: string;
  ifVersion?: number | undefined;
}

type RequestMutation<Input = unknown> = MutationOptions<ServiceRequest, RequestVariables & Input>;

export interface Mutations {
  requests: {
    create(): MutationOptions<ServiceRequest, CreateRequestInput>;
    update(): RequestMutation<UpdateRequestInput>;
    claim(): RequestMutation;
    release(): RequestMutation;
    assign(): RequestMutation<{ assigneeId: string }>;
    start(): RequestMutation<StartInput>;
    finish(): RequestMutation<FinishInput>;
    cancel(): RequestMutation<{ reason: string }>;
    transition(): RequestMutation<TransitionInput>;
  };
  comments: {
    create(): MutationOptions<Comment, CreateCommentInput & { serviceRequestId: string }>;
  };
  apiKeys: {
    issue(): MutationOptions<ApiKeyWithSecret, IssueKeyInput>;
    revoke(): MutationOptions<ApiKey, { id: string }>;
  };
}

// TanStack Query (from 5.89) gives every try of a mutate() the same context, and each mutate() its own. Options and
// variables tell calls apart no better: each render makes options anew, and one object can be given twice.
const names = new WeakMap<object, string>();

function nameOf(context: object | undefined): string | undefined {
  if (!context) return undefined;
  const name = names.get(context) ?? newIdempotencyKey();
  names.set(context, name);
  return name;
}

/**
 * Options of the mutations that pages have buttons for, for TanStack Query 5 with any framework. Each `mutate()` is
 * carried out once, however often it is tried.
 * @param queryClient the cache that is kept up to date
 * @example
 * ```ts
 * const mutations = createMutations(sf, queryClient);
 * // React: const claim = useMutation(mutations.requests.claim()); claim.mutate({ id: "SF-1042" });
 * const { mutationFn } = mutations.requests.create();
 * const { id } = await mutationFn({ title: "New laptop" });
 * console.log(id);
 * ```
 */
export function createMutations(
  sf: ServiceFlow,
  queryClient: Cache,
  { scope = sf.baseUrl }: ScopeOptions = {},
): Mutations {
  const keys = keysIn(scope);

  function mutation<Data, Variables extends object>(
    name: readonly [string, string],
    call: (variables: Variables, options: VersionedOptions) => Promise<Data>,
    touched: (data: Data, variables: Variables) => Key[],
    store: (data: Data) => void = () => {},
  ): MutationOptions<Data, Variables> {
    return {
      mutationKey: ["serviceflow", scope, ...name],
      mutationFn: async ({ idempotencyKey, ...input }, context) =>
        call(input as unknown as Variables, { idempotencyKey: idempotencyKey ?? nameOf(context) }),
      onSuccess(data, variables) {
        for (const queryKey of touched(data, variables)) {
          makeStale(queryClient, queryKey);
        }
        store(data);
      },
    };
  }

  /** An event may have brought a newer version meanwhile. */
  function keep(request: ServiceRequest): void {
    const queryKey = keys.of("requests", "get", request.id);
    const kept = queryClient.getQueryData(queryKey) as ServiceRequest | undefined;
    if (!kept || kept.version <= request.version) queryClient.setQueryData(queryKey, request);
  }

  function onRequest<Input>(
    name: keyof Mutations["requests"],
    call: (id: string, input: Input, options: VersionedOptions) => Promise<ServiceRequest>,
  ): RequestMutation<Input> {
    return mutation(
      ["requests", name],
      ({ id, ifVersion, ...input }: RequestVariables & Input, options) =>
        call(id, input as unknown as Input, { ...options, ifVersion }),
      ({ id }) => [...keysOfRequest(id, keys).slice(1), keys.all("audit")],
      keep,
    );
  }

  const ofKeys = () => [keys.all("apiKeys"), keys.all("audit")];
  return {
    requests: {
      create: () =>
        mutation<ServiceRequest, CreateRequestInput>(
          ["requests", "create"],
          (input: CreateRequestInput, options) => sf.requests.create(input, options),
          ({ id }) => [...keysOfRequest(id, keys).slice(1), keys.all("audit")],
          keep,
        ),
      update: () =>
        onRequest("update", (id, patch, options) => sf.requests.update(id, patch, options)),
      claim: () => onRequest("claim", (id, _, options) => sf.requests.claim(id, options)),
      release: () => onRequest("release", (id, _, options) => sf.requests.release(id, options)),
      assign: () =>
        onRequest("assign", (id, { assigneeId }, options) =>
          sf.requests.assign(id, assigneeId, options),
        ),
      start: () =>
        onRequest("start", (id, input, options) => sf.requests.start(id, input, options)),
      finish: () =>
        onRequest("finish", (id, input, options) => sf.requests.finish(id, input, options)),
      cancel: () =>
        onRequest("cancel", (id, { reason }, options) => sf.requests.cancel(id, reason, options)),
      transition: () =>
        onRequest("transition", (id, move, options) => sf.requests.transition(id, move, options)),
    },
    comments: {
      create: () =>
        mutation(
          ["comments", "create"],
          (
            { serviceRequestId, ...input }: CreateCommentInput & { serviceRequestId: string },
            options,
          ) => sf.comments.create(serviceRequestId, input, options),
          (_, { serviceRequestId }) => [
            keys.of("comments", "list", serviceRequestId),
            keys.of("comments", "infinite", serviceRequestId),
            keys.of("requests", "history", serviceRequestId),
            keys.all("audit"),
          ],
        ),
    },
    apiKeys: {
      issue: () =>
        mutation(
          ["apiKeys", "issue"],
          (input: IssueKeyInput, options) => sf.apiKeys.issue(input, options),
          ofKeys,
        ),
      revoke: () =>
        mutation(
          ["apiKeys", "revoke"],
          ({ id }: { id: string }, options) => sf.apiKeys.revoke(id, options),
          ofKeys,
        ),
    },
  };
}
