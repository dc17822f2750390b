import { type Contract, isSchema, SCHEMAS, type Schema, valuesOf } from "./schema.ts";
import { type Direction, valueFaults } from "./values.ts";

const NOTHING: Schema = {};

/** A schema, or a member of a union: as written and as resolved. */
type Alternative = Readonly<{ ref: Schema; is: Schema }>;

/** What breaks between two states of a contract, a line each. A type is reported once, wherever it is used. */
export function compareContracts(before: Contract, after: Contract): string[] {
  const faults = new Set<string>();
  const compared = new Set<string>();

  function compare(at: string, old: Schema, now: Schema, direction: Direction): void {
    const key = `${nameOf(old)} ${nameOf(now)} ${direction}`;
    const place = nameOf(old).replace(/<.*/s, "") || at;
    if (old.$ref && now.$ref && compared.has(key)) return;
    compared.add(key);
    const [were, are] = [alternatives(old, before), alternatives(now, after)];
    if (were[0] && are[0] && were.length + are.length === 2)
      compareOne(place, were[0].is, are[0].is, direction);
    else compareUnions(place, were, are, direction);
  }

  function compareUnions(at: string, old: Alternative[], now: Alternative[], direction: Direction) {
    const { pairs, lost, gained } = match(old, now);
    for (const [one, other] of pairs) compare(at, one.ref, other.ref, direction);
    const [sent, received] = direction === "in" ? [lost, now] : [gained, old];
    if (received.some(({ is }) => !is.type && !valuesOf(is))) return;
    // Programs expect further members of a union that has tags, as they do further values.
    const isOpen = direction === "out" && received.some(({ is }) => tagOf(is));
    for (const { ref, is } of sent.filter((one) => !(isOpen && tagOf(one.is)))) {
      const what = nameOf(ref) || valuesOf(is)?.join(" | ") || is.type || "anything";
      faults.add(direction === "in" ? `${at} no longer takes ${what}` : `${at} can be ${what} now`);
    }
  }

  function compareOne(at: string, old: Schema, now: Schema, side: Direction): void {
    // An instance of a class comes from the SDK, also where it is handed back.
    const direction = old.type === "class" ? "out" : side;
    const [sent, received] = direction === "in" ? [old.type, now.type] : [now.type, old.type];
    if (sent !== received && !(sent === "integer" && received === "number")) {
      const fault = `${at} was ${old.type ?? "anything"}, and is ${now.type ?? "anything"}`;
      if (received !== undefined) faults.add(fault);
      return;
    }
    for (const what of valueFaults(old, now, direction)) faults.add(`${at} ${what}`);
    compareProperties(at, old, now, direction);
    for (const [key, mark, way] of [
      ["items", "[]", direction],
      ["additionalProperties", "{}", direction],
      ["returns", "", direction],
      ["parameters", "", direction === "in" ? "out" : "in"],
    ] as const) {
      if (key === "parameters" && old.isValue && direction === "out") continue;
      const [was = NOTHING, is = NOTHING] = [old[key], now[key]];
      if (isSchema(was) && isSchema(is) && was !== is) compare(at + mark, was, is, way);
    }
  }

  function compareProperties(at: string, old: Schema, now: Schema, direction: Direction): void {
    const { properties: was = {}, required: needed = [] } = old;
    const { properties: is = {}, required: neededNow = [] } = now;
    for (const name of new Set([...Object.keys(was), ...Object.keys(is), ...neededNow])) {
      const [one, other] = [was[name], is[name]];
      const place = at ? `${at}.${name}` : name;
      if (one && !other) faults.add(`${place} was removed`);
      if (direction === "in" && neededNow.includes(name) && !needed.includes(name))
        faults.add(`${place} ${one ? "is required now" : "is new and required"}`);
      if (direction === "out" && other && needed.includes(name) && !neededNow.includes(name))
        faults.add(`${place} is no longer always present`);
      if (one && other) compare(place, one, other, direction);
    }
  }

  compare("", before.provides, after.provides, "out");
  const used = new Set([...compared].map((key) => key.replace(/[< ].*$/s, "")));
  for (const [name, old] of Object.entries(before.types)) {
    const now = after.types[name];
    if (!now) faults.add(`${name} was removed`);
    else if (old.arguments !== now.arguments) faults.add(`${name} has other type arguments`);
    if (!now) continue;
    if (!used.has(name)) compare(name, old, now, "out");
    // Programs spell out what is in a list of values.
    if (valuesOf(before.resolve(old))) compare(name, old, now, "in");
  }
  return [...faults];
}

/** The members of a union, several types in one schema included. */
function alternatives(ref: Schema, contract: Contract): Alternative[] {
  const is = contract.resolve(ref);
  const listed = is.anyOf ?? is.oneOf;
  if (Array.isArray(listed)) return listed.flatMap((one) => alternatives(one, contract));
  if (!Array.isArray(is.type)) return [{ ref, is }];
  const split = is.type.map((type) => (type === "null" ? { type } : { ...is, type }));
  return split.map((one) => ({ ref: one, is: one }));
}

/** Finds the members of a union again: the same ones first, then by name, tag or kind of values, then by type. */
function match(old: readonly Alternative[], now: readonly Alternative[]) {
  const [lost, gained] = [new Set(old), new Set(now)];
  const pairs: [Alternative, Alternative][] = [];
  const kindOf = ({ is }: Alternative) =>
    `${is.type === "integer" ? "number" : is.type} ${tagOf(is)}`;
  const keyOf = (one: Alternative) =>
    nameOf(one.ref) || `${kindOf(one)} ${tagOf(one.is) || valuesOf(one.is) !== undefined}`;
  const allOf = ({ ref, is }: Alternative) => JSON.stringify([ref, is]);
  for (const identify of [allOf, keyOf, kindOf]) {
    for (const one of lost) {
      const other = [...gained].find((candidate) => identify(candidate) === identify(one));
      if (!other) continue;
      pairs.push([one, other]);
      lost.delete(one);
      gained.delete(other);
    }
  }
  return { pairs, lost: [...lost], gained: [...gained] };
}

function nameOf({ $ref = "" }: Schema): string {
  return $ref.replace(SCHEMAS, "");
}

/** What tells an object from the others in its union: `type=request.created`. */
function tagOf({ properties = {} }: Schema): string {
  const tags = Object.entries(properties).filter(([, property]) => "const" in property);
  return tags.map(([name, property]) => `${name}=${property.const}`).join();
}
