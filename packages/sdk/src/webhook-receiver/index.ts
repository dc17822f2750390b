/** Receives what the server sends to a webhook. It needs WebCrypto, `Request` and `Response`, and nothing else. */
export {
  createHandler,
  type EventHandler,
  type HandlerOptions,
} from "./handler.ts";
export type { SeenDeliveries } from "./seen.ts";
export { type SignedHeaders, type SignOptions, sign } from "./sign.ts";
export { type RawDelivery, type VerifyOptions, verify, type WebhookDelivery } from "./verify.ts";
