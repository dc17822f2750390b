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
  sealState,
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
export { toFieldErrors, toPointer } from "./field-errors.ts";
export { EXAMPLE_USER_ID } from "./fields.ts";
export {
  codeById,
  invitation,
  inviteUserInput,
  issueCodeBody,
  issueCodeForInput,
  listCodesInput,
  listCodesOfInput,
  oneTimeCode,
  oneTimeCodePage,
  oneTimeCodeWithSecret,
} from "./one-time-code.ts";
export {
  listPresenceInput,
  requestPresence,
  requestPresences,
  setPresenceInput,
} from "./presence.ts";
export { problem } from "./problem.ts";
export {
  assignInput,
  countRequestsInput,
  createRequestInput,
  exportRequestsInput,
  listRequestsInput,
  markReadInput,
  requestById,
  requestCounts,
  requestStats,
  requestStatsInput,
  requestView,
  serviceRequest,
  serviceRequestPage,
  transitionInput,
  updateRequestInput,
} from "./request.ts";
export {
  currentSession,
  endedSession,
  listSessionsInput,
  listSessionsOfInput,
  session,
  sessionById,
  sessionOptions,
  sessionPage,
} from "./session.ts";
export {
  changeRoleInput,
  createUserInput,
  currentUser,
  listUsersInput,
  searchUsersInput,
  updateMeInput,
  updateUserInput,
  user,
  userById,
  userMatches,
  userPage,
  userWithKey,
} from "./user.ts";
export {
  createWebhookInput,
  deliveryById,
  deliveryPage,
  deliveryWithAttempts,
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
