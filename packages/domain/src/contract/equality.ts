/**
 * Pins the contract's schemas to the domain's plain types, at compile time: a field that is added, dropped or changed
 * in one of them alone fails the type check.
 */
import type { z } from "zod";
import type * as domain from "../index.ts";
import type * as apiKey from "./api-key.ts";
import type * as audit from "./audit.ts";
import type * as category from "./category.ts";
import type * as comment from "./comment.ts";
import type * as event from "./event.ts";
import type * as oneTimeCode from "./one-time-code.ts";
import type * as presence from "./presence.ts";
import type { problem } from "./problem.ts";
import type * as request from "./request.ts";
import type * as session from "./session.ts";
import type * as user from "./user.ts";
import type * as webhook from "./webhook.ts";

type Flat<T> = T extends (infer Item)[]
  ? Flat<Item>[]
  : T extends object
    ? { [Key in keyof T]: Flat<T[Key]> }
    : T;
type Equal<A, B> =
  (<T>() => T extends Flat<A> ? 1 : 2) extends <T>() => T extends Flat<B> ? 1 : 2 ? true : false;
type Same<Schema extends z.ZodType, Type> = Equal<z.infer<Schema>, Type>;
type AllTrue<T extends readonly true[]> = T;

export type ContractMatchesDomain = AllTrue<
  [
    Same<typeof request.requestView, domain.RequestView>,
    Same<typeof request.serviceRequest, domain.ServiceRequest>,
    Same<typeof request.serviceRequestPage, domain.Page<domain.ServiceRequestSummary>>,
    Same<typeof request.createRequestInput, domain.CreateRequestInput>,
    Same<typeof request.updateRequestBody, domain.UpdateRequestInput>,
    Same<typeof request.transitionBody, domain.TransitionInput>,
    Same<typeof request.assignBody, domain.AssignInput>,
    Same<typeof request.markReadBody, domain.MarkReadInput>,
    Same<typeof request.listRequestsInput, domain.ListRequestsInput & domain.RequestSelection>,
    Same<typeof request.countRequestsInput, domain.CountRequestsInput>,
    Same<typeof request.requestCounts, domain.RequestCounts>,
    Same<typeof user.searchUsersInput, domain.SearchUsersInput>,
    Same<typeof user.userMatches, domain.Page<domain.UserMatch>>,
    Same<typeof request.requestStats, domain.RequestStats>,
    Same<typeof request.requestStatsInput, domain.RequestStatsInput>,
    Same<typeof comment.comment, domain.Comment>,
    Same<typeof comment.createCommentBody, domain.CreateCommentInput>,
    Same<typeof presence.requestPresence, domain.RequestPresence>,
    Same<typeof presence.requestPresences, domain.RequestPresences>,
    Same<typeof presence.listPresenceInput, domain.ListPresenceInput>,
    Same<typeof presence.setPresenceBody, domain.SetPresenceInput>,
    Same<typeof user.user, domain.User>,
    Same<typeof user.currentUser, domain.CurrentUser>,
    Same<typeof user.userWithKey, domain.UserWithKey>,
    Same<typeof user.createUserInput, domain.CreateUserInput>,
    Same<typeof user.updateMeInput, domain.UpdateMeInput>,
    Same<typeof user.updateUserBody, domain.UpdateUserInput>,
    Same<typeof user.listUsersInput, domain.ListUsersInput>,
    Same<typeof apiKey.apiKey, domain.ApiKey>,
    Same<typeof apiKey.currentApiKey, domain.CurrentApiKey>,
    Same<typeof apiKey.apiKeyWithSecret, domain.ApiKeyWithSecret>,
    Same<typeof apiKey.issueKeyBody, domain.IssueKeyInput>,
    Same<typeof apiKey.rotateKeyBody, domain.RotateKeyInput>,
    Same<typeof apiKey.revokeKeysBody, domain.RevokeKeysInput>,
    Same<typeof apiKey.revokedKeys, domain.RevokedKeys>,
    Same<typeof oneTimeCode.oneTimeCode, domain.OneTimeCode>,
    Same<typeof oneTimeCode.oneTimeCodeWithSecret, domain.OneTimeCodeWithSecret>,
    Same<typeof oneTimeCode.oneTimeCodePage, domain.Page<domain.OneTimeCode>>,
    Same<typeof oneTimeCode.issueCodeBody, domain.IssueCodeInput>,
    Same<typeof oneTimeCode.invitation, domain.Invitation>,
    Same<typeof session.session, domain.Session>,
    Same<typeof session.currentSession, domain.CurrentSession>,
    Same<typeof session.sessionPage, domain.Page<domain.Session>>,
    Same<typeof session.endedSession, domain.EndedSession>,
    Same<typeof session.sessionOptions, domain.SessionOptions>,
    Same<typeof category.category, domain.Category>,
    Same<typeof category.createCategoryInput, domain.CreateCategoryInput>,
    Same<typeof category.updateCategoryBody, domain.UpdateCategoryInput>,
    Same<typeof category.listCategoriesInput, domain.ListCategoriesInput>,
    Same<typeof audit.historyEntry, domain.HistoryEntry>,
    Same<typeof audit.auditEntry, domain.AuditEntry>,
    Same<typeof audit.listAuditInput, domain.ListAuditInput>,
    Same<typeof audit.sealState, domain.SealState>,
    Same<typeof audit.logVerification, domain.LogVerification>,
    Same<typeof audit.verifyAuditInput, domain.VerifyAuditInput>,
    Same<typeof audit.exportAuditInput, domain.ExportAuditInput>,
    Same<typeof event.serviceFlowEvent, domain.ServiceFlowEvent>,
    Same<typeof event.eventPage, domain.EventPage>,
    Same<typeof event.listEventsInput, domain.ListEventsInput>,
    Same<typeof event.streamEventsInput, domain.StreamEventsInput>,
    Same<typeof webhook.webhook, domain.Webhook>,
    Same<typeof webhook.webhookWithSecret, domain.WebhookWithSecret>,
    Same<typeof webhook.createWebhookInput, domain.CreateWebhookInput>,
    Same<typeof webhook.updateWebhookBody, domain.UpdateWebhookInput>,
    Same<typeof webhook.listWebhooksInput, domain.ListWebhooksInput>,
    Same<typeof webhook.rotateSecretBody, domain.RotateSecretInput>,
    Same<typeof webhook.replayBody, domain.ReplayInput>,
    Same<typeof webhook.delivery, domain.Delivery>,
    Same<typeof webhook.deliveryWithAttempts, domain.DeliveryWithAttempts>,
    Same<typeof webhook.listDeliveriesBody, domain.ListDeliveriesInput>,
    Same<typeof problem, domain.Problem>,
  ]
>;

type AuditedFields<Action extends domain.AuditAction> =
  (typeof domain.AUDIT_POLICY)[Action]["fields"][number];
type Covers<Fields, Input> = [Exclude<keyof Input, Fields>] extends [never] ? true : false;

/** What a caller can set is audited. */
export type InputIsAudited = AllTrue<
  [
    Covers<AuditedFields<"request.created">, Omit<domain.CreateRequestInput, "requesterEmail">>,
    Covers<AuditedFields<"request.updated">, Omit<domain.UpdateRequestInput, "requesterEmail">>,
    Covers<AuditedFields<"user.created">, Omit<domain.CreateUserInput, "scopes">>,
    Covers<AuditedFields<"user.updated">, domain.UpdateUserInput>,
    Covers<AuditedFields<"category.created">, Omit<domain.CreateCategoryInput, "slug">>,
    Covers<AuditedFields<"category.updated">, domain.UpdateCategoryInput>,
    Covers<AuditedFields<"webhook.created">, domain.CreateWebhookInput>,
    Covers<AuditedFields<"webhook.updated">, domain.UpdateWebhookInput>,
  ]
>;
