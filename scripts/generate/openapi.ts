import { openApiDocument } from "@serviceflow/server";

/** The document that the server answers at `/openapi.json`. */
export function openapi(): string {
  return openApiDocument();
}
