import { apiKeysRouter } from "./api-keys/router.ts";
import { auditRouter } from "./audit/router.ts";
import { categoriesRouter } from "./categories/router.ts";
import { commentsRouter } from "./comments/router.ts";
import { requestsRouter } from "./requests/router.ts";
import { router } from "./trpc.ts";
import { usersRouter } from "./users/router.ts";

/** Every procedure there is; REST, the document and the SDK come from it. */
export const appRouter = router({
  requests: requestsRouter,
  comments: commentsRouter,
  users: usersRouter,
  apiKeys: apiKeysRouter,
  categories: categoriesRouter,
  audit: auditRouter,
});

export type AppRouter = typeof appRouter;
