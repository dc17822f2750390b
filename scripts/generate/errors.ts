import { ERRORS } from "@serviceflow/domain";
import { page, table } from "./markdown.ts";

export function errors(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, title, retryable }]) => [
    `\`${code}\``,
    String(status),
    title,
    retryable ? "yes" : "no",
  ]);
  return page(
    "Errors",
    "Every error is a problem document (RFC 9457), over REST as the body and over tRPC in `data.problem`. Decide by its `code`. Retryable says whether the same call can succeed when simply sent again.",
    table(["code", "status", "title", "retryable"], rows),
  );
}
