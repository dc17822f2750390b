import type { BreakingChange } from "./change.ts";
import { isObject, type Json, resolve } from "./json.ts";
import { type Direction, limitFaults } from "./schema-limits.ts";

interface Placed {
  document: Json;
  schema: Json;
}

/** Whatever one of these says, it cannot be compared here. */
const OPAQUE = ["allOf", "not", "if", "patternProperties", "prefixItems", "propertyNames"];

export function compareSchemas(
  before: Placed,
  after: Placed,
  direction: Direction,
  seen: ReadonlySet<string> = new Set(),
): BreakingChange[] {
  const pair = `${before.schema.$ref} ${after.schema.$ref}`;
  if (before.schema.$ref && after.schema.$ref && seen.has(pair)) return [];
  const within = new Set([...seen, pair]);
  const old = variants(before);
  const now = variants(after);
  const [onlyOld, onlyNow] = [old[0], now[0]];
  if (old.length === 1 && now.length === 1 && onlyOld && onlyNow) {
    return compareVariants(onlyOld, onlyNow, direction, within);
  }
  // Each that can be sent has to be among those that can be received.
  const [sent, received] = direction === "request" ? [old, now] : [now, old];
  return sent.flatMap((one) => {
    const compared = received.map((other) =>
      direction === "request"
        ? compareVariants(one, other, direction, within)
        : compareVariants(other, one, direction, within),
    );
    if (compared.some((changes) => changes.length === 0)) return [];
    const kin = received.findIndex((other) => isKin(one, other));
    if (kin >= 0) return compared[kin] ?? [];
    if (direction === "request") return [{ subject: "", what: `no longer takes ${inWords(one)}` }];
    return isAnnounced(one, received)
      ? []
      : [{ subject: "", what: `can be ${inWords(one)} now, which it never was` }];
  });
}

function compareVariants(
  before: Placed,
  after: Placed,
  direction: Direction,
  seen: ReadonlySet<string>,
): BreakingChange[] {
  const [old, now] = [
    resolve(before.document, before.schema),
    resolve(after.document, after.schema),
  ];
  const opaque = OPAQUE.filter((key) => JSON.stringify(old[key]) !== JSON.stringify(now[key]));
  const faults = [
    ...opaque.map((key) => `its ${key} changed, which cannot be compared`),
    ...typeFaults(old, now, direction),
    ...valueFaults(old, now, direction),
    ...limitFaults(old, now, direction),
  ];
  const place = (schema: unknown, { document }: Placed) =>
    isObject(schema) ? { document, schema } : undefined;
  const deeper = (subject: string, one: unknown, other: unknown) => {
    const [from, to] = [place(one, before), place(other, after)];
    const changes = from && to ? compareSchemas(from, to, direction, seen) : [];
    return changes.map((change) => under(subject, change));
  };
  return [
    ...faults.map((what) => ({ subject: "", what })),
    ...propertyFaults(old, now, direction),
    ...Object.entries(isObject(old.properties) ? old.properties : {}).flatMap(([name, property]) =>
      deeper(name, property, isObject(now.properties) ? now.properties[name] : undefined),
    ),
    ...deeper("[]", old.items, now.items),
    ...deeper("{}", old.additionalProperties, now.additionalProperties),
  ];
}

function propertyFaults(old: Json, now: Json, direction: Direction): BreakingChange[] {
  const [was, is] = [keys(old.properties), keys(now.properties)];
  const [needed, neededNow] = [names(old.required), names(now.required)];
  const removed = was.filter((name) => !is.includes(name));
  const faults = removed.map((subject) => ({ subject, what: "was removed" }));
  const isClosed = old.additionalProperties !== false && now.additionalProperties === false;
  if (direction === "request") {
    if (isClosed) faults.push({ subject: "", what: "no longer takes further properties" });
    for (const subject of neededNow.filter((name) => !needed.includes(name))) {
      faults.push({
        subject,
        what: was.includes(subject) ? "is required now" : "is new and required",
      });
    }
  } else {
    for (const subject of needed.filter((name) => is.includes(name) && !neededNow.includes(name))) {
      faults.push({ subject, what: "is no longer always there" });
    }
  }
  return faults;
}

