import type { RuleParams } from "../error.ts";
import { characterAt } from "./character.ts";

/** Why an address is refused: the stable name of the rule, and the rule in words. */
export interface EmailFault {
  code: "invalid_format" | "too_long";
  detail: string;
  params: RuleParams;
}

const MAX_LENGTH = 254;
/** No domain name gets so much shorter in ASCII, and the parser takes longer the longer a name is. */
const MAX_TYPED = 500;

// https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
const NOT_LOCAL = /[^a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]/u;
const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
/** The URL parser would read any other ASCII as a port, a path, a user or an escape. */
const NOT_DOMAIN = /[^a-zA-Z0-9.\-\u0080-\u{10FFFF}]/u;

/** Keeps the URL parser from reading numbers as an IPv4 address. */
const GUARD = ".guard";

/** An address as it is kept: trimmed, its domain in ASCII, in lower case. One with a fault is only trimmed. */
export function normalizeEmail(text: string): string {
  const address = toAscii(text.trim());
  return faultIn(address) === null ? address.toLowerCase() : text.trim();
}

/**
 * The rule that an address breaks, as it was sent; null: none. The pattern is that of HTML's `<input type="email">`: a
 * domain may have one label, and an international one is folded to ASCII first.
 */
export function findEmailFault(text: string): EmailFault | null {
  const start = text.length - text.trimStart().length;
  const address = text.trim();
  const fault = faultIn(toAscii(address));
  if (fault?.code !== "invalid_format") return fault;
  const at = address.lastIndexOf("@");
  const inLocal = (at === -1 ? address : address.slice(0, at)).search(NOT_LOCAL);
  const inDomain = at === -1 ? -1 : address.slice(at + 1).search(NOT_DOMAIN);
  const index = inLocal !== -1 ? inLocal : inDomain !== -1 ? at + 1 + inDomain : -1;
  if (index === -1) return fault;
  return {
    ...fault,
    detail: `${fault.detail} ${characterAt(text, start + index)} has no place in it.`,
  };
}

function faultIn(address: string): EmailFault | null {
  if (address.length > MAX_LENGTH) {
    const detail = `It must have at most ${MAX_LENGTH} characters.`;
    return { code: "too_long", detail, params: { max: MAX_LENGTH } };
  }
  const at = address.lastIndexOf("@");
  const [local, domain] = [address.slice(0, Math.max(at, 0)), address.slice(at + 1)];
  if (local !== "" && !NOT_LOCAL.test(local) && DOMAIN.test(domain)) return null;
  return {
    code: "invalid_format",
    detail: "It must be an email address.",
    params: { format: "email" },
  };
}

/** The address with its domain as name servers know it. One that cannot be folded stays as it is. */
function toAscii(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  const isPlain = /^[ -~]*$/.test(domain);
  if (at === -1 || isPlain || address.length > MAX_TYPED || NOT_DOMAIN.test(domain)) return address;
  const url = `http://${domain}${GUARD}`;
  if (!URL.canParse(url)) return address;
  return `${address.slice(0, at)}@${new URL(url).hostname.slice(0, -GUARD.length)}`;
}
