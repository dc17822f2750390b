/**
 * The rules of ServiceFlow. Pure: no I/O, no clock, no randomness, no dependency.
 *
 * Glossary. A *service request* is filed by its *submitter* for its *requester*, and worked by its *assignee*, an
 * *agent* or an administrator. The *caller* is the principal of a call, the *actor* the user in an audit entry. A
 * *status* changes by a *transition*; the *final* statuses close a request. To *claim* is to take an unassigned request,
 * to *release* it is to unassign it, to *assign* it is to give it to a user. One whose assignee can no longer work counts as
 * unassigned for those who work requests: they *take it over*. An *action* is anything that a *rule*
 * allows a role to do, under a *condition*; a *refusal* says why it does not. A *command* names an action and its input,
 * and a *decision* is the pure function from state, command and facts to the next state and its audit entries. A
 * *comment* is public or internal. A *category* groups requests, a *priority* ranks them. A
 * *follow-up* is a request that goes on where a closed one ended: it *follows up* that one.
 *
 * An *audit entry* records one change. A *seal* binds it into the *hash chain*; an *anchor* is a position and hash kept
 * elsewhere, and a *commitment* stands for a private value that can be *erased*. An *event* is an audit entry as a
 * client reads it, the *feed* all events in order, a *cursor* a position in it. An *API key* is issued, rotated and
 * revoked; a *scope* limits it. A *webhook* is an endpoint to which events are sent, a *delivery* one event for one
 * webhook, an *attempt* one try to send it.
 */

