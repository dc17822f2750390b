/** The typed client of ServiceFlow. Only what is exported here is public. */
export {
  type Actor,
  type Anchor,
  type ApiKey,
  type ApiKeyWithSecret,
  type AuditAction,
  type AuditEntry,
  type AuditExportVerification,
  allowedActions,
  type CallingKey,
  type Category,
  type ChainFault,
  type ChainHead,
  type ChainProblem,
  type Changes,
  type Comment,
  type CreateCategoryInput,
  type CreateCommentInput,
  type CreateRequestInput,
  type CreateUserInput,
  type CreateWebhookInput,
  type CurrentUser,
  can,
  DELIVERY_STATUSES,
  type Delivery,
  type DeliveryStatus,
  type DisabledBecause,
  type ErrorCode,
  EVENT_TYPES,
  type EventOf,
  type EventPage,
  type EventType,
  type ExportAuditInput,
  explain,
  type FieldError,
  type HistoryEntry,
  type IssueKeyInput,
  type ListAuditInput,
  type ListCategoriesInput,
  type ListDeliveriesInput,
  type ListEventsInput,
  type ListRequestsInput,
  type ListUsersInput,
  type ListWebhooksInput,
  type LogVerification,
  type MoveAction,
  type Page,
  type Percentiles,
  PRIORITIES,
  type Principal,
  type Priority,
  type Problem,
  REQUEST_RULES,
  type Refusal,
  type ReplayInput,
  type RequestAction,
  type RequestFacts,
  type RequestStats,
  type RequestStatsInput,
  type RevokedKeys,
  type RevokeKeysInput,
  ROLES,
  type Role,
  type RotateKeyInput,
  type RotateSecretInput,
  type Scope,
  type ServiceFlowEvent,
  type ServiceRequest,
  type ServiceRequestIn,
  STATUSES,
  type StateDifference,
  type StateProblem,
  type StateTableName,
  type StateVerification,
  type Status,
  type StatusesOf,
  type SubjectType,
  TRANSITIONS,
  type UpdateCategoryInput,
  type UpdateRequestInput,
  type UpdateUserInput,
  type UpdateWebhookInput,
  type User,
  type UserKind,
  type UserRef,
  type UserWithKey,
  type VerifyAuditInput,
  type Visibility,
  type Webhook,
  type WebhookWithSecret,
} from "@serviceflow/domain";
export { ServiceFlow, type ServiceFlowOptions } from "./client.ts";
export {
  type ClientErrorCode,
  ServiceFlowError,
  type ServiceFlowErrorCode,
  type ServiceFlowErrorOptions,
} from "./error.ts";
export type { ApiKeys } from "./resources/api-keys.ts";
export type { Audit } from "./resources/audit.ts";
export type { Categories } from "./resources/categories.ts";
export type { Comments } from "./resources/comments.ts";
export type { EventSubscription, SubscriptionOptions } from "./resources/event-subscription.ts";
export type { Events, SubscribeInput } from "./resources/events.ts";
export type { PageInput, PageIterable } from "./resources/paginate.ts";
export type {
  CommandStatuses,
  FinishInput,
  RequestFor,
  StartInput,
  TransitionInput,
} from "./resources/request-commands.ts";
export type { Requests } from "./resources/requests.ts";
export type { Users } from "./resources/users.ts";
export {
  type VerifyAuditExportOptions,
  verifyAuditExport,
} from "./resources/verify-audit-export.ts";
export type { Webhooks } from "./resources/webhooks.ts";
export type { ApiPromise, ResponseMetadata, WithResponse } from "./transport/api-promise.ts";
export type { CallOptions, MutationOptions, VersionedOptions } from "./transport/call-options.ts";
export type { DeprecationNotice, Hooks, RequestInfo, ResponseInfo } from "./transport/hooks.ts";
export type { Fetch } from "./transport/sender.ts";
