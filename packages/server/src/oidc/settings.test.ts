import { describe, expect, it } from "vitest";
import { personIn } from "./claims.ts";
import { readOidc } from "./settings.ts";

const GOOD = {
  PUBLIC_URL: "https://desk.example.com",
  OIDC_ISSUER: "https://id.example.com/realms/main",
  OIDC_CLIENT_ID: "desk",
  OIDC_CLIENT_SECRET: "secret",
};

describe("the settings of an identity provider", () => {
  it("are none without an issuer, and have defaults with one", () => {
    expect(readOidc({})).toEqual({ settings: null, faults: [] });
    expect(readOidc({ PUBLIC_URL: "https://desk.example.com" }).faults).toEqual([]);
    expect(readOidc(GOOD)).toEqual({
      settings: {
        issuer: "https://id.example.com/realms/main",
        clientId: "desk",
        clientSecret: "secret",
        stateSecret: "secret",
        scopes: "openid email profile",
        label: "Single sign-on",
        publicUrl: "https://desk.example.com",
        signsUp: false,
        domains: [],
        trustsEmail: false,
        roleClaim: null,
        roleMap: {},
        signsOutAtProvider: false,
      },
      faults: [],
    });
  });

  it.each<[Record<string, string | undefined>, RegExp]>([
    [{ OIDC_ISSUER: undefined }, /^OIDC_ISSUER must be set together with OIDC_CLIENT_ID/],
    [{ OIDC_CLIENT_ID: undefined }, /^OIDC_CLIENT_ID must be set/],
    [{ PUBLIC_URL: undefined }, /^PUBLIC_URL must be set/],
    [{ PUBLIC_URL: "https://desk.example.com/path" }, /^PUBLIC_URL must be an origin/],
    [{ PUBLIC_URL: "http://desk.example.com" }, /^PUBLIC_URL must be an origin/],
    [{ OIDC_ISSUER: "http://id.example.com" }, /^OIDC_ISSUER must be an https/],
    [{ OIDC_ISSUER: "http://127.0.0.1.example.com" }, /^OIDC_ISSUER must be an https/],
    [{ OIDC_ISSUER: "https://ada:hunter2@id.example.com" }, /^OIDC_ISSUER must be an https/],
    [{ OIDC_ISSUER: "https://id.example.com/?a" }, /^OIDC_ISSUER must be an https/],
    [
      { OIDC_ISSUER: "https://login.microsoftonline.com/common/v2.0" },
      /^OIDC_ISSUER .* one tenant/,
    ],
    [{ OIDC_CLIENT_SECRET: undefined }, /^OIDC_STATE_SECRET must be set/],
    [{ OIDC_STATE_SECRET: "hunter2" }, /^OIDC_STATE_SECRET must have at least 32/],
    [{ OIDC_SCOPES: "email" }, /^OIDC_SCOPES must hold openid/],
    [{ OIDC_SCOPES: "openid  email" }, /^OIDC_SCOPES must be scopes/],
    [{ OIDC_LABEL: "a\nb" }, /^OIDC_LABEL/],
    [{ OIDC_SIGN_UP: "ADMIN" }, /^OIDC_SIGN_UP must be one of none, EMPLOYEE/],
    [{ OIDC_EMAIL_DOMAINS: "@example.com" }, /^OIDC_EMAIL_DOMAINS/],
    [{ OIDC_TRUST_EMAIL: "yes" }, /^OIDC_TRUST_EMAIL must be one of false, true/],
    [{ OIDC_ROLE_CLAIM: "groups" }, /^OIDC_ROLE_CLAIM and OIDC_ROLE_MAP must be set together/],
    [{ OIDC_ROLE_MAP: "desk=AGENT" }, /^OIDC_ROLE_CLAIM and OIDC_ROLE_MAP must be set together/],
    [{ OIDC_ROLE_CLAIM: "groups", OIDC_ROLE_MAP: "desk=ROOT" }, /^OIDC_ROLE_MAP must be/],
    [{ OIDC_ROLE_CLAIM: "groups", OIDC_ROLE_MAP: "a=AGENT,a=ADMIN" }, /^OIDC_ROLE_MAP must be/],
    [{ OIDC_SIGN_OUT: "both" }, /^OIDC_SIGN_OUT must be one of local, provider/],
  ])("name the fault of %j, and no value", (changes, fault) => {
    const given = Object.entries({ ...GOOD, ...changes }).filter(
      ([, value]) => value !== undefined,
    );
    const { settings, faults } = readOidc(Object.fromEntries(given));
    expect(settings).toBeNull();
    expect(faults).toEqual([expect.stringMatching(fault)]);
    expect(faults.join()).not.toContain("hunter2");
  });
});

describe("what counts of the claims about a person", () => {
  const rules = {
    trustsEmail: false,
    domains: [],
    roleClaim: "realm_access.roles",
    roleMap: { "cn=desk,dc=example": "AGENT", admins: "ADMIN", constructor: "EMPLOYEE" } as const,
  };
  const token = { iss: "https://id.example.com", sub: "1", email: "a@b.example" };

  it.each<[object, string]>([
    [{ realm_access: { roles: ["admins", "cn=desk,dc=example"] } }, "ADMIN"],
    [{ realm_access: { roles: "cn=desk,dc=example" } }, "AGENT"],
    [{ "realm_access.roles": ["admins"] }, "ADMIN"],
    [{ realm_access: { roles: [["admins"], { admins: true }, 1, null] } }, "EMPLOYEE"],
    [{ realm_access: { roles: ["toString", "__proto__", "ADMINS"] } }, "EMPLOYEE"],
    [{ realm_access: null }, "EMPLOYEE"],
    [{}, "EMPLOYEE"],
  ])("of %j the role is %s", (claims, role) => {
    const person = personIn(
      { ...token, ...claims },
      { realm_access: { roles: ["admins"] } },
      rules,
    );
    expect(person.role).toBe(role);
  });

  it.each([
    [{ _claim_names: { groups: "src1" }, _claim_sources: {} }, "role_claim_elsewhere"],
    [{ sub: "" }, "subject"],
    [{ sub: "a".repeat(256) }, "subject"],
    [{ sub: "a\u0000" }, "subject"],
    [{ sub: "a\ud800" }, "subject"],
  ])("%j is refused", (claims, code) => {
    const byGroups = { ...rules, roleClaim: "groups" };
    expect(() => personIn({ ...token, ...claims }, {}, byGroups)).toThrow(`invalid: ${code}`);
    expect(personIn({ ...token, _claim_names: { groups: "src1" } }, {}, rules).role).toBe(
      "EMPLOYEE",
    );
  });

  it("an address counts with its own verification alone", () => {
    const info = { email: "c@d.example", email_verified: true };
    expect(personIn(token, info, rules).email).toBeNull();
    expect(personIn({ ...token, email_verified: true }, {}, rules).email).toBe("a@b.example");
    const { email: _, ...without } = token;
    expect(personIn(without, info, rules).email).toBe("c@d.example");
    expect(
      personIn({ ...without, email_verified: true }, { email: "x@d.example" }, rules).email,
    ).toBeNull();
    const bounded = { ...rules, domains: ["d.example"] };
    expect(personIn(without, info, bounded).email).toBe("c@d.example");
    const other = { email: "c@evil.example", email_verified: true };
    for (const email of ["c@evil.example", "c@d.example.evil.example", "c@sub.d.example"]) {
      expect(personIn(without, { ...other, email }, bounded).email).toBeNull();
    }
  });
});
