import { createApiClient } from "../generated/openapi-zod-client/api.ts";
import { journey, must, unexpected } from "./journey.ts";

// It checks every answer against the document's schemas.
journey((baseUrl, apiKey) => {
  // Left to itself, axios would write `status[]=NEW`.
  const axiosConfig = { paramsSerializer: { indexes: null } };
  const api = createApiClient(baseUrl, { axiosConfig });
  const headers = { "X-API-Key": apiKey };
  return {
    create: (body, key) =>
      api["requests.create"](body, { headers: { ...headers, "Idempotency-Key": key } }),
    list: async (queries) => {
      const { items } = await api["requests.list"]({ queries, headers });
      return items;
    },
    claim: (id) => api["requests.claim"](undefined, { params: { id }, headers }),
    comment: (id, body) => api["comments.create"]({ body }, { params: { id }, headers }),
    move: (id, status) => api["requests.transition"]({ status }, { params: { id }, headers }),
    changes: async (id) => {
      const { items } = await api["requests.history"]({ params: { id }, headers });
      return items.map(({ changes }) => changes as Record<string, { from: unknown; to: unknown }>);
    },
    async refused(title) {
      // Its own schemas would refuse the title before the server does.
      const unchecked = createApiClient(baseUrl, { validate: "response" });
      const thrown: Thrown = await unchecked["requests.create"]({ title }, { headers }).then(
        (answer) => Promise.reject(unexpected(answer)),
        (error) => error,
      );
      return must(true, thrown.response?.data, thrown);
    },
  };
});

/** As axios throws it. */
interface Thrown {
  response?: { data: { status: number; code: string; errors: { pointer: string }[] } };
}
