import type { BreakingChange } from "./change.ts";
import { type Declaration, type Member, parseReport } from "./report-text.ts";
import { implementationFault, signatureFault } from "./signature.ts";
import { split } from "./split.ts";

/**
 * What in an API report of the SDK can break a program that compiled against the one before. Whatever differs does,
 * unless it only allows more of who gives it, or promises more to who is given it.
 */
export function compareTypes(before: string, after: string): BreakingChange[] {
  const now = parseReport(after);
  return [...parseReport(before).values()].flatMap((old) => {
    const { name } = old;
    const still = now.get(name);
    if (!still) return [{ subject: name, what: "was removed" }];
    const fault = declarationFault(old, still);
    return [
      ...(fault ? [{ subject: name, what: fault }] : []),
      ...membersKept(old, still),
      ...membersAdded(old, still),
    ];
  });
}

function declarationFault(old: Declaration, now: Declaration): string | null {
  if (kindOf(old) !== kindOf(now)) return `was a ${old.kind}, and is a ${now.kind}`;
  if (old.shape === now.shape) return null;
  if (old.kind === "const") return `was ${old.shape.slice(2)}, and is ${now.shape.slice(2)}`;
  const [generics, bases] = shapeOf(old);
  const [genericsNow, basesNow] = shapeOf(now);
  const lost = bases.filter((base) => !basesNow.includes(base));
  if (lost.length > 0) return `no longer extends ${lost.join(", ")}`;
  const isKept = generics.every((one, at) => one === genericsNow[at]);
  const further = genericsNow.slice(generics.length);
  return isKept && further.every((one) => one.includes(" = "))
    ? null
    : "its type parameters changed";
}

/** An object type may be written either way. */
function kindOf({ kind }: Declaration): string {
  return kind === "interface" ? "type" : kind;
}

function shapeOf({ shape }: Declaration): [generics: string[], bases: string[]] {
  const [generics = "", bases] = split(shape, " extends ");
  const inner = generics.replace(/^<|>$/g, "");
  return [inner === "" ? [] : split(inner, ", "), bases ? split(bases, ", ") : []];
}

function membersKept(old: Declaration, now: Declaration): BreakingChange[] {
  return [...old.members].flatMap(([key, members]) => {
    const still = now.members.get(key);
    const subject = old.name + key;
    if (!still) return [{ subject, what: "was removed" }];
    return members.flatMap((member) => {
      // Of overloads, each must still be there in one of them.
      const faults = still.map((one) => memberFault(member, one, old));
      if (faults.includes(null)) return [];
      return [{ subject, what: faults[0] ?? "changed" }];
    });
  });
}

function membersAdded(old: Declaration, now: Declaration): BreakingChange[] {
  return [...now.members].flatMap(([key, members]) => {
    if (old.members.has(key)) return [];
    const subject = old.name + key;
    const [member] = members;
    if (member?.kind === "listed") {
      return old.answered && /^(null|undefined)$/.test(member.text)
        ? [{ subject, what: `can be ${member.text} now, where it is answered` }]
        : [];
    }
    const isObject = kindOf(old) === "type" && member?.kind !== "alias";
    const isNeeded = isObject && old.given && !key.startsWith(".[") && !member?.optional;
    return isNeeded ? [{ subject, what: "is new, and whoever gives it cannot leave it out" }] : [];
  });
}

function memberFault(old: Member, now: Member, { given, answered }: Declaration): string | null {
  if (old.kind !== now.kind) return `was a ${old.kind}, and is a ${now.kind}`;
  if (old.kind === "listed") return null;
  if (old.kind === "alias") {
    return old.text === now.text ? null : `was ${old.text}, and is ${now.text}`;
  }
  if (given && old.optional && !now.optional) return "can no longer be left out";
  if (answered && !old.optional && now.optional) return "is no longer always there";
  if (old.kind === "method") {
    // One that is given was written by somebody else.
    const written = given ? implementationFault(old.text, now.text) : null;
    return written ?? (answered ? signatureFault(old.text, now.text) : null);
  }
  if (answered && !old.readonly && now.readonly) return "can no longer be written";
  if (old.text === now.text) return null;
  const [was, is] = [split(old.text, " | "), split(now.text, " | ")];
  const lost = was.filter((type) => !is.includes(type));
  const gained = is.filter((type) => !was.includes(type));
  const isNarrower = given && lost.length > 0;
  // Less can come than did, if nothing else comes; a further literal is announced, as a further code is.
  const isOther = answered && (lost.some((type) => !isAbsence(type)) || !gained.every(isLiteral));
  return isNarrower || isOther ? `was ${old.text}, and is ${now.text}` : null;
}

function isAbsence(type: string): boolean {
  return type === "null" || type === "undefined";
}

function isLiteral(type: string): boolean {
  return type.startsWith('"');
}
