import { Api, type HttpResponse, type Problem } from "../generated/swagger-typescript-api/api.ts";
import { journey, must } from "./journey.ts";

journey((baseUrl, apiKey) => {
  const { requests } = new Api({ baseUrl, baseApiParams: { headers: { "X-API-Key": apiKey } } });
  const answerOf = async <Data>(call: Promise<HttpResponse<Data, Problem>>): Promise<Data> => {
    const { ok, data, error } = await call;
    return must(ok, data, error);
  };
  return {
    create: (body, key) =>
      answerOf(
        requests.requestsCreate(body, {
          headers: { "X-API-Key": apiKey, "Idempotency-Key": key },
        }),
      ),
    list: async (query) => (await answerOf(requests.requestsList(query))).items,
    claim: (id) => answerOf(requests.requestsClaim(id)),
    comment: (id, body) => answerOf(requests.commentsCreate(id, { body })),
    move: (id, status) => answerOf(requests.requestsTransition(id, { status })),
    changes: async (id) =>
      (await answerOf(requests.requestsHistory(id))).items.map(({ changes }) => changes),
    async refused(title) {
      const thrown: HttpResponse<unknown, Problem> = await requests
        .requestsCreate({ title })
        .catch((response) => response);
      return must(!thrown.ok, thrown.error, thrown.data);
    },
  };
});

const { requests } = new Api();
// @ts-expect-error a status that does not exist
void (() => requests.requestsTransition("SF-1", { status: "FINISHED" }));
// @ts-expect-error a title is required
void (() => requests.requestsCreate({ priority: "HIGH" }));
