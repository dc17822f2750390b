import type { Answer, TestApp } from "./test-app.ts";

export const JSON_TYPE = { "content-type": "application/json" };

/** Calls a whole path exactly as it stands, and reads the problem out of tRPC's envelope. */
export async function send(
  fetchAt: TestApp["fetch"],
  path: string,
  init: RequestInit = {},
): Promise<Answer> {
  const url = path.startsWith("http") ? path : `http://test${path}`;
  const response = await fetchAt(url, init);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  const body = isJson && text !== "" ? JSON.parse(text) : text;
  return {
    status: response.status,
    headers: response.headers,
    body: body.error?.data.problem ?? body.result?.data ?? body,
  };
}
