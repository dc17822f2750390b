import http from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import { parseRetryAfter } from "@serviceflow/domain";
import {
  AddressRefused,
  guardedLookup,
  isAllowedAddress,
  type TargetRules,
} from "../http/outbound-target.ts";
import type { Beginning, Tracer } from "../tracing/tracer.ts";
import { VERSION } from "../version.ts";

const MAX_BODY_BYTES = 1024;
/** Only the status decides; the body is kept for display. */
const BODY_WAIT_MS = 1_000;
const DEFAULT_PORTS = { "http:": 80, "https:": 443 };

/** The stored result of one attempt. */
export interface Sent {
  responseStatus: number | null;
  responseBody: string | null;
  retryAfterMs: number | null;
  /** Why there was no answer: a short name such as `TIMEOUT` or `CERT_HAS_EXPIRED`. */
  error: string | null;
  durationMs: number;
}

/** A message to an endpoint. */
export interface Message {
  url: string;
  body: string;
  headers: Readonly<Record<string, string>>;
}

/** Sends messages, one attempt each, which never throws. */
export interface WebhookSender {
  post(message: Message, signal: AbortSignal): Promise<Sent>;
  close(): void;
}

class TimedOut extends Error {
  override readonly name = "TimedOut";
  readonly code = "TIMEOUT";
}

class UpgradeRefused extends Error {
  override readonly name = "UpgradeRefused";
  readonly code = "UPGRADE_REFUSED";
}

/** Posts messages to endpoints that the rules allow. */
export class WebhookClient implements WebhookSender {
  readonly #rules: TargetRules;
  readonly #timeoutMs: number;
  readonly #tracer: Tracer | null;
  readonly #agents: { "http:": http.Agent; "https:": https.Agent };

  /**
   * @param timeoutMs for one attempt, from name resolution to response headers
   * @param keptConnections how many idle connections to one endpoint stay open for the next messages
   */
  constructor(
    rules: TargetRules,
    {
      timeoutMs,
      keptConnections,
      tracer = null,
    }: { timeoutMs: number; keptConnections: number; tracer?: Tracer | null },
  ) {
    this.#rules = rules;
    this.#timeoutMs = timeoutMs;
    this.#tracer = tracer;
    const options = { keepAlive: true, maxFreeSockets: keptConnections, timeout: 4_000 };
    this.#agents = { "http:": new http.Agent(options), "https:": new https.Agent(options) };
  }

  /** One attempt, which never throws. Any status ends it; redirects are not followed. */
  async post(message: Message, signal: AbortSignal): Promise<Sent> {
    if (this.#tracer === null) return this.#post(message, signal);
    const span = this.#tracer.start(postSpan(message.url, this.#tracer));
    const headers = { ...message.headers, ...span.headers() };
    const sent = await this.#post({ ...message, headers }, signal);
    const { responseStatus: status, error } = sent;
    if (status !== null) span.set({ "http.response.status_code": status });
    span.end(error ?? (status !== null && status >= 400 ? String(status) : null));
    return sent;
  }

  async #post(message: Message, signal: AbortSignal): Promise<Sent> {
    const started = performance.now();
    const duration = () => Math.round(performance.now() - started);
    try {
      return { ...(await this.#answer(message, signal)), error: null, durationMs: duration() };
    } catch (error) {
      return {
        responseStatus: null,
        responseBody: null,
        retryAfterMs: null,
        error: nameOf(error),
        durationMs: duration(),
      };
    }
  }

  async #answer(message: Message, signal: AbortSignal) {
    const timeout = new AbortController();
    const timer = setTimeout(
      () => timeout.abort(new TimedOut("No answer in time.")),
      this.#timeoutMs,
    );
    const limit = AbortSignal.any([timeout.signal, signal]);
    try {
      const response = await this.#request(message, limit);
      clearTimeout(timer);
      return {
        responseStatus: response.statusCode ?? null,
        responseBody: await beginningOf(response),
        retryAfterMs: parseRetryAfter(response.headers["retry-after"], Date.now()) ?? null,
      };
    } finally {
      clearTimeout(timer);
    }
  }

  #request(message: Message, signal: AbortSignal, isSecond = false): Promise<http.IncomingMessage> {
    const url = new URL(message.url);
    const protocol = url.protocol === "http:" ? "http:" : "https:";
    const isAddress = isIP(url.hostname.replace(/^\[|\]$/g, "")) !== 0;
    // The rules may be stricter than when the webhook was created, and an IP address is never resolved.
    if (protocol === "http:" && !this.#rules.allowHttp)
      throw new AddressRefused("It is not https.");
    if (isAddress && !isAllowedAddress(url.hostname, this.#rules)) {
      throw new AddressRefused("The address is refused.");
    }
    return new Promise((resolve, reject) => {
      const request = (protocol === "http:" ? http : https).request(url, {
        method: "POST",
        agent: this.#agents[protocol],
        lookup: guardedLookup(this.#rules),
        signal,
        headers: {
          ...message.headers,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(message.body),
          "user-agent": `ServiceFlow/${VERSION}`,
        },
      });
      let isAnswered = false;
      let isSentAgain = false;
      request.on("response", (response) => {
        isAnswered = true;
        resolve(response);
      });
      // Without a listener an upgrade would leave the request pending.
      request.on("upgrade", (_, socket) => {
        socket.destroy();
        reject(new UpgradeRefused("The receiver asks for another protocol."));
      });
      request.on("close", () => {
        if (!isSentAgain) reject(new Error("The connection ended without an answer."));
      });
      request.on("error", (error: NodeJS.ErrnoException) => {
        // The receiver closed an idle connection just as it was reused. A reset after its answer is none of that.
        if (request.reusedSocket && error.code === "ECONNRESET" && !isSecond && !isAnswered) {
          isSentAgain = true;
          this.#request(message, signal, true).then(resolve, reject);
        } else reject(signal.aborted ? signal.reason : error);
      });
      request.end(message.body);
    });
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}

/** Of the URL only where it leads: its path may hold a token. */
function postSpan(url: string, tracer: Tracer): Beginning {
  const { hostname, port, protocol } = new URL(url);
  return {
    name: "POST",
    kind: "client",
    attributes: {
      "http.request.method": "POST",
      "server.address": hostname,
      "server.port":
        port === "" ? DEFAULT_PORTS[protocol as keyof typeof DEFAULT_PORTS] : Number(port),
      "url.scheme": protocol.slice(0, -1),
    },
    parent: tracer.current(),
  };
}

/** The first bytes of a body. A receiver that sends more loses the connection. */
function beginningOf(response: http.IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = () => {
      clearTimeout(timer);
      if (!response.complete) response.destroy();
      const bytes = Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES);
      resolve(toText(bytes.toString("utf8")));
    };
    const timer = setTimeout(finish, BODY_WAIT_MS);
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_BODY_BYTES) finish();
    });
    response.on("end", finish);
    response.on("error", finish);
  });
}

/** PostgreSQL has no text with NUL in it. */
export function toText(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}

function nameOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string" && /^[A-Z0-9_]{2,60}$/.test(code)) return code;
  return "FAILED";
}
