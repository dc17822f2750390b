import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import ipaddr from "ipaddr.js";
// Express's reader of ranges; it does not strip ports from addresses, so the headers are read here.
import proxyaddr from "proxy-addr";
import { FORWARDING_HEADERS, type ForwardingHeader, normalized, readHops } from "./forwarded.ts";

/** The client of a call. */
export interface Peer {
  /** IPv4 or IPv6; null without a socket. */
  address: string | null;
  /** Whether it came over TLS, at least to the first trusted proxy. */
  secure: boolean;
}

export interface ProxyTrust {
  /** Whose forwarding header counts. */
  proxies: readonly string[];
  /** The one header that they write. Any other is the client's own, and proves nothing. */
  header: ForwardingHeader;
  /** Called for each call from a trusted proxy whose client remains unknown. */
  onUnknown?: (reason: "unreadable" | "other_header") => void;
}

const NOWHERE: Peer = { address: null, secure: false };

/** Whether a list of proxies is valid: addresses, ranges, `loopback`, `linklocal`, `uniquelocal`. */
export function areProxies(list: readonly string[]): boolean {
  try {
    proxyaddr.compile([...list]);
    return true;
  } catch {
    return false;
  }
}

/** Determines the client of a call: the last address before the trusted proxies. */
export function peerReader(trust: ProxyTrust): (incoming: IncomingMessage | undefined) => Peer {
  const { proxies, header, onUnknown = () => {} } = trust;
  if (proxies.length === 0) return (incoming) => (incoming ? ofSocket(incoming) : NOWHERE);
  const isTrusted = proxyaddr.compile([...proxies]);
  const others = FORWARDING_HEADERS.filter((name) => name !== header);
  return (incoming) => {
    if (!incoming) return NOWHERE;
    const peer = ofSocket(incoming);
    if (peer.address === null || !isTrusted(peer.address, 0)) return peer;
    const { headers } = incoming;
    const written = headers[header]?.toString();
    if (written === undefined && others.some((name) => headers[name] !== undefined)) {
      onUnknown("other_header");
    }
    const hops = readHops[header](written ?? "").reverse();
    let protocol =
      header === "x-forwarded-for"
        ? headers["x-forwarded-proto"]?.toString().split(",")[0]?.trim()
        : undefined;
    for (const hop of hops) {
      if (header === "forwarded") protocol = hop.protocol ?? undefined;
      if (hop.address === null) {
        onUnknown("unreadable");
        break;
      }
      peer.address = hop.address;
      if (!isTrusted(hop.address, 0)) break;
    }
    return { address: peer.address, secure: protocol === "https" };
  };
}

function ofSocket({ socket }: IncomingMessage): Peer {
  const secure = (socket as Partial<TLSSocket>).encrypted === true;
  return { address: normalized(socket.remoteAddress), secure };
}

/** What rate limits count: an IPv6 client controls a whole /64. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const parsed = ipaddr.parse(address) as ipaddr.IPv6;
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}
