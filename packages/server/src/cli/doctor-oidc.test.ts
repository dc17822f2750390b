import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { readConfig } from "../config.ts";
import { checkOidc } from "./doctor-oidc.ts";

/** What the doctor finds with a provider that says so of itself; null: it is away. */
async function findingOf(claimed: object | null) {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    const own = { issuer, jwks_uri: `${issuer}/jwks`, authorization_endpoint: `${issuer}/auth` };
    response.end(JSON.stringify({ ...own, ...claimed }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (claimed === null) server.close();
  const environment = {
    PUBLIC_URL: "https://desk.example.com",
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: "desk",
    OIDC_CLIENT_SECRET: "hunter2",
  };
  const [check] = await checkOidc(readConfig(environment, false));
  server.closeAllConnections();
  server.close();
  expect(JSON.stringify(check)).not.toContain("hunter2");
  return { ...check, finding: check?.finding.replace(`with ${issuer}`, "") };
}

it("finds nothing to check without a provider", async () => {
  expect(await checkOidc(readConfig({}, false))).toEqual([]);
});

it.each<[object | null, string, RegExp]>([
  [{}, "ok", /^$/],
  [{ issuer: "https://id.example.com" }, "warn", /cannot be read/],
  [{ jwks_uri: "http://id.example.com/jwks" }, "warn", /cannot be read \(url_without_tls\)/],
  [{ jwks_uri: undefined }, "warn", /cannot be read/],
  [{ authorization_endpoint: undefined }, "warn", /cannot be read/],
  [null, "warn", /cannot be read/],
])("finds of a provider that says %j: %s", async (claimed, status, finding) => {
  const found = await findingOf(claimed);
  expect(found).toMatchObject({ name: "sign-in", status });
  expect(found.finding).toMatch(finding);
});
