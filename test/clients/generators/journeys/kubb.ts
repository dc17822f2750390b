import {
  commentsCreate,
  requestsClaim,
  requestsCreate,
  requestsHistory,
  requestsList,
  requestsTransition,
} from "../generated/kubb/index.ts";
import { journey, must } from "./journey.ts";

journey((baseURL, apiKey) => {
  const headers = { "X-API-Key": apiKey, "Content-Type": "application/json" };
  const config = { baseURL, headers };
  return {
    async create(body, key) {
      const withKey = { ...headers, "Idempotency-Key": key };
      const { status, data } = await requestsCreate(body, {}, { baseURL, headers: withKey });
      return must(status === 201, data, data);
    },
    async list(query) {
      const { status, data } = await requestsList(query, config);
      return must(status === 200, data, data).items;
    },
    async claim(id) {
      const { status, data } = await requestsClaim(id, {}, config);
      return must(status === 200, data, data);
    },
    async comment(id, body) {
      const { status, data } = await commentsCreate(id, { body }, {}, config);
      return must(status === 201, data, data);
    },
    async move(id, status) {
      const answer = await requestsTransition(id, { status }, {}, config);
      return must(answer.status === 200, answer.data, answer.data);
    },
    async changes(id) {
      const { data } = await requestsHistory(id, {}, config);
      return data.items.map(({ changes }) => changes);
    },
    async refused(title) {
      const { status, data } = await requestsCreate({ title }, {}, config);
      // Its fetch types an error as the answer.
      return must(status === 422, data, data) as never;
    },
  };
});

// @ts-expect-error a status that does not exist
void (() => requestsTransition("SF-1", { status: "FINISHED" }));
// @ts-expect-error a title is required
void (() => requestsCreate({ priority: "HIGH" }));
