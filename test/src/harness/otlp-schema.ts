/** A field of a message: its name in JSON, and its type. */
type Field = readonly [name: string, type: string, repeated?: "repeated"];

/**
 * The messages of OTLP for traces by field numbers, as opentelemetry-proto 1.x publishes them.
 * @see https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
 */
const MESSAGES: Readonly<Record<string, Readonly<Record<number, Field>>>> = {
  ExportTraceServiceRequest: { 1: ["resourceSpans", "ResourceSpans", "repeated"] },
  ResourceSpans: {
    1: ["resource", "Resource"],
    2: ["scopeSpans", "ScopeSpans", "repeated"],
    3: ["schemaUrl", "string"],
  },
  Resource: {
    1: ["attributes", "KeyValue", "repeated"],
    2: ["droppedAttributesCount", "uint32"],
  },
  ScopeSpans: {
    1: ["scope", "InstrumentationScope"],
    2: ["spans", "Span", "repeated"],
    3: ["schemaUrl", "string"],
  },
  InstrumentationScope: {
    1: ["name", "string"],
    2: ["version", "string"],
    3: ["attributes", "KeyValue", "repeated"],
    4: ["droppedAttributesCount", "uint32"],
  },
  Span: {
    1: ["traceId", "id16"],
    2: ["spanId", "id8"],
    3: ["traceState", "string"],
    4: ["parentSpanId", "id8"],
    5: ["name", "string"],
    6: ["kind", "enum"],
    7: ["startTimeUnixNano", "fixed64"],
    8: ["endTimeUnixNano", "fixed64"],
    9: ["attributes", "KeyValue", "repeated"],
    10: ["droppedAttributesCount", "uint32"],
    11: ["events", "Event", "repeated"],
    12: ["droppedEventsCount", "uint32"],
    13: ["links", "Link", "repeated"],
    14: ["droppedLinksCount", "uint32"],
    15: ["status", "Status"],
    16: ["flags", "fixed32"],
  },
  Event: {
    1: ["timeUnixNano", "fixed64"],
    2: ["name", "string"],
    3: ["attributes", "KeyValue", "repeated"],
    4: ["droppedAttributesCount", "uint32"],
  },
  Link: {
    1: ["traceId", "id16"],
    2: ["spanId", "id8"],
    3: ["traceState", "string"],
    4: ["attributes", "KeyValue", "repeated"],
    5: ["droppedAttributesCount", "uint32"],
    6: ["flags", "fixed32"],
  },
  Status: { 2: ["message", "string"], 3: ["code", "enum"] },
  KeyValue: { 1: ["key", "string"], 2: ["value", "AnyValue"] },
  AnyValue: {
    1: ["stringValue", "string"],
    2: ["boolValue", "bool"],
    3: ["intValue", "int64"],
    4: ["doubleValue", "double"],
    5: ["arrayValue", "ArrayValue"],
  },
  ArrayValue: { 1: ["values", "AnyValue", "repeated"] },
};

// biome-ignore lint/suspicious/noExplicitAny: what comes is asserted field by field
type Json = any;

const utf8 = new TextDecoder("utf-8", { fatal: true });
const VARINT = new Set(["uint32", "int64", "enum", "bool"]);

/** Decodes a message, and refuses every field, type and length that the schema does not have. */
export function decodeProtobuf(bytes: Uint8Array, message: string): Json {
  const fields = MESSAGES[message];
  if (!fields) throw new Error(`no message ${message}`);
  const buffer = Buffer.from(bytes);
  const decoded: Json = {};
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
  };
  while (at < buffer.length) {
    const tag = Number(varint());
    const field = fields[tag >>> 3];
    if (!field) throw new Error(`${message} has no field ${tag >>> 3}`);
    const [name, type, repeated] = field;
    const wire = tag & 7;
    const expected = VARINT.has(type)
      ? 0
      : /^(fixed64|double)$/.test(type)
        ? 1
        : type === "fixed32"
          ? 5
          : 2;
    if (wire !== expected) throw new Error(`${message}.${name} has the wire type ${wire}`);
    let value: Json;
    if (wire === 0) {
      const number = varint();
      value =
        type === "bool"
          ? number === 1n
          : type === "int64"
            ? String(BigInt.asIntN(64, number))
            : Number(number);
    } else if (wire === 1) {
      value = type === "double" ? buffer.readDoubleLE(at) : String(buffer.readBigUInt64LE(at));
      at += 8;
    } else if (wire === 5) {
      value = buffer.readUInt32LE(at);
      at += 4;
    } else {
      const length = Number(varint());
      if (at + length > buffer.length) throw new Error(`${message}.${name} is cut off`);
      const part = buffer.subarray(at, at + length);
      at += length;
      value =
        type === "string"
          ? utf8.decode(part)
          : type.startsWith("id")
            ? part.toString("hex")
            : decodeProtobuf(part, type);
    }
    if (repeated) decoded[name] = [...(decoded[name] ?? []), value];
    else decoded[name] = value;
  }
  checkIds(decoded, message);
  return decoded;
}

/** Holds JSON against the schema, as strictly. */
export function checkJson(value: Json, message: string): Json {
  const fields = Object.values(MESSAGES[message] ?? {});
  for (const [key, given] of Object.entries<Json>(value)) {
    const field = fields.find(([name]) => name === key);
    if (!field) throw new Error(`${message} has no field ${key}`);
    const [name, type, repeated] = field;
    if (Array.isArray(given) !== (repeated === "repeated"))
      throw new Error(`${message}.${name} is not a list, or one`);
    for (const each of repeated ? given : [given]) {
      if (type in MESSAGES) checkJson(each, type);
      else if (!JSON_TYPES[type]?.(each))
        throw new Error(`${message}.${name} is not of ${type}: ${JSON.stringify(each)}`);
    }
  }
  checkIds(value, message);
  return value;
}

const isText = (value: Json) => typeof value === "string";
const isDigits = (value: Json) => /^-?\d+$/.test(String(value));
const JSON_TYPES: Readonly<Record<string, (value: Json) => boolean>> = {
  string: isText,
  bool: (value) => typeof value === "boolean",
  int64: isDigits,
  fixed64: (value) => isText(value) && isDigits(value),
  uint32: Number.isInteger,
  fixed32: Number.isInteger,
  enum: Number.isInteger,
  double: (value) => typeof value === "number",
  id16: isText,
  id8: isText,
};

function checkIds(value: Json, message: string): void {
  if (message !== "Span" && message !== "Link") return;
  if (!/^(?!0{32})[0-9a-f]{32}$/.test(value.traceId)) throw new Error(`trace id ${value.traceId}`);
  if (!/^(?!0{16})[0-9a-f]{16}$/.test(value.spanId)) throw new Error(`span id ${value.spanId}`);
  if (value.parentSpanId !== undefined && !/^([0-9a-f]{16})?$/.test(value.parentSpanId)) {
    throw new Error(`parent ${value.parentSpanId}`);
  }
}
