import {
  commentsCreate,
  requestsClaim,
  requestsCreate,
  requestsHistory,
  requestsList,
  requestsTransition,
} from "../generated/orval/api.ts";
import { journey, unexpected } from "./journey.ts";

journey((baseUrl, apiKey) => {
  // Its functions call the global fetch with a path: where the server is, the program says.
  const original = globalThis.fetch;
  const auth = { "X-API-Key": apiKey };
  const here = <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    globalThis.fetch = (input, init) => original(`${baseUrl}${String(input)}`, init);
    return call().finally(() => {
      globalThis.fetch = original;
    });
  };
  return {
    async create(body, key) {
      const headers = { ...auth, "Idempotency-Key": key };
      const answer = await here(() => requestsCreate(body, { headers }));
      if (answer.status !== 201) throw new Error(answer.data.code);
      return answer.data;
    },
    async list(query) {
      const answer = await here(() => requestsList(query, { headers: auth }));
      if (answer.status !== 200) throw new Error(answer.data.code);
      return answer.data.items;
    },
    async claim(id) {
      const answer = await here(() => requestsClaim(id, { headers: auth }));
      if (answer.status !== 200) throw new Error(answer.data.code);
      return answer.data;
    },
    async comment(id, body) {
      const answer = await here(() => commentsCreate(id, { body }, { headers: auth }));
      if (answer.status !== 201) throw new Error(answer.data.code);
      return answer.data;
    },
    async move(id, status) {
      const answer = await here(() => requestsTransition(id, { status }, { headers: auth }));
      if (answer.status !== 200) throw new Error(answer.data.code);
      return answer.data;
    },
    async changes(id) {
      const answer = await here(() => requestsHistory(id, {}, { headers: auth }));
      if (answer.status !== 200) throw new Error(answer.data.code);
      return answer.data.items.map(({ changes }) => changes);
    },
    async refused(title) {
      const answer = await here(() => requestsCreate({ title }, { headers: auth }));
      if (answer.status === 422) return answer.data;
      throw unexpected(answer);
    },
  };
});

// @ts-expect-error a status that does not exist
void (() => requestsTransition("SF-1", { status: "FINISHED" }));
// @ts-expect-error a title is required
void (() => requestsCreate({ priority: "HIGH" }));
