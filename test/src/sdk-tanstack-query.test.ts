import {
  EVENT_TYPES,
  ServiceFlow,
  type ServiceRequest,
  type ServiceRequestSummary,
} from "@serviceflow/sdk";
import {
  createMutations,
  createQueries,
  type InvalidateOptions,
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
import { waitFor, waitUntil } from "./harness/waiting.ts";

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

  /** The page's own client, and the calls that it makes, by operation. */
  function countedClient(person: Person = app.agent) {
    const calls = new Map<string, number>();
    const client = clientOf(person, (async (input: string, init?: RequestInit) => {
      const [operation = ""] = new URL(input).pathname.split("/").slice(-1);
      calls.set(operation, (calls.get(operation) ?? 0) + 1);
      return app.fetch(input, init);
    }) as typeof fetch);
    return { client, count: (operation: string) => calls.get(operation) ?? 0 };
  }

  /** Follows the feed until the test ends, and waits until it is live. */
  async function followed(client: ServiceFlow, options: Partial<InvalidateOptions> = {}) {
    const leaving = new AbortController();
    const { promise: live, resolve } = Promise.withResolvers<void>();
    const following = invalidateOnEvents(client, queryClient, {
      signal: leaving.signal,
      onState: ({ status }) => status === "live" && resolve(),
      onError: () => {},
      ...options,
    });
    onTestFinished(async () => {
      leaving.abort();
      await following.catch(() => {});
    });
    if (options.onState === undefined) await waitFor("the feed to be live", live);
    return { following, leave: () => leaving.abort() };
  }

  /** Shows a query until the test ends. */
  async function shown<Result extends { isSuccess: boolean }>(observer: {
    subscribe(listener: (result: Result) => void): () => void;
    getCurrentResult(): Result;
  }): Promise<void> {
    onTestFinished(observer.subscribe(() => {}));
    await shows(observer, ({ isSuccess }) => isSuccess);
  }

  const now = async () => {
    await allSealed(app.database.db);
    return (await sf.events.list({ after: "now" })).nextCursor;
  };

  it("leaves retries to the SDK", async () => {
    let calls = 0;
    const down = clientOf(app.agent, (async () => {
      calls += 1;
      return new Response("down", { status: 503 });
    }) as unknown as typeof fetch).withOptions({ maxRetries: 1 });
    const eager = new QueryClient();
    const observer = new QueryObserver(eager, createQueries(down).users.me());
    onTestFinished(observer.subscribe(() => {}));
    await shows(observer, ({ isError }) => isError);
    const claim = createMutations(down, eager).requests.claim();
    await expect(new MutationObserver(eager, claim).mutate({ id: "SF-1" })).rejects.toThrow();
    expect(calls).toBe(4);
  });

  it("refetches a list at most once a second, however many events make it stale", async () => {
    const { client, count } = countedClient();
    const queries = createQueries(client);
    await followed(client);
    await shown(new QueryObserver(queryClient, queries.requests.list({ limit: 100 })));
    await shown(new InfiniteQueryObserver(queryClient, queries.requests.infinite({ limit: 5 })));
    await shown(new QueryObserver(queryClient, queries.requests.stats()));
    const before = { lists: count("requests.list"), stats: count("requests.stats") };
    const started = performance.now();
    let last = "";
    for (let i = 0; i < 100; i += 1) {
      last = (await sf.requests.create({ title: `Burst ${i}` })).id;
    }
    const { queryKey } = queries.requests.list({ limit: 100 });
    await waitUntil("the list to have the last one", () =>
      Boolean(queryClient.getQueryData(queryKey)?.items.some(({ id }) => id === last)),
    );
    const seconds = (performance.now() - started) / 1_000;
    // Two lists: each at once, once a second, and once after the end.
    expect(count("requests.list") - before.lists).toBeLessThanOrEqual(2 * (Math.ceil(seconds) + 1));
    expect(count("requests.stats") - before.stats).toBeLessThanOrEqual(1 + Math.ceil(seconds / 10));
  });

  it("catches up what happened between the first load and the feed", async () => {
    const { id } = await sf.requests.create({ title: "Loaded before the feed" });
    const after = await now();
    const { client, count } = countedClient();
    const queries = createQueries(client);
    await shown(new QueryObserver(queryClient, queries.users.me()));
    const observer = new QueryObserver(queryClient, queries.requests.get(id));
    await shown(observer);
    await clientOf(app.otherAgent).requests.claim(id);
    await allSealed(app.database.db);
    await followed(client, { after });
    await shows(observer, ({ data }) => data?.assignee?.id === app.otherAgent.id);
    expect([count("users.me"), count("requests.get")]).toEqual([1, 1]);
  });

  it("loads all that was there before the feed again, if it does not know since when", async () => {
    const { id } = await sf.requests.create({ title: "Loaded before the feed, too" });
    const observer = new QueryObserver(queryClient, createQueries(sf).requests.get(id));
    await shown(observer);
    await clientOf(app.otherAgent).requests.claim(id);
    await allSealed(app.database.db);
    await followed(sf);
    await shows(observer, ({ data }) => data?.assignee?.id === app.otherAgent.id);
  });

  it("does so once, also while something is loaded for the first time", async () => {
    const { id } = await sf.requests.create({ title: "Slow to come" });
    const { client, count } = countedClient();
    const me = new QueryObserver(queryClient, createQueries(client).users.me());
    await shown(me);
    const { promise: gate, resolve: letGo } = Promise.withResolvers<void>();
    const { queryKey } = createQueries(client).requests.get(id);
    const slow = new QueryObserver(queryClient, {
      queryKey,
      queryFn: async () => {
        await gate;
        return client.requests.get(id);
      },
    });
    onTestFinished(slow.subscribe(() => {}));
    await followed(client);
    await waitUntil("it to be loaded again", async () => count("users.me") === 2);
    letGo();
    await waitUntil("the other, too", async () => count("requests.get") === 2);
    expect(count("users.me")).toBe(2);
  });

  it("goes on where it was when it follows again", async () => {
    const { id } = await sf.requests.create({ title: "Seen across a pause" });
    const { client, count } = countedClient();
    const observer = new QueryObserver(queryClient, createQueries(client).requests.get(id));
    const { leave, following } = await followed(client);
    await shown(observer);
    await sf.requests.update(id, { priority: "HIGH" });
    await shows(observer, ({ data }) => data?.priority === "HIGH");
    leave();
    await following;
    await sf.requests.update(id, { priority: "LOW" });
    await followed(client);
    await shows(observer, ({ data }) => data?.priority === "LOW");
    expect(count("requests.get")).toBe(1);
  });

  it("writes changed requests to where they are shown, without a call and without moving a list", async () => {
    const made: string[] = [];
    for (let i = 0; i < 6; i += 1) made.push((await sf.requests.create({ title: `Row ${i}` })).id);
    const [, second = "", third = ""] = made;
    const after = await now();
    const { client, count } = countedClient();
    const queries = createQueries(client);
    const infinite = queries.requests.infinite({
      q: "row",
      limit: 3,
      fields: ["status", "assignee"],
    });
    const pages = new InfiniteQueryObserver(queryClient, infinite);
    await shown(pages);
    await pages.fetchNextPage();
    const detail = new QueryObserver(queryClient, queries.requests.get(second));
    await shown(detail);
    await followed(client, { after, infiniteLists: "patch" });
    const other = clientOf(app.otherAgent);
    await other.requests.claim(second);
    await other.comments.create(third, { body: "Hello" });
    await other.requests.create({ title: "Row that would move the others" });
    const started = await other.requests.start(second);
    await shows(detail, ({ data }) => data?.status === "IN_PROGRESS");
    const rows = () => pages.getCurrentResult().data?.pages.flatMap(({ items }) => items) ?? [];
    expect(rows().map(({ id }) => id)).toEqual(made.toReversed());
    expect(rows().find(({ id }) => id === second)).toEqual({
      id: second,
      status: "IN_PROGRESS",
      assignee: started.assignee,
    });
    expect([count("requests.list"), count("requests.get")]).toEqual([2, 1]);
    expect(detail.getCurrentResult().data?.followUps).toEqual([]);
    expect(queryClient.getQueryState(infinite.queryKey)?.isInvalidated).toBe(true);
  });

  it("refetches once for the page's own mutation, not again for its event", async () => {
    const { id } = await sf.requests.create({ title: "Claimed here" });
    const admin = clientOf(app.admin);
    await followed(admin);
    const invalidate = vi.spyOn(queryClient, "invalidateQueries");
    const times = (resource: string, kind?: string) =>
      invalidate.mock.calls.filter(([filters]) => {
        const [, , ...key] = filters?.queryKey ?? [];
        return key[0] === resource && key[1] === kind;
      }).length;
    const claim = createMutations(admin, queryClient).requests.claim();
    await new MutationObserver(queryClient, claim).mutate({ id });
    expect(times("requests", "list")).toBe(1);
    // The events come in order, and a second refetch of the list would come before that of the keys.
    for (const count of [1, 2]) {
      await sf.apiKeys.issue({ name: `Key ${count}` });
      await waitUntil("the event of the key", () => times("apiKeys") === count);
    }
    expect(times("requests", "list")).toBe(1);
    await sf.comments.create(id, { body: "By another" });
    await waitUntil("the event of another", () => times("requests", "list") === 2);
  });

  it("has pages of every list, and mutations of everything that people administer", async () => {
    const admin = clientOf(app.admin);
    const queries = createQueries(admin);
    const mutations = createMutations(admin, queryClient);
    const mutate = <Data, Variables>(options: {
      mutationFn: (variables: Variables) => Promise<Data>;
      onSuccess: (data: Data, variables: Variables) => void;
    }) => {
      const observer = new MutationObserver<Data, Error, Variables>(queryClient, options as never);
      return (variables: Variables) => observer.mutate(variables);
    };
    const user = await mutate(mutations.users.create())({
      fullName: "Grace Hopper",
      email: "grace@example.com",
    });
    const { version } = await mutate(mutations.users.update())({
      id: user.id,
      fullName: "Grace H.",
    });
    await expect(
      mutate(mutations.users.changeRole())({ id: user.id, role: "AGENT", ifVersion: version - 1 }),
    ).rejects.toMatchObject({ code: "precondition_failed" });
    await mutate(mutations.users.changeRole())({ id: user.id, role: "AGENT", ifVersion: version });
    await mutate(mutations.users.updateMe())({ locale: "en" });
    const key = await mutate(mutations.apiKeys.issueFor())({ userId: user.id, name: "A" });
    const rotated = await mutate(mutations.apiKeys.rotate())({ id: key.id, overlapSeconds: 0 });
    const keysOfUser = queries.apiKeys.of(user.id).infinite({ limit: 1 });
    const keys = new InfiniteQueryObserver(queryClient, keysOfUser);
    await shown(keys);
    expect((await keys.fetchNextPage()).data?.pages.map(({ items }) => items.length)).toEqual([
      1, 1,
    ]);
    await mutate(mutations.apiKeys.revoke())({ id: rotated.id });
    await mutate(mutations.apiKeys.revokeAllOf())({ userId: user.id });
    await mutate(mutations.apiKeys.issue())({ name: "B" });
    expect((await queryClient.fetchQuery(queries.apiKeys.current())).id).toMatch(/^key_/);
    const issued = await admin.codes.issueFor(user.id, { purpose: "SESSION" });
    const codes = await queryClient.fetchQuery(queries.codes.of(user.id).list());
    expect(codes.items.map(({ id }) => id)).toEqual([issued.id]);
    await mutate(mutations.users.erase())({ id: user.id });
    await mutate(mutations.categories.create())({ slug: "hr", name: "People" });
    await mutate(mutations.categories.update())({ slug: "hr", name: "People and culture" });
    const categories = new InfiniteQueryObserver(
      queryClient,
      queries.categories.infinite({ limit: 1 }),
    );
    await shown(categories);
    expect((await categories.fetchNextPage()).data?.pages.map(({ items }) => items.length)).toEqual(
      [1, 1],
    );
    const hook = await mutate(mutations.webhooks.create())({ url: "https://bot.example.com/" });
    await mutate(mutations.webhooks.rotate())({ id: hook.id });
    await mutate(mutations.webhooks.ping())({ id: hook.id });
    await mutate(mutations.webhooks.replay())({ id: hook.id, after: "now" });
    await mutate(mutations.webhooks.update())({ id: hook.id, active: false });
    await mutate(mutations.webhooks.takeOver())({ id: hook.id });
    const deliveries = queries.webhooks.infiniteDeliveries(hook.id, { limit: 1 });
    await shown(new InfiniteQueryObserver(queryClient, deliveries));
    await mutate(mutations.webhooks.delete())({ id: hook.id });
    const { id } = await sf.requests.create({ title: "With a history" });
    await sf.requests.claim(id);
    const history = new InfiniteQueryObserver(
      queryClient,
      queries.requests.infiniteHistory(id, { limit: 1 }),
    );
    await shown(history);
    expect((await history.fetchNextPage()).data?.pages.flatMap(({ items }) => items)).toHaveLength(
      2,
    );
    expect(
      (await queryClient.fetchQuery(queries.requests.history(id, { limit: 1 }))).items,
    ).toHaveLength(1);
  });

  it("shows on the page whether the cache is live, and why it is no longer followed", async () => {
    const admin = clientOf(app.admin);
    const { id: userId } = await admin.users.create({
      fullName: "Gone",
      email: "gone@example.com",
    });
    const { apiKey, id } = await admin.apiKeys.issueFor(userId, { name: "To be revoked" });
    const leaver = clientOf({ key: apiKey } as Person);
    const feed = createQueries(leaver).feed();
    const early = new QueryObserver(queryClient, feed);
    await shown(early);
    expect(early.getCurrentResult().data).toEqual({ status: "connecting", error: undefined });
    const { following } = await followed(leaver);
    await shows(early, ({ data }) => data?.status === "live");
    await admin.apiKeys.revoke(id);
    await expect(waitFor("the end", following)).rejects.toMatchObject({ code: "unauthenticated" });
    const late = await new QueryClient().fetchQuery({ ...feed, queryKey: ["of another cache"] });
    expect(late.status).toBe("connecting");
    expect(early.getCurrentResult().data).toMatchObject({
      status: "ended",
      error: { code: "unauthenticated" },
    });
    queryClient.removeQueries({ queryKey: feed.queryKey });
    expect((await queryClient.fetchQuery(feed)).status).toBe("ended");
  });

  it("has keys that know the type of their data", () => {
    const { requests } = createQueries(sf);
    const title: string | undefined = queryClient.getQueryData(
      requests.get("SF-1").queryKey,
    )?.title;
    const pages = queryClient.getQueryData(requests.infinite().queryKey)?.pages;
    // @ts-expect-error no such field
    const none = queryClient.getQueryData(requests.list().queryKey)?.nothing;
    expect([title, pages, none]).toEqual([undefined, undefined, undefined]);
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
