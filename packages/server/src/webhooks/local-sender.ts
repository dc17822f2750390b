import { parseRetryAfter } from "@serviceflow/domain";
import { type Message, type Sent, toText, WebhookClient, type WebhookSender } from "./send.ts";

/** Answers a message in this process. */
export type MessageHandler = (request: Request) => Response | Promise<Response>;

const TIMEOUT_MS = 15_000;
const SHOWN_CHARACTERS = 1_024;
/** `localhost` may resolve to either. */
export const THIS_MACHINE = { allowHttp: true, allowedNetworks: ["127.0.0.0/8", "::1/128"] };
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])$/;

const UNSENT = { responseStatus: null, responseBody: null, retryAfterMs: null, durationMs: 0 };

/** Sends to handlers of this process and to this machine, and nowhere else. */
export function localSender(handlerOf: (url: string) => MessageHandler | undefined): WebhookSender {
  const client = new WebhookClient(THIS_MACHINE, { timeoutMs: TIMEOUT_MS, keptConnections: 1 });
  return {
    async post(message, signal) {
      const handler = handlerOf(message.url);
      if (handler) return handled(handler, message, signal);
      const isLocal = LOCAL.test(new URL(message.url).hostname);
      return isLocal ? client.post(message, signal) : { ...UNSENT, error: "ADDRESS_REFUSED" };
    },
    close: () => client.close(),
  };
}

async function handled(
  handler: MessageHandler,
  { url, headers, body }: Message,
  signal: AbortSignal,
): Promise<Sent> {
  const started = performance.now();
  const durationMs = () => Math.round(performance.now() - started);
  let giveUp = (_error: string) => {};
  const givenUp = new Promise<string>((resolve) => {
    giveUp = resolve;
  });
  const timer = setTimeout(() => giveUp("TIMEOUT"), TIMEOUT_MS);
  const onAbort = () => giveUp("FAILED");
  signal.addEventListener("abort", onAbort);
  try {
    const sent = { ...headers, "content-type": "application/json" };
    const request = new Request(url, { method: "POST", headers: sent, body });
    const response = await Promise.race([handler(request), givenUp]);
    if (typeof response === "string") {
      return { ...UNSENT, error: response, durationMs: durationMs() };
    }
    return {
      responseStatus: response.status,
      responseBody: toText((await response.text()).slice(0, SHOWN_CHARACTERS)),
      retryAfterMs: parseRetryAfter(response.headers.get("retry-after"), Date.now()) ?? null,
      error: null,
      durationMs: durationMs(),
    };
  } catch {
    return { ...UNSENT, error: "FAILED", durationMs: durationMs() };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
