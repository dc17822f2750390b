import { describe, expect, it } from "vitest";
import { companyAccount } from "./company-account.ts";

const HERE = "https://sf.example/console/inbox?view=mine#code=x";

describe("the company's sign-in", () => {
  it("is absent where the server offers none", () => {
    expect(companyAccount({ oidc: null }, HERE)).toBeUndefined();
  });

  it.each([
    ["at another server", "https://evil.example/session"],
    ["a script", "javascript:alert(1)"],
    ["at another server without a scheme", "//evil.example/session"],
  ])("is never %s", (_, url) => {
    const oidc = { label: "Norvik", url, signOutUrl: null };
    expect(companyAccount({ oidc }, HERE)).toBeUndefined();
  });

  it("comes back to where one was, without the fragment", () => {
    const oidc = { label: "Norvik", url: "/api/v1/session/oidc", signOutUrl: null };
    expect(companyAccount({ oidc }, HERE)).toEqual({
      name: "Norvik",
      href: "https://sf.example/api/v1/session/oidc?return=%2Fconsole%2Finbox%3Fview%3Dmine",
    });
  });
});
