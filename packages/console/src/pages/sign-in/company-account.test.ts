import { describe, expect, it } from "vitest";
import { readCompanyAccount } from "./company-account.ts";

const HERE = "https://sf.example/console/inbox?view=mine#code=x";

describe("the company's sign-in", () => {
  it.each([
    ["is absent where the server names none", undefined, undefined],
    ["is absent without a name", "", "/session/company"],
    ["is absent without an address", "Norvik", undefined],
    ["is never at another server", "Norvik", "https://evil.example/session"],
    ["is never a script", "Norvik", "javascript:alert(1)"],
    ["is never at another server without a scheme", "Norvik", "//evil.example/session"],
  ])("%s", (_, name, href) => {
    expect(readCompanyAccount(name, href, HERE)).toBeUndefined();
  });

  it("comes back to where one was, without the fragment", () => {
    expect(readCompanyAccount("Norvik", "/session/company", HERE)).toEqual({
      name: "Norvik",
      href: "https://sf.example/session/company?returnTo=%2Fconsole%2Finbox%3Fview%3Dmine",
    });
  });
});
