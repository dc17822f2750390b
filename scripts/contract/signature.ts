import { outside, split } from "./split.ts";

interface Parameter {
  optional: boolean;
  rest: boolean;
  type: string;
}

interface Signature {
  generics: string[];
  parameters: Parameter[];
  result: string;
}

/**
 * Why a call by the old signature does not compile against the new one, or null when it does. The names of parameters
 * are free to change; one may become optional, take more, or be added at the end where it can be left out.
 */
export function signatureFault(before: string, after: string): string | null {
  const [old, now] = [parse(before), parse(after)];
  if (!old || !now) return before === after ? null : "its signature changed";
  if (old.result !== now.result) return `it answers ${now.result} instead of ${old.result}`;
  const generics = old.generics.every((one, at) => one === now.generics[at]);
  const further = now.generics.slice(old.generics.length);
  if (!generics || further.some((one) => !one.includes(" = "))) {
    return "its type parameters changed";
  }
  for (const [at, parameter] of old.parameters.entries()) {
    const fault = parameterFault(parameter, now.parameters[at]);
    if (fault) return `parameter ${at + 1} ${fault}`;
  }
  const added = now.parameters.slice(old.parameters.length);
  return added.some(({ optional, rest }) => !optional && !rest)
    ? `parameter ${old.parameters.length + 1} is new and cannot be left out`
    : null;
}

/**
 * Why what somebody has written to the old signature is no longer what the new one asks for, or null when it is. It may be
 * given less than it takes, and what it does not look at.
 */
export function implementationFault(before: string, after: string): string | null {
  const [old, now] = [parse(before), parse(after)];
  if (!old || !now) return before === after ? null : "its signature changed";
  if (old.result !== now.result) return `has to answer ${now.result} instead of ${old.result}`;
  if (old.generics.join() !== now.generics.join()) return "its type parameters changed";
  for (const [at, parameter] of old.parameters.entries()) {
    const given = now.parameters[at];
    if (!given) {
      if (!parameter.optional) return `is no longer given parameter ${at + 1}`;
      continue;
    }
    const fault = parameterFault(given, parameter);
    if (fault) return `is given ${given.type} as parameter ${at + 1} instead of ${parameter.type}`;
  }
  return null;
}

function parameterFault(old: Parameter, now: Parameter | undefined): string | null {
  if (!now) return "was removed";
  if (old.optional && !now.optional) return "can no longer be left out";
  if (old.rest !== now.rest) return "changed";
  const taken = new Set(split(now.type, " | "));
  const refused = split(old.type, " | ").filter((type) => !taken.has(type));
  return refused.length > 0 ? `no longer takes ${refused.join(" | ")}, but ${now.type}` : null;
}

/** Reads `<A, B>(a: A, b?: B): R`; null for what is no signature. */
function parse(text: string): Signature | null {
  const places = [...outside(text)];
  const opens = places.find((at) => text.charAt(at) === "(");
  const closes = places.find((at) => text.charAt(at) === ")");
  if (opens === undefined || closes === undefined) return null;
  const generics = text.slice(0, opens).replace(/^<|>$/g, "");
  const parameters = text.slice(opens + 1, closes);
  return {
    generics: generics === "" ? [] : split(generics, ", "),
    parameters: parameters === "" ? [] : split(parameters, ", ").map(parseParameter),
    result: text.slice(closes + 1).replace(/^: /, ""),
  };
}

function parseParameter(text: string): Parameter {
  const [name = "", ...type] = split(text, ": ");
  return { optional: name.endsWith("?"), rest: name.startsWith("..."), type: type.join(": ") };
}
