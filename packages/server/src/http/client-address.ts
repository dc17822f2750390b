import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import ipaddr from "ipaddr.js";
// Express's parser of X-Forwarded-For, which knows the header's pitfalls.
import proxyaddr from "proxy-addr";

/** The client of a call. */
export interface Peer {
  /** IPv4 or IPv6; null without a socket. */
  address: string | null;
  /** Whether it came over TLS, at least to the first trusted proxy. */
  secure: boolean;
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

/**
 * Determines the client of a call.
 * @param proxies trusted ones, whose `X-Forwarded-For` and `X-Forwarded-Proto` count
 */
export function peerReader(
  proxies: readonly string[],
): (incoming: IncomingMessage | undefined) => Peer {
  if (proxies.length === 0) return (incoming) => (incoming ? ofSocket(incoming) : NOWHERE);
  const isTrusted = proxyaddr.compile([...proxies]);
  return (incoming) => {
    if (!incoming) return NOWHERE;
    const direct = ofSocket(incoming);
    if (direct.address === null || !isTrusted(direct.address, 0)) return direct;
    const forwarded = normalized(proxyaddr(incoming, isTrusted));
    const protocol = incoming.headers["x-forwarded-proto"]?.toString().split(",")[0]?.trim();
    return { address: forwarded ?? direct.address, secure: protocol === "https" };
  };
}

function ofSocket({ socket }: IncomingMessage): Peer {
  const secure = (socket as Partial<TLSSocket>).encrypted === true;
  return { address: normalized(socket.remoteAddress), secure };
}

const MAPPED = /^::ffff:(?=\d+\.)/i;

function normalized(address: string | undefined): string | null {
  const plain = address?.replace(MAPPED, "") ?? "";
  return isIP(plain) === 0 ? null : plain;
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
