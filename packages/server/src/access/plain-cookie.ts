import type { Logger } from "pino";
import type { CallContext } from "../context.ts";

const warned = new WeakSet<Logger>();

/**
 * Warns once of a proxy that ends TLS and is not trusted to say so: without the attribute `Secure` and the prefix `__Host-`,
 * other hosts of the site could set the cookie.
 * @param origin of the page, as its browser has it
 */
export function warnOfPlainCookie(
  { secure, log }: Pick<CallContext, "secure" | "log">,
  origin: string | null,
): void {
  if (secure || warned.has(log) || origin?.startsWith("https://") !== true) return;
  warned.add(log);
  log.warn(
    "a browser signed in over TLS, of which the server does not know: set TRUST_PROXY, or its cookie is not Secure",
  );
}