function typeFaults(old: Json, now: Json, direction: Direction): string[] {
  if (old.type === now.type) return [];
  const [sent, received] = direction === "request" ? [old.type, now.type] : [now.type, old.type];
  if (received === undefined || (sent === "integer" && received === "number")) return [];
  return [`was ${old.type ?? "anything"}, and is ${now.type ?? "anything"}`];
}

function valueFaults(old: Json, now: Json, direction: Direction): string[] {
  const [was, is] = [valuesOf(old), valuesOf(now)];
  if (direction === "request") {
    if (!is) return [];
    if (!was) return [`takes ${is.join(", ")} alone now`];
    const refused = was.filter((value) => !is.includes(value));
    return refused.length > 0 ? [`no longer takes ${refused.join(", ")}`] : [];
  }
  if (!was) return [];
  if (!is) return [`was one of ${was.join(", ")}, and can be anything`];
  const isOther = !was.some((value) => is.includes(value));
  return isOther ? [`was ${was.join(", ")}, and is ${is.join(", ")}`] : [];
}

function valuesOf(schema: Json): string[] | undefined {
  if ("const" in schema) return [JSON.stringify(schema.const)];
  return Array.isArray(schema.enum) ? schema.enum.map((value) => JSON.stringify(value)) : undefined;
}

/** The alternatives of a schema: what `anyOf` lists, and each of several types. */
function variants({ document, schema }: Placed): Placed[] {
  const resolved = resolve(document, schema);
  const listed = resolved.anyOf ?? resolved.oneOf;
  if (Array.isArray(listed)) {
    return listed.flatMap((one) => (isObject(one) ? variants({ document, schema: one }) : []));
  }
  if (!Array.isArray(resolved.type)) return [{ document, schema }];
  return resolved.type.map((type) => ({
    document,
    schema: type === "null" ? { type } : { ...resolved, type },
  }));
}

/** Whether one is the other as it was or will be: the same by name, by what tells it apart, or by type. */
function isKin(one: Placed, other: Placed): boolean {
  if (one.schema.$ref && one.schema.$ref === other.schema.$ref) return true;
  const [a, b] = [resolve(one.document, one.schema), resolve(other.document, other.schema)];
  const [tag, otherTag] = [tagOf(a), tagOf(b)];
  return tag === otherTag && a.type !== undefined && a.type === b.type;
}

/** A further member of a union whose members are told apart is as a further value. */
function isAnnounced(one: Placed, received: readonly Placed[]): boolean {
  const isTagged = (placed: Placed) => tagOf(resolve(placed.document, placed.schema)) !== "";
  return isTagged(one) && received.some(isTagged);
}

function tagOf(schema: Json): string {
  if (!isObject(schema.properties)) return "";
  const tags = Object.entries(schema.properties).flatMap(([name, property]) =>
    isObject(property) && "const" in property ? [`${name}=${JSON.stringify(property.const)}`] : [],
  );
  return tags.sort().join(" ");
}

function inWords({ document, schema }: Placed): string {
  if (typeof schema.$ref === "string") return schema.$ref.replace(/^.*\//, "");
  const resolved = resolve(document, schema);
  return valuesOf(resolved)?.join(", ") ?? String(resolved.type ?? "anything");
}

function under(subject: string, change: BreakingChange): BreakingChange {
  const at = change.subject === "" ? subject : `${subject}${dotted(change.subject)}`;
  return { ...change, subject: at };
}

function dotted(subject: string): string {
  return subject.startsWith("[]") || subject.startsWith("{}") ? subject : `.${subject}`;
}

function keys(value: unknown): string[] {
  return isObject(value) ? Object.keys(value) : [];
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
