import http from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { checkJson, decodeProtobuf } from "./otlp-schema.ts";
import { waitUntil } from "./waiting.ts";

const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"] as const;

/** A span as it came, with its attributes by name. */
export interface ReceivedSpan {
  name: string;
  kind: (typeof KINDS)[number];
  traceId: string;
  spanId: string;
  /** Null: it begins a trace. */
  parent: string | null;
  attributes: Record<string, string | number | boolean>;
  resource: Record<string, string | number | boolean>;
  isError: boolean;
  statusMessage: string;
  links: { traceId: string; spanId: string }[];
  traceState: string;
  durationNs: bigint;
}

// biome-ignore lint/suspicious/noExplicitAny: what comes is decoded by its schema
type Json = any;

/** An OpenTelemetry collector's receiver of traces over OTLP/HTTP, as strict as its schema. */
export class Collector {
  readonly spans: ReceivedSpan[] = [];
  /** The bytes of all that came, unpacked. */
  readonly bytes: Buffer[] = [];
  readonly requests: http.IncomingHttpHeaders[] = [];
  /** Why something that came could not be decoded. */
  readonly faults: string[] = [];
  /** What it does instead of accepting; null: it accepts. */
  answer: ((response: http.ServerResponse) => void) | null = null;
  url = "";
  readonly #server = http.createServer((request, response) => this.#receive(request, response));

  static async open(port = 0): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((resolve) => collector.#server.listen(port, "127.0.0.1", resolve));
    collector.url = `http://127.0.0.1:${(collector.#server.address() as AddressInfo).port}`;
    return collector;
  }

  #receive(request: http.IncomingMessage, response: http.ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      this.requests.push(request.headers);
      if (this.answer) return this.answer(response);
      try {
        if (request.method !== "POST" || request.url !== "/v1/traces") {
          throw new Error(`${request.method} ${request.url}`);
        }
        const { "content-type": type, "content-encoding": coding } = request.headers;
        const sent = Buffer.concat(chunks);
        const bytes = coding === "gzip" ? gunzipSync(sent) : sent;
        this.bytes.push(bytes);
        this.#keep(decode(bytes, type));
        const isJson = type === "application/json";
        response.writeHead(200, { "content-type": type }).end(isJson ? "{}" : "");
      } catch (error) {
        this.faults.push((error as Error).message);
        response.writeHead(400).end();
      }
    });
  }

  #keep({ resourceSpans = [] }: Json): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      for (const span of scopeSpans.flatMap(({ spans }: Json) => spans)) {
        this.spans.push({
          name: span.name,
          kind: KINDS[span.kind as number] ?? "UNSPECIFIED",
          traceId: span.traceId,
          spanId: span.spanId,
          parent: span.parentSpanId || null,
          attributes: attributesOf(span.attributes),
          resource: attributesOf(resource.attributes),
          isError: span.status?.code === 2,
          statusMessage: span.status?.message ?? "",
          links: (span.links ?? []).map(({ traceId, spanId }: Json) => ({ traceId, spanId })),
          traceState: span.traceState ?? "",
          durationNs: BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano),
        });
      }
    }
  }

  /** Waits for spans. @returns all that came and match */
  async until(
    what: string,
    matches: (span: ReceivedSpan) => boolean,
    count = 1,
  ): Promise<ReceivedSpan[]> {
    await waitUntil(what, () => this.spans.filter(matches).length >= count);
    return this.spans.filter(matches);
  }

  /** All spans of one trace. */
  trace(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  get text(): string {
    return Buffer.concat(this.bytes).toString("latin1");
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function decode(bytes: Buffer, type: string | undefined): Json {
  const message = "ExportTraceServiceRequest";
  if (type === "application/x-protobuf") return decodeProtobuf(bytes, message);
  if (type === "application/json") return checkJson(JSON.parse(bytes.toString("utf8")), message);
  throw new Error(`content-type ${type}`);
}

function attributesOf(list: Json[] = []): ReceivedSpan["attributes"] {
  const entries = list.map(({ key, value = {} }) => {
    const [[type, given]] = Object.entries<Json>(value) as [[string, Json]];
    return [key, type === "intValue" ? Number(given) : given];
  });
  if (new Set(entries.map(([key]) => key)).size !== entries.length) throw new Error("a key twice");
  return Object.fromEntries(entries);
}
