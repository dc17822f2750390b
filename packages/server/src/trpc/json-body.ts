import { DomainError } from "@serviceflow/domain";
import type { HttpCall } from "../context.ts";
import { requireAllowedLength, requireUncoded } from "../http/body.ts";

/**
 * Refuses a body by its headers: form data would reach mutations, and any page can submit a form.
 * @throws DomainError `payload_too_large`, `unsupported_media_type`
 */
export function requireJsonBody({ header }: Pick<HttpCall, "header">): void {
  requireAllowedLength(header("content-length"));
  requireUncoded(header("content-encoding"));
  const type = header("content-type");
  if (type !== null && /^application\/json\s*(?:;|$)/i.test(type)) return;
  throw new DomainError("unsupported_media_type", "Send application/json.");
}
