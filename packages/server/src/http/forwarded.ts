import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** One hop of a forwarding header, as the proxy after it saw it. */
export interface Hop {
  /** IPv4 or IPv6; null if it is hidden or cannot be read. */
  address: string | null;
  /** `https` or `http`; null if the header does not say. */
  protocol: string | null;
}

/** The headers in which a proxy can name the client. */
export const FORWARDING_HEADERS = ["x-forwarded-for", "forwarded"] as const;
export type ForwardingHeader = (typeof FORWARDING_HEADERS)[number];

/** Reads the hops of a forwarding header, the client first. */
export const readHops: Readonly<Record<ForwardingHeader, (header: string) => Hop[]>> = {
  "x-forwarded-for": (header) =>
    elements(header).map((element) => ({ address: addressIn(unquoted(element)), protocol: null })),
  forwarded: (header) => elements(header).map(forwardedHop),
};

/** An element that a client has left open must not swallow those that proxies add: a comma always ends it. */
function elements(header: string): string[] {
  return header
    .split(",")
    .map((element) => element.trim())
    .filter(Boolean);
}

const PAIR = /^([\w!#$%&'*+.^`|~-]+)=(.*)$/s;

/** @see https://www.rfc-editor.org/rfc/rfc7239#section-4 */
function forwardedHop(element: string): Hop {
  const pairs = new Map<string, string>();
  for (const part of element.split(";")) {
    const [, name, value] = PAIR.exec(part.trim()) ?? [];
    if (name !== undefined && value !== undefined) pairs.set(name.toLowerCase(), unquoted(value));
  }
  return {
    address: addressIn(pairs.get("for") ?? ""),
    protocol: pairs.get("proto")?.toLowerCase() ?? null,
  };
}

const QUOTED = /^"(.*)"$/s;

function unquoted(text: string): string {
  const quoted = QUOTED.exec(text)?.[1];
  return quoted === undefined ? text : quoted.replace(/\\(.)/gs, "$1").trim();
}

// The port may be an obfuscated one, such as `_secret`.
const PORT = String.raw`(?::[\w.-]+)?`;
const IPV4 = new RegExp(String.raw`^(\d{1,3}(?:\.\d{1,3}){3})${PORT}$`);
const BRACKETED = new RegExp(String.raw`^\[([^\[\]]*)\]${PORT}$`);

/** The address in `address`, `address:port`, `[address]` or `[address]:port`; null for anything else. */
function addressIn(node: string): string | null {
  return normalized(IPV4.exec(node)?.[1] ?? BRACKETED.exec(node)?.[1] ?? node);
}

const MAPPED = /^::ffff:(?=\d+\.)/i;
// Names an interface of the machine that wrote it.
const ZONE = /%.*$/s;

/** An address in the one form in which it is counted and logged; null if it is none. */
export function normalized(address: string | undefined): string | null {
  // As a socket for both versions of IP has it: too frequent for a parser.
  const plain = address?.replace(MAPPED, "") ?? "";
  switch (isIP(plain)) {
    case 4:
      return plain;
    case 6:
      return ipaddr.process(plain.replace(ZONE, "")).toString();
    default:
      return null;
  }
}
