/**
 * The typed client of ServiceFlow. What is exported here is the public interface; nothing else may be imported.
 */
export {
  type Actor,
  type Anchor,
  type ApiKey,
  type ApiKeyWithSecret,
  type AuditAction,
  type AuditEntry,
  type AuditExportVerification,
  allowedActions,
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
  can,
  type ErrorCode,
  type ExportAuditInput,
  explain,
  type FieldError,
  type HistoryEntry,
  type IssueKeyInput,
  type ListAuditInput,
  type ListCategoriesInput,
  type ListRequestsInput,
  type ListUsersInput,
  type LogVerification,
  type Page,
  type Percentiles,
  PRIORITIES,
  type Principal,
  type Priority,
  type Problem,
  type Refusal,
  type RequestAction,
  type RequestFacts,
  type RequestStats,
  type RequestStatsInput,
  ROLES,
  type Role,
  type RotateKeyInput,
  type Scope,
  type ServiceRequest,
  STATUSES,
  type Status,
  type SubjectType,
  TRANSITIONS,
  type UpdateCategoryInput,
  type UpdateRequestInput,
  type UpdateUserInput,
  type User,
  type UserKind,
  type UserRef,
  type UserWithKey,
  type VerifyAuditInput,
  type Visibility,
} from "@serviceflow/domain";
export type { ApiKeys } from "./api-keys.ts";
export type { Audit } from "./audit.ts";
export type { CallOptions, MutationOptions, VersionedOptions } from "./call-options.ts";
export type { Categories } from "./categories.ts";
export { ServiceFlow, type ServiceFlowOptions } from "./client.ts";
export type { Comments } from "./comments.ts";
export {
  type ClientErrorCode,
  isServiceFlowError,
  ServiceFlowError,
  type ServiceFlowErrorCode,
  type ServiceFlowErrorOptions,
} from "./error.ts";
export type { PageInput, PageIterable } from "./page.ts";
export type { FinishInput, Requests, StartInput, TransitionInput } from "./requests.ts";
export type { Fetch } from "./sender.ts";
export type { Users } from "./users.ts";
export { type VerifyAuditExportOptions, verifyAuditExport } from "./verify-audit-export.ts";
