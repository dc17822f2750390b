import { auditRouter } from "./audit/router.ts";
import { categoriesRouter } from "./categories/router.ts";
import { commentsRouter } from "./comments/router.ts";
import { eventsRouter } from "./events/router.ts";
import { apiKeysRouter } from "./people/api-keys/router.ts";
import { codesRouter } from "./people/codes/router.ts";
import { sessionsRouter } from "./people/sessions/router.ts";
import { usersRouter } from "./people/users/router.ts";
import { presenceRouter } from "./presence/router.ts";
import { router } from "./procedure.ts";
import { requestsRouter } from "./requests/router.ts";
import { webhooksRouter } from "./webhooks/router.ts";

/** Every procedure. REST, the OpenAPI document and the SDK's types are derived from it. */
export const appRouter = router({
  requests: requestsRouter,
  comments: commentsRouter,
  presence: presenceRouter,
  users: usersRouter,
  apiKeys: apiKeysRouter,
  sessions: sessionsRouter,
  codes: codesRouter,
  categories: categoriesRouter,
  audit: auditRouter,
  events: eventsRouter,
  webhooks: webhooksRouter,
});

export type AppRouter = typeof appRouter;
