import {
  type Api,
  Configuration,
  withConfiguration,
} from "../generated/openapi-generator-plus/index.ts";
import { journey, unexpected } from "./journey.ts";

journey((baseUri, apiKey) => {
  const configuration = new Configuration({ baseUri, apiKey });
  const { RequestsApi, CommentsApi } = withConfiguration(configuration);
  return {
    async create(body, idempotencyKey) {
      const answer = await RequestsApi.requestsCreate({ idempotencyKey }, body);
      if (answer.status === 201) return answer.body;
      throw unexpected(answer);
    },
    async list(query) {
      const answer = await RequestsApi.requestsList(query);
      if (answer.status === 200) return answer.body.items;
      throw unexpected(answer);
    },
    async claim(id) {
      const answer = await RequestsApi.requestsClaim({ id });
      if (answer.status === 200) return { assignee: answer.body.assignee ?? null };
      throw unexpected(answer);
    },
    async comment(id, body) {
      const answer = await CommentsApi.commentsCreate({ id }, { body });
      if (answer.status === 201) return answer.body;
      throw unexpected(answer);
    },
    async move(id, status) {
      const answer = await RequestsApi.requestsTransition({ id }, { status });
      if (answer.status === 200) return answer.body;
      throw unexpected(answer);
    },
    async changes(id) {
      const answer = await RequestsApi.requestsHistory({ id });
      if (answer.status === 200) return answer.body.items.map(({ changes }) => changes);
      throw unexpected(answer);
    },
    async refused(title) {
      const answer = await RequestsApi.requestsCreate({}, { title });
      if (answer.status === 422) return answer.body;
      throw unexpected(answer);
    },
  };
});

const wrong: Api.RequestsTransitionInput = {
  // @ts-expect-error a status that does not exist
  status: "FINISHED",
};
void wrong;
