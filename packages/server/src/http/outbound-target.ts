import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { type FieldRule, invalidField, type RuleParams } from "@serviceflow/domain";
// A maintained parser of addresses and ranges; proxy-addr uses it as well.
import ipaddr from "ipaddr.js";

/** Which URLs webhooks may have. */
export interface TargetRules {
  /** Whether `http:` is allowed. */
  allowHttp: boolean;
  /** Private networks to allow: `10.0.0.0/8`, `::1/128`. */
  allowedNetworks: readonly string[];
}

/** Public addresses over TLS. */
export const PUBLIC_TARGETS: TargetRules = { allowHttp: false, allowedNetworks: [] };

/** Public addresses of cloud metadata services. */
const METADATA = new Set(["168.63.129.16"]);

/** The rules refuse the address. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
  readonly code = "ADDRESS_REFUSED";
}

/** Whether a text is a network in CIDR notation. */
export function isNetwork(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}

/** Whether an address is public or in an allowed network. False for anything but an address. */
export function isAllowedAddress(address: string, rules: TargetRules): boolean {
  const plain = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (!ipaddr.isValid(plain)) return false;
  // An IPv4-mapped IPv6 address counts as IPv4.
  const parsed = ipaddr.process(plain);
  const isListed = rules.allowedNetworks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network);
    return base.kind() === parsed.kind() && parsed.match([base, bits] as never);
  });
  if (isListed) return true;
  return parsed.range() === "unicast" && !METADATA.has(parsed.toString()) && !isOldMapping(parsed);
}

const OLD_MAPPING = ipaddr.IPv6.parseCIDR("::/96");

/** The deprecated IPv4-compatible IPv6 addresses, which ipaddr.js classifies as public. */
function isOldMapping(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address instanceof ipaddr.IPv6 && address.match(OLD_MAPPING);
}

/**
 * The normalized URL of an endpoint.
 * @throws DomainError `validation_failed`; names are resolved only when something is sent
 */
export function requireTarget(text: string, rules: TargetRules): string {
  const refuse = (code: FieldRule, detail: string, params?: RuleParams) =>
    invalidField("/url", code, detail, params);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) throw refuse("invalid_format", "It must be an absolute URL.", { format: "url" });
  if (url.protocol !== "https:" && !(rules.allowHttp && url.protocol === "http:")) {
    throw refuse("insecure_url", "It must begin with https://.");
  }
  if (url.username || url.password) {
    throw refuse("credentials_in_url", "It must not contain a user name or password.");
  }
  if (url.hash) throw refuse("fragment_in_url", "It must not contain a fragment.");
  const isAddress = isIP(url.hostname.replace(/^\[|\]$/g, "")) !== 0;
  const isLocalName = /(^|\.)localhost\.?$/i.test(url.hostname);
  if (
    (isAddress && !isAllowedAddress(url.hostname, rules)) ||
    (isLocalName && !isAllowedAddress("127.0.0.1", rules))
  ) {
    throw refuse("address_refused", "It must not point to a private, local or reserved address.");
  }
  return url.href;
}

/** Resolves a name once and checks every address, so that a second lookup cannot return another one (DNS rebinding). */
export function guardedLookup(rules: TargetRules): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 0);
      const [first] = addresses;
      const refused = addresses.some(({ address }) => !isAllowedAddress(address, rules));
      if (!first || refused) {
        return callback(new AddressRefused("The name resolves to a refused address."), "", 0);
      }
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}
