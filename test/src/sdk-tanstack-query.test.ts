import {
  EVENT_TYPES,
  ServiceFlow,
  type ServiceRequest,
  type ServiceRequestSummary,
} from "@serviceflow/sdk";
import {
  createMutations,
  createQueries,
  invalidateOnEvents,
} from "@serviceflow/sdk/tanstack-query";
import {
  InfiniteQueryObserver,
  MutationObserver,
  QueryClient,
  QueryObserver,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useSuspenseQuery,
} from "@tanstack/react-query";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";
import { waitFor } from "./harness/waiting.ts";

describe("the SDK for TanStack Query", () => {
  let app: TestApp;
  let sf: ServiceFlow;
  let queryClient: QueryClient;
  const clientOf = (person: Person, fetch = app.fetch) =>
    new ServiceFlow({ baseUrl: "http://test", apiKey: person.key, fetch });

  beforeAll(async () => {
    app = await openTestApp("embedded");
    sf = clientOf(app.agent);
  });
  afterAll(() => app.close());
  beforeEach(() => {
    queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  });

  /** Waits for a result of an observer. */
  function shows<Result>(
    observer: {
      subscribe(listener: (result: Result) => void): () => void;
      getCurrentResult(): Result;
    },
    isWanted: (result: Result) => boolean,
  ): Promise<void> {
    const shown = new Promise<void>((resolve) => {
      const look = (result: Result) => {
        if (!isWanted(result)) return;
        queueMicrotask(() => leave());
        resolve();
      };
      const leave = observer.subscribe(look);
      look(observer.getCurrentResult());
    });
    return waitFor("the result of the observer", shown);
  }

  it("has queries of every resource under common key prefixes", async () => {
    const { id } = await sf.requests.create({ title: "A chair" });
    await sf.comments.create(id, { body: "Which one?" });
    const admin = createQueries(clientOf(app.admin));
    const queries = createQueries(sf);
    expect((await queryClient.fetchQuery(queries.requests.get(id))).title).toBe("A chair");
    expect((await queryClient.fetchQuery(queries.requests.list())).items[0]?.id).toBe(id);
    expect((await queryClient.fetchQuery(queries.requests.history(id))).items).toHaveLength(2);
    expect((await queryClient.fetchQuery(queries.requests.stats())).byStatus.NEW).toBe(1);
    expect((await queryClient.fetchQuery(queries.comments.of(id).list())).items).toHaveLength(1);
    expect((await queryClient.fetchQuery(queries.users.me())).id).toBe(app.agent.id);
    expect((await queryClient.fetchQuery(queries.users.list())).items.length).toBeGreaterThan(1);
    expect((await queryClient.fetchQuery(queries.categories.list())).items.length).toBe(1);
    expect((await queryClient.fetchQuery(queries.apiKeys.list())).items).toHaveLength(1);
    expect((await queryClient.fetchQuery(admin.webhooks.list())).items).toEqual([]);
    expect((await queryClient.fetchQuery(admin.audit.list({ limit: 1 }))).items).toHaveLength(1);
    const keys = queryClient
      .getQueryCache()
      .getAll()
      .map(({ queryKey }) => queryKey);
    expect(keys).toHaveLength(11);
    for (const key of keys) expect(key.slice(0, 2)).toEqual(["serviceflow", "http://test"]);
    expect(JSON.stringify(keys)).not.toContain(app.agent.key);
    const other = createQueries(sf, { scope: "usr_1" }).requests.get(id);
    expect(other.queryKey).toEqual(["serviceflow", "usr_1", "requests", "get", id]);
  });

  it("fetches consecutive pages", async () => {
    for (let i = 0; i < 5; i += 1) await sf.requests.create({ title: `Page ${i}` });
    const options = createQueries(sf).requests.infinite({ q: "page", limit: 2 });
    const observer = new InfiniteQueryObserver(queryClient, options);
    await shows(observer, ({ isSuccess }) => isSuccess);
    await observer.fetchNextPage();
    const last = await observer.fetchNextPage();
    expect(last.hasNextPage).toBe(false);
    expect(last.data?.pages.map(({ items }) => items.length)).toEqual([2, 2, 1]);
  });

  it("aborts cancelled queries", async () => {
    let signal: AbortSignal | null | undefined;
    const stuck = clientOf(app.agent, ((_, init) => {
      signal = init?.signal;
      return new Promise(() => {});
    }) as typeof fetch);
    const { queryKey, queryFn } = createQueries(stuck).users.me();
    const fetching = queryClient.fetchQuery({ queryKey, queryFn }).catch(() => {});
    await new Promise(setImmediate);
    await queryClient.cancelQueries({ queryKey });
    await fetching;
    expect(signal?.aborted).toBe(true);
  });

  it("writes the result of a mutation to the cache and refetches lists", async () => {
    const { id } = await sf.requests.create({ title: "To be claimed" });
    const queries = createQueries(sf);
    const list = new QueryObserver(queryClient, queries.requests.list({ status: "NEW" }));
    await shows(list, ({ isSuccess }) => isSuccess);
    const leave = list.subscribe(() => {});
    const mutations = createMutations(sf, queryClient);
    const claimed = await new MutationObserver(queryClient, mutations.requests.claim()).mutate({
      id,
    });
    expect(claimed.assignee?.id).toBe(app.agent.id);
    expect(queryClient.getQueryData(queries.requests.get(id).queryKey)).toEqual(claimed);
    await shows(list, ({ data }) => data?.items.find((one) => one.id === id)?.assignee !== null);
    leave();
    const stale = new MutationObserver(queryClient, mutations.requests.update());
    await expect(stale.mutate({ id, priority: "LOW", ifVersion: 1 })).rejects.toMatchObject({
      code: "precondition_failed",
    });
  });

  it("executes each mutate() once, across retries", async () => {
    let calls = 0;
    const losing = clientOf(app.agent, (async (input: string, init?: RequestInit) => {
      const response = await app.fetch(input, init);
      calls += 1;
      if (calls % 2 === 1) throw new TypeError("connection reset");
      return response;
    }) as typeof fetch).withOptions({ maxRetries: 0 });
    const options = createMutations(losing, queryClient).requests.create();
    const observer = new MutationObserver(queryClient, { ...options, retry: 2, retryDelay: 0 });
    const variables = { title: "Filed under one key" };
    const [first, second] = [await observer.mutate(variables), await observer.mutate(variables)];
    expect(calls).toBe(4);
    const { items } = await sf.requests.list({ q: '"filed under one key"' });
    expect(items.map(({ id }) => id)).toEqual([second.id, first.id]);
  });

  it("executes a mutation once if the component re-renders between attempts", async () => {
    let calls = 0;
    let render = () => {};
    const losing = clientOf(app.agent, (async (input: string, init?: RequestInit) => {
      const response = await app.fetch(input, init);
      calls += 1;
      render();
      if (calls < 3) throw new TypeError("connection reset");
      return response;
    }) as typeof fetch).withOptions({ maxRetries: 0 });
    const options = () => ({
      ...createMutations(losing, queryClient).requests.create(),
      retry: 2,
      retryDelay: 0,
    });
    const observer = new MutationObserver(queryClient, options());
    render = () => observer.setOptions(options());
    const { id } = await observer.mutate({ title: "Rendered again" });
    expect(calls).toBe(3);
    const { items } = await sf.requests.list({ q: '"rendered again"' });
    expect(items.map((item) => item.id)).toEqual([id]);
  });

  it("executes both of two concurrent mutate() calls with the same variables", async () => {
    let calls = 0;
    const losing = clientOf(app.agent, (async (input: string, init?: RequestInit) => {
      calls += 1;
      if (calls === 1) throw new TypeError("connection refused");
      return app.fetch(input, init);
    }) as typeof fetch).withOptions({ maxRetries: 0 });
    const options = {
      ...createMutations(losing, queryClient).requests.create(),
      onMutate: () => ({ by: "an optimistic update" }),
      retry: 2,
      retryDelay: 0,
    };
    const variables = { title: "Clicked twice" };
    const mutate = () => new MutationObserver(queryClient, options).mutate(variables);
    const made = await Promise.all([mutate(), mutate()]);
    expect(new Set(made.map(({ id }) => id)).size).toBe(2);
  });

  it("executes mutations with the same idempotency key once", async () => {
    const create = createMutations(sf, queryClient).requests.create();
    const observer = new MutationObserver(queryClient, create);
    const variables = { title: "Resumed by another page", idempotencyKey: "resumed-once" };
    const [first, second] = [await observer.mutate(variables), await observer.mutate(variables)];
    expect(second.id).toBe(first.id);
  });

  it("keeps a newer cached version", async () => {
    const { id } = await sf.requests.create({ title: "Versions" });
    const { queryKey } = createQueries(sf).requests.get(id);
    const newer = { ...(await sf.requests.get(id)), version: 9 };
    queryClient.setQueryData(queryKey, newer);
    const update = createMutations(sf, queryClient).requests.update();
    await new MutationObserver(queryClient, update).mutate({ id, priority: "LOW" });
    expect(queryClient.getQueryData(queryKey)).toEqual(newer);
  });

  it("refetches when a first fetch predates an event", async () => {
    const { id } = await sf.requests.create({ title: "Read too early" });
    await allSealed(app.database.db);
    const { nextCursor: after } = await sf.events.list({ after: "now" });
    const { promise: hasRead, resolve: read } = Promise.withResolvers<void>();
    const { promise: gate, resolve: letGo } = Promise.withResolvers<void>();
    let isFirst = true;
    const slow = clientOf(app.agent, (async (input: string, init?: RequestInit) => {
      const response = await app.fetch(input, init);
      if (isFirst && input.includes("requests.get")) {
        isFirst = false;
        read();
        await gate;
      }
      return response;
    }) as typeof fetch);
    const { promise: wasTouched, resolve: touch } = Promise.withResolvers<void>();
    queryClient.getQueryCache().subscribe((seen) => {
      if (seen.type === "updated" && seen.action.type === "invalidate") touch();
    });
    const observer = new QueryObserver(queryClient, createQueries(slow).requests.get(id));
    const leave = observer.subscribe(() => {});
    await hasRead;
    const leaving = new AbortController();
    const following = invalidateOnEvents(slow, queryClient, { signal: leaving.signal, after });
    const claimed = await sf.requests.claim(id);
    await waitFor("the event", wasTouched);
    letGo();
    await shows(observer, ({ data }) => data?.version === claimed.version);
    leaving.abort();
    await following;
    leave();
  });

  it("shows changes by others immediately", async () => {
    const { id } = await sf.requests.create({ title: "Watched" });
    const queries = createQueries(sf);
    const observer = new QueryObserver(queryClient, queries.requests.get(id));
    await shows(observer, ({ isSuccess }) => isSuccess);
    const leave = observer.subscribe(() => {});
    const { nextCursor: after } = await sf.events.list({ after: "now" });
    const leaving = new AbortController();
    const following = invalidateOnEvents(sf, queryClient, { signal: leaving.signal, after });
    await clientOf(app.otherAgent).requests.claim(id);
    await shows(observer, ({ data }) => data?.assignee?.id === app.otherAgent.id);
    leaving.abort();
    await waitFor("the following to end", following);
    leave();
  });

  it("rejects when events cannot be streamed", async () => {
    const { signal } = new AbortController();
    const anonymous = new ServiceFlow({ baseUrl: "http://test", fetch: app.fetch });
    const options = { signal, onError: () => {} };
    await expect(invalidateOnEvents(anonymous, queryClient, options)).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  it("passes its error to onError, or prints it, and never ends the process", async () => {
    const ends: unknown[] = [];
    const collect = (error: unknown) => ends.push(error);
    process.on("unhandledRejection", collect);
    onTestFinished(() => void process.off("unhandledRejection", collect));
    const { signal } = new AbortController();
    const anonymous = new ServiceFlow({ baseUrl: "http://test", fetch: app.fetch });
    const passed = Promise.withResolvers<unknown>();
    void invalidateOnEvents(anonymous, queryClient, { signal, onError: passed.resolve });
    expect(await waitFor("onError", passed.promise)).toMatchObject({ code: "unauthenticated" });
    const printed = Promise.withResolvers<unknown>();
    const print = vi
      .spyOn(console, "error")
      .mockImplementation((_, error) => printed.resolve(error));
    onTestFinished(() => print.mockRestore());
    void invalidateOnEvents(anonymous, queryClient, { signal });
    expect(await waitFor("a line", printed.promise)).toMatchObject({ code: "unauthenticated" });
    await new Promise(setImmediate);
    expect(ends).toEqual([]);
  });

  it("fits the types of the React hooks", () => {
    const Component = () => {
      const queries = createQueries(sf);
      const mutations = createMutations(sf, useQueryClientOf());
      const request: ServiceRequest = useSuspenseQuery(queries.requests.get("SF-1")).data;
      const title: string | undefined = useQuery(queries.requests.get("SF-1")).data?.title;
      const pages = useInfiniteQuery(queries.requests.infinite({ status: "NEW" }));
      const items: ServiceRequestSummary[] | undefined = pages.data?.pages.flatMap(
        (page) => page.items,
      );
      const claim = useMutation(mutations.requests.claim());
      const cancel = useMutation(mutations.requests.cancel());
      // @ts-expect-error cancelling needs a reason
      const refused = () => cancel.mutate({ id: "SF-1" });
      claim.mutate({ id: request.id, ifVersion: request.version });
      // @ts-expect-error no such field
      return [title, items, refused, pages.data?.nothing];
    };
    const useQueryClientOf = () => queryClient;
    expect(Component).toBeTypeOf("function");
    expect(EVENT_TYPES.length).toBeGreaterThan(0);
  });
});
