import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { invalidField } from "@serviceflow/domain";
// A well-kept reader of addresses and their ranges; proxy-addr uses it as well.
import ipaddr from "ipaddr.js";

/** Where webhooks may lead. */
export interface TargetRules {
  /** Whether `http:` will do. */
  allowHttp: boolean;
  /** Networks that would be refused otherwise: `10.0.0.0/8`, `::1/128`. */
  allowedNetworks: readonly string[];
}

/** Only what anybody can reach, over TLS. */
export const PUBLIC_TARGETS: TargetRules = { allowHttp: false, allowedNetworks: [] };

/** Public addresses at which a cloud tells its machines what only they should know. */
const METADATA = new Set(["168.63.129.16"]);

/** An address that no webhook may lead to. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
  readonly code = "ADDRESS_REFUSED";
}

/** Whether a text is a network in CIDR notation. */
export function isNetwork(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}

/** Whether an address is public, or of a network that is allowed. What is no address is not. */
export function isAllowedAddress(address: string, rules: TargetRules): boolean {
  const plain = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (!ipaddr.isValid(plain)) return false;
  // An IPv4 address in an IPv6 one is judged as what it is.
  const parsed = ipaddr.process(plain);
  const isListed = rules.allowedNetworks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network);
    return base.kind() === parsed.kind() && parsed.match([base, bits] as never);
  });
  if (isListed) return true;
  return parsed.range() === "unicast" && !METADATA.has(parsed.toString()) && !isOldMapping(parsed);
}

const OLD_MAPPING = ipaddr.IPv6.parseCIDR("::/96");

/** The deprecated way to put an IPv4 address into an IPv6 one, which is not told apart from public ones. */
function isOldMapping(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address instanceof ipaddr.IPv6 && address.match(OLD_MAPPING);
}

/**
 * The URL of an endpoint as it is kept.
 * @throws DomainError `validation_failed` for what can be no endpoint; names are looked up only when something is sent
 */
export function requireTarget(text: string, rules: TargetRules): string {
  const refuse = (code: string, detail: string) => invalidField("/url", code, detail);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) throw refuse("invalid_format", "It must be an absolute URL.");
  if (url.protocol !== "https:" && !(rules.allowHttp && url.protocol === "http:")) {
    throw refuse("insecure_url", "It must begin with https://.");
  }
  if (url.username || url.password) {
    throw refuse("credentials_in_url", "It must hold no user name or password.");
  }
  if (url.hash) throw refuse("fragment_in_url", "It must hold no fragment.");
  const isAddress = isIP(url.hostname.replace(/^\[|\]$/g, "")) !== 0;
  const isLocalName = /(^|\.)localhost\.?$/i.test(url.hostname);
  if (
    (isAddress && !isAllowedAddress(url.hostname, rules)) ||
    (isLocalName && !isAllowedAddress("127.0.0.1", rules))
  ) {
    throw refuse("address_refused", "It must not lead to a private, local or reserved address.");
  }
  return url.href;
}

/** Looks a name up once: what it hands on is what was looked at, so that the name cannot change in between. */
export function guardedLookup(rules: TargetRules): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 0);
      const [first] = addresses;
      const refused = addresses.some(({ address }) => !isAllowedAddress(address, rules));
      if (!first || refused) {
        return callback(new AddressRefused("The name leads to an address that is refused."), "", 0);
      }
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}