export {
  DomainError,
  type DomainErrorOptions,
  ERRORS,
  type ErrorCode,
  FIELD_RULES,
  type FieldError,
  type FieldRule,
  invalidField,
  type Problem,
  type RuleParams,
} from "./error.ts";
export {
  type EventFacts,
  type EventOf,
  type EventPage,
  type ListEventsInput,
  mayKnowKey,
  mayReadEvent,
  type ServiceFlowEvent,
  type StreamEventsInput,
} from "./events/event.ts";
export {
  type EventFilter,
  type EventFilters,
  type EventTraits,
  eventFilter,
  matchesFilter,
  placeAfter,
  type RequestPlace,
} from "./events/filter.ts";
export { type AnchorOptions, type AnchorRecord, Anchors, readAnchorRecord } from "./log/anchors.ts";
export {
  type Actor,
  type AuditDraft,
  type AuditEntry,
  type Changes,
  draftEntry,
  type EntryFacts,
  type HistoryEntry,
  type ListAuditInput,
} from "./log/audit-entry.ts";
export {
  AUDIT_ACTIONS,
  AUDIT_POLICY,
  type AuditAction,
  EVENT_TYPES,
  type EventType,
  SUBJECT_TYPES,
  type SubjectType,
} from "./log/audit-policy.ts";
export {
  type ExportEnd,
  type ExportedEntry,
  type ExportHeader,
  readExportLine,
} from "./log/export-lines.ts";
export {
  type Anchor,
  anchorFault,
  CHAIN_PROBLEMS,
  CHAIN_START,
  type ChainFault,
  type ChainHead,
  type ChainProblem,
  type ExportAuditInput,
  type HashCheck,
  hashChecksOf,
  type LogVerification,
  type MadeAnchor,
  readAnchor,
  type SealedEntry,
  type SealedLink,
  type SealState,
  sealText,
  type VerifyAuditInput,
} from "./log/hash-chain.ts";
export {
  erasedWith,
  type MissingValue,
  missingIn,
  missingValueFault,
} from "./log/missing-values.ts";
export {
  type Commitment,
  type ConcealedText,
  commitmentText,
  conceal,
  type EntryText,
  ERASED,
  PRIVATE_FIELDS,
  type PrivateValues,
  reveal,
} from "./log/private-values.ts";
export {
  isStateSubject,
  REDACTED,
  STATE_PROBLEMS,
  STATE_TABLES,
  type StateDifference,
  type StateProblem,
  type StateSubject,
  type StateTableName,
  type StateVerification,
} from "./log/state-verification.ts";
export {
  type AuditExportVerification,
  type VerifyExportOptions,
  verifyExport,
} from "./log/verify-export.ts";
export {
  type ApiKey,
  type ApiKeyWithSecret,
  type CallingKey,
  type CurrentApiKey,
  endKey,
  firstKey,
  type IssueKeyInput,
  issued,
  issueKey,
  KEY_ROTATION_DEFAULTS,
  type MaskedKey,
  mayManageKeys,
  type NewKeyFacts,
  type OwnedKey,
  type RevokedKeys,
  type RevokeKeyFacts,
  type RevokeKeysInput,
  type RotateKeyInput,
  requireMayManageKeys,
  revokeAllKeys,
  revokeKey,
  rotateKey,
} from "./people/api-key.ts";
export { codeExpired, codeRevoked } from "./people/code-entries.ts";
export type { CurrentUser } from "./people/current-user.ts";
export { deviceOf } from "./people/device.ts";
export {
  ENDED_KEY_GRACE_SECONDS,
  type EndedKey,
  mayAskAgain,
  mayRepeatAnswer,
} from "./people/ended-key.ts";
export { ERASED_KEY_NAME, type EraseUserFacts, eraseUser } from "./people/erasure.ts";
export { type Identity, identityLinked } from "./people/identity.ts";
export { endOf, isActive, type KeyBounds, type KeyTimes } from "./people/key-bounds.ts";
export {
  CODE_PURPOSES,
  type CodePurpose,
  type Invitation,
  type IssueCodeFacts,
  type IssueCodeInput,
  type IssuedCode,
  isRedeemable,
  issueCode,
  MAX_CODES_PER_USER,
  type OneTimeCode,
  type OneTimeCodeWithSecret,
  type OwnedCode,
  type RedeemableFacts,
  redeemForKey,
  redeemForSession,
  wrongCode,
} from "./people/one-time-code.ts";
export { withWebhooksDisabled } from "./people/owned-webhooks.ts";
export {
  type CurrentSession,
  ENDED_SESSION_DAYS,
  type EndedSession,
  endOfSession,
  idleEnd,
  type LiveSession,
  MAX_SESSIONS_PER_USER,
  type OidcOptions,
  type OwnedSession,
  type Session,
  type SessionBounds,
  type SessionOptions,
  type SessionTimes,
  startSession,
} from "./people/session.ts";
export { SESSION_SOURCES, type SessionSource } from "./people/session-source.ts";
export {
  bootstrapAdmin,
  type CreateUserInput,
  canViewUser,
  changeRole,
  createUser,
  type ListUsersInput,
  requireMayUpdate,
  type SearchUsersInput,
  type UpdateMeInput,
  type UpdateUserInput,
  USER_DEFAULTS,
  type User,
  type UserMatch,
  type UserWithKey,
  updateUser,
} from "./people/user.ts";
export {
  CATEGORY_DEFAULTS,
  type Category,
  type CreateCategoryInput,
  categoryName,
  createCategory,
  type ListCategoriesInput,
  loggedNames,
  type UpdateCategoryInput,
  updateCategory,
} from "./requests/category.ts";
export {
  COMMENT_DEFAULTS,
  type Comment,
  type CreateCommentInput,
  createComment,
  VISIBILITIES,
  type Visibility,
} from "./requests/comment.ts";
export {
  type CreateRequestFacts,
  createRequest,
  requireMayFileFor,
} from "./requests/create-request.ts";
export {
  decide,
  type RequestCommand,
  type RequestCommandFacts,
  transition,
} from "./requests/decide.ts";
export { type FollowedRequest, MAX_FOLLOW_UPS, visibleChanges } from "./requests/follow-up.ts";
export {
  type ListPresenceInput,
  MAX_PRESENCES,
  MAX_PRESENT_PEOPLE,
  PRESENCE_MS,
  PRESENCE_STATES,
  type PresenceState,
  type PresentPerson,
  type RequestPresence,
  type RequestPresences,
  type SetPresenceInput,
  seesPresence,
} from "./requests/presence.ts";
export {
  isUnread,
  type MarkReadInput,
  markRead,
  markUnread,
  type ReadMark,
  UNMARKED,
} from "./requests/read-mark.ts";
export type { Candidate } from "./requests/references.ts";
export {
  type AssignInput,
  type CountRequestsInput,
  type CreateRequestInput,
  categoryOf,
  type ListRequestsInput,
  type Page,
  PRIORITIES,
  type Priority,
  REQUEST_DEFAULTS,
  REQUEST_SORTS,
  type RequestCount,
  type RequestCounts,
  type RequestFilters,
  type RequestSort,
  type RequestState,
  type RequestView,
  type ServiceRequest,
  type ServiceRequestIn,
  type TransitionInput,
  type UpdateRequestInput,
} from "./requests/request.ts";
export {
  REQUEST_INCLUDES,
  type RequestField,
  type RequestInclude,
  type RequestSelection,
  type SelectedRequest,
  type ServiceRequestSummary,
  selectedFields,
} from "./requests/selection.ts";
export type {
  AssigneeCounts,
  Percentiles,
  RequestStats,
  RequestStatsInput,
  StatsPoint,
} from "./requests/stats.ts";
export {
  MAX_SERIES_POINTS,
  type SeriesPoint,
  STATS_INTERVALS,
  type StatsInterval,
  seriesPoints,
} from "./requests/stats-series.ts";
export { lastActivityAt, toView } from "./requests/view.ts";
export { CONDITIONS, type ConditionName, type RequestFacts } from "./rules/conditions.ts";
export {
  changed,
  type Decision,
  type Marked,
  type Unchanged,
  unchanged,
} from "./rules/decision.ts";
export { allowedActions, can, explain, requireAllowed } from "./rules/explain.ts";
export {
  type Action,
  canView,
  conditionOf,
  PERMISSIONS,
  requireRole,
  seesInternalComments,
} from "./rules/permissions.ts";
export type { Refusal } from "./rules/refusal.ts";
export {
  type ActionRule,
  type MoveAction,
  REQUEST_ACTIONS,
  REQUEST_RULES,
  type RequestAction,
  type StatusesOf,
} from "./rules/request-rules.ts";
export {
  type Assignee,
  type Caller,
  canWork,
  type Principal,
  ROLES,
  type Role,
  SCOPES,
  type Scope,
  USER_KINDS,
  type UserKind,
  type UserRef,
  worksRequests,
} from "./rules/roles.ts";
export { effectiveScopes, hasScope, SCOPE_INCLUDES } from "./rules/scopes.ts";
export { FINAL, isOpen, OPEN, STATUSES, type Status } from "./rules/status.ts";
export { isLegalTransition, TRANSITIONS } from "./rules/transitions.ts";
export {
  type Committed,
  type CompareFacts,
  compareRow,
  ofErasedOwner,
  type StateRow,
  wholeRow,
} from "./state/compare.ts";
export { foldEntries } from "./state/fold.ts";
export { creatorsOf } from "./state/logged-fields.ts";
export {
  type FoldedRow,
  type LoggedEntry,
  type LoggedValue,
  UNKNOWN_ROW,
} from "./state/logged-row.ts";
export { type EmailFault, findEmailFault, normalizeEmail } from "./text/email.ts";
export { findCharacterFault, findLengthFault, type TextFault } from "./text/faults.ts";
export { normalizeText } from "./text/normalize.ts";
export {
  ID_PREFIX,
  type IdKind,
  toPublicId,
  toRequestId,
  toRequestNumber,
  toUuid,
} from "./text/public-id.ts";
export { type IndexedWords, indexedWords, nameWords } from "./text/search-index.ts";
export { type SearchQuery, type SearchTerm, searchQuery } from "./text/search-query.ts";
export {
  CATEGORY_DESCRIPTION,
  CATEGORY_NAME,
  COMMENT_BODY,
  DESCRIPTION,
  FULL_NAME,
  KEY_NAME,
  REASON,
  SEARCH_QUERY,
  type TextRule,
  TITLE,
  WEBHOOK_DESCRIPTION,
} from "./text/text.ts";
export {
  DELIVERY_STATUSES,
  type Delivery,
  type DeliveryAttempt,
  type DeliveryStatus,
  type DeliveryWithAttempts,
  type ListDeliveriesInput,
} from "./webhooks/delivery.ts";
export { OWNER_FAULTS, type OwnerFault, type OwnerState, ownerFault } from "./webhooks/owner.ts";
export {
  type Attempt,
  type AttemptOutcome,
  MAX_FAILING_MS,
  type OutcomeFacts,
  outcomeOf,
  RETRY_DELAYS_MS,
} from "./webhooks/retry.ts";
export { parseRetryAfter } from "./webhooks/retry-after.ts";
export {
  type CreateWebhookInput,
  createWebhook,
  DISABLED_BECAUSE,
  type DisabledBecause,
  deleteWebhook,
  disableWebhook,
  type ListWebhooksInput,
  MAX_WEBHOOKS,
  pingWebhook,
  type ReplayInput,
  type RotateSecretInput,
  replayWebhook,
  rotateSecret,
  SECRET_ROTATION_DEFAULTS,
  takeOverWebhook,
  type UpdateWebhookInput,
  updateWebhook,
  WEBHOOK_DEFAULTS,
  type Webhook,
  type WebhookWithSecret,
  wantsEvent,
} from "./webhooks/webhook.ts";
