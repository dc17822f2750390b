import {
  commentsCreate,
  requestsClaim,
  requestsCreate,
  requestsHistory,
  requestsList,
  requestsTransition,
} from "../generated/oazapfts/api.ts";
import { journey, unexpected } from "./journey.ts";

journey((baseUrl, apiKey) => {
  const options = { baseUrl, headers: { "X-API-Key": apiKey } };
  return {
    async create(body, idempotencyKey) {
      const answer = await requestsCreate(body, { idempotencyKey }, options);
      if (answer.status === 201) return answer.data;
      throw unexpected(answer);
    },
    async list(query) {
      const answer = await requestsList(query, options);
      if (answer.status === 200) return answer.data.items;
      throw unexpected(answer);
    },
    async claim(id) {
      const answer = await requestsClaim(id, {}, options);
      if (answer.status === 200) return answer.data;
      throw unexpected(answer);
    },
    async comment(id, body) {
      const answer = await commentsCreate(id, { body }, {}, options);
      if (answer.status === 201) return answer.data;
      throw unexpected(answer);
    },
    async move(id, status) {
      const answer = await requestsTransition(id, { status }, {}, options);
      if (answer.status === 200) return answer.data;
      throw unexpected(answer);
    },
    async changes(id) {
      const answer = await requestsHistory(id, {}, options);
      if (answer.status === 200) return answer.data.items.map(({ changes }) => changes);
      throw unexpected(answer);
    },
    async refused(title) {
      const answer = await requestsCreate({ title }, {}, options);
      if (answer.status === 422) return answer.data;
      throw unexpected(answer);
    },
  };
});

// @ts-expect-error a status that does not exist
void (() => requestsTransition("SF-1", { status: "FINISHED" }));
// @ts-expect-error a title is required
void (() => requestsCreate({ priority: "HIGH" }));
