/** The zod schema of everything that crosses the wire. */
export {
  apiKey,
  apiKeyById,
  apiKeyPage,
  apiKeyWithSecret,
  currentApiKey,
  issueKeyBody,
  issueKeyForInput,
  listKeysInput,
  listKeysOfInput,
  revokedKeys,
  revokeKeysBody,
  revokeKeysOfInput,
  rotateKeyInput,
} from "./api-key.ts";
export {
  auditPage,
  exportAuditInput,
  historyPage,
  listAuditInput,
  logVerification,
  verifyAuditInput,
} from "./audit.ts";
export {
  category,
  categoryPage,
  createCategoryInput,
  listCategoriesInput,
  slug,
  updateCategoryInput,
} from "./category.ts";
export { comment, commentPage, createCommentInput, listOfRequestInput } from "./comment.ts";
export {
  eventPage,
  eventPayloads,
  listEventsInput,
  serviceFlowEvent,
  streamEventsInput,
} from "./event.ts";
export { toFieldErrors } from "./field-errors.ts";
export { problem } from "./problem.ts";
export {
  assignInput,
  createRequestInput,
  listRequestsInput,
  markReadInput,
  requestById,
  requestStats,
  requestStatsInput,
  serviceRequest,
  serviceRequestPage,
  transitionInput,
  updateRequestInput,
} from "./request.ts";
export {
  changeRoleInput,
  createUserInput,
  currentUser,
  listUsersInput,
  updateMeInput,
  updateUserInput,
  user,
  userById,
  userPage,
  userWithKey,
} from "./user.ts";
export {
  createWebhookInput,
  deliveryPage,
  listDeliveriesInput,
  listWebhooksInput,
  replayInput,
  rotateSecretInput,
  updateWebhookInput,
  webhook,
  webhookById,
  webhookPage,
  webhookWithSecret,
} from "./webhook.ts";
