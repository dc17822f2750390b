import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { coalesced } from "./coalesced.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("fetches at once, then no more than once a pause, and what came last is never missed", async () => {
  const client = new QueryClient();
  let server = 0;
  let fetches = 0;
  const observer = new QueryObserver(client, {
    queryKey: ["list"],
    queryFn: async () => {
      fetches += 1;
      const answer = server;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return answer;
    },
  });
  const stop = observer.subscribe(() => {});
  await vi.advanceTimersByTimeAsync(1_000);
  expect(fetches).toBe(1);

  const cache = coalesced(client, 500);
  for (let event = 1; event <= 400; event += 1) {
    server = event;
    void cache.invalidateQueries({ queryKey: ["list"] });
    if (event === 1) expect(fetches).toBe(2);
    await vi.advanceTimersByTimeAsync(5);
  }
  // 2 s of events, of which each fetch and its pause take 0.8 s.
  expect(fetches).toBe(4);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(fetches).toBe(5);
  expect(client.getQueryData(["list"])).toBe(400);
  stop();
});
