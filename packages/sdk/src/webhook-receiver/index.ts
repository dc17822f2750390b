/** Receives webhook deliveries. Needs only WebCrypto, `Request` and `Response`. */
export {
  createHandler,
  type EventHandler,
  type HandlerOptions,
} from "./handler.ts";
export {
  type NodeMessage,
  type NodeReply,
  type NodeRequest,
  type NodeResponse,
  toNodeHandler,
} from "./node-handler.ts";
export type { RawBody } from "./read-body.ts";
export type { RawHeaders } from "./read-headers.ts";
export type { SeenDeliveries } from "./seen-deliveries.ts";
export { type SignedHeaders, type SignOptions, signWebhook } from "./sign.ts";
export type { WebhookSecret } from "./signature.ts";
export {
  type RawDelivery,
  type VerifyOptions,
  verifyWebhook,
  type WebhookDelivery,
} from "./verify.ts";
