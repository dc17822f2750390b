import { REQUEST_ACTIONS } from "@serviceflow/domain";
import { expect, it } from "vitest";
import { ServiceFlow } from "../client.ts";
import type { CommandStatuses } from "../resources/request-commands.ts";
import { createMutations } from "./mutations.ts";

it("has a mutation for every action on a request", () => {
  const sf = new ServiceFlow({ baseUrl: "http://sf.test", apiKey: "sf_key" });
  const cache = {
    getQueryData: () => undefined,
    setQueryData: () => undefined,
    invalidateQueries: () => Promise.resolve(),
    getQueryCache: () => ({ findAll: () => [] }),
  };
  const mutations: Record<keyof CommandStatuses, unknown> = createMutations(sf, cache).requests;
  for (const action of REQUEST_ACTIONS.filter((one) => !one.startsWith("comment"))) {
    expect(mutations).toHaveProperty(action, expect.any(Function));
  }
});
