import { ROLES, type Role } from "@serviceflow/domain";
import { z } from "zod";

const SIGN_UP = ["none", "EMPLOYEE"] as const;
const SIGN_OUT = ["local", "provider"] as const;
const MIN_SECRET = 32;
const DEFAULT_SCOPES = "openid email profile";

/** How people sign in with an OpenID Connect provider. */
export interface OidcSettings {
  issuer: string;
  clientId: string;
  /** Null: a public client, which PKCE alone protects. */
  clientSecret: string | null;
  /** What sign-ins in progress are sealed with. */
  stateSecret: string;
  scopes: string;
  label: string;
  /** Origin of the server, as browsers have it. */
  publicUrl: string;
  /** Whether an unknown address gets a user. */
  signsUp: boolean;
  /** Of the addresses that can sign in, in lower case; none: any. */
  domains: readonly string[];
  /** Whether an address counts that the provider does not say it has verified. */
  trustsEmail: boolean;
  /** The claim of the ID token that says the role; null: roles are managed here. */
  roleClaim: string | null;
  roleMap: Readonly<Record<string, Role>>;
  /** Whether people sign out at the provider too. */
  signsOutAtProvider: boolean;
}

const setting = (description: string) => z.string().optional().describe(description);

/** Validated together, once there is an issuer. */
export const oidcVariables = {
  PUBLIC_URL: setting(
    "Origin of the server as browsers have it, such as `https://desk.example.com`. `OIDC_ISSUER` needs it: the provider sends people back to `/api/v1/session/oidc/callback` there.",
  ),
  OIDC_ISSUER: setting(
    "Issuer of an OpenID Connect provider, such as `https://id.example.com/realms/main`. Not set: people sign in with keys and one-time codes alone.",
  ),
  OIDC_CLIENT_ID: setting("The id of this server at the provider."),
  OIDC_CLIENT_SECRET: setting("Its secret. Not set: a public client, protected by PKCE alone."),
  OIDC_STATE_SECRET: setting(
    `At least ${MIN_SECRET} characters, the same on every replica: seals sign-ins in progress. Not set: derived from \`OIDC_CLIENT_SECRET\`, so a public client needs it.`,
  ),
  OIDC_SCOPES: setting(
    `Scopes to ask the provider for, separated by spaces; \`${DEFAULT_SCOPES}\` by default.`,
  ),
  OIDC_LABEL: setting("The provider's name on the button to sign in; `Single sign-on` by default."),
  OIDC_SIGN_UP: setting(
    "`none`, the default: only existing users can sign in. `EMPLOYEE`: an unknown verified address gets a user.",
  ),
  OIDC_EMAIL_DOMAINS: setting(
    "Domains of the addresses that can sign in, separated by commas. Not set: any.",
  ),
  OIDC_TRUST_EMAIL: setting(
    "`true` for a provider that sends no `email_verified`, such as Entra ID, if its administrators alone decide who has which address. `false` by default.",
  ),
  OIDC_ROLE_CLAIM: setting(
    "Claim of the ID token that holds a person's groups or roles, such as `groups` or `realm_access.roles`. Not set: roles are managed here.",
  ),
  OIDC_ROLE_MAP: setting(
    "Which value of that claim gives which role: `desk-admins=ADMIN,desk=AGENT`. The highest counts; without any, EMPLOYEE.",
  ),
  OIDC_SIGN_OUT: setting(
    "`local`, the default: signing out ends the session here. `provider`: pages can offer to sign out at the provider too.",
  ),
};

type Variables = { readonly [Name in keyof typeof oidcVariables]?: string | undefined };

/** Of all tenants of Entra ID: anybody can have a tenant, and in it any address. */
const OF_ANYBODY =
  /^https:\/\/login\.microsoftonline\.com\/(common|organizations|consumers)(\/|$)/i;

/**
 * Reads the settings of the identity provider.
 * @returns null settings where there is none, and a line for each fault, without values
 */
export function readOidc(env: Variables): { settings: OidcSettings | null; faults: string[] } {
  const faults: string[] = [];
  const publicUrl = env.PUBLIC_URL === undefined ? null : originIn(env.PUBLIC_URL);
  if (env.PUBLIC_URL !== undefined && publicUrl === null) {
    faults.push(
      "PUBLIC_URL must be an origin such as https://desk.example.com; http: only on this machine",
    );
  }
  const issuer = env.OIDC_ISSUER;
  if (issuer === undefined) {
    const stray = strayVariables(env);
    if (stray.length > 0) faults.push(`OIDC_ISSUER must be set together with ${stray.join(", ")}`);
    return { settings: null, faults };
  }
  if (!isIssuer(issuer)) {
    faults.push(
      "OIDC_ISSUER must be an https:// URL without a user, a query and a fragment; http:// only on this machine",
    );
  } else if (OF_ANYBODY.test(issuer)) {
    faults.push("OIDC_ISSUER must be of one tenant: anybody can make others, with any address");
  }
  const required = (name: keyof Variables) => {
    if (env[name] === undefined) faults.push(`${name} must be set together with OIDC_ISSUER`);
    return env[name] ?? "";
  };
  const oneOf = <Value extends string>(
    name: keyof Variables,
    values: readonly [Value, ...Value[]],
  ): Value => {
    const value = env[name] ?? values[0];
    if (values.includes(value as Value)) return value as Value;
    faults.push(`${name} must be one of ${values.join(", ")}`);
    return values[0];
  };
  required("PUBLIC_URL");
  const clientId = required("OIDC_CLIENT_ID");
  const scopes = env.OIDC_SCOPES ?? DEFAULT_SCOPES;
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scopes)) {
    faults.push("OIDC_SCOPES must be scopes separated by single spaces");
  } else if (!scopes.split(" ").includes("openid")) faults.push("OIDC_SCOPES must hold openid");
  const label = env.OIDC_LABEL ?? "Single sign-on";
  if (!/^[^\p{Cc}]{1,60}$/u.test(label)) {
    faults.push("OIDC_LABEL must have at most 60 characters, on one line");
  }
  const clientSecret = env.OIDC_CLIENT_SECRET ?? null;
  const stateSecret = env.OIDC_STATE_SECRET ?? clientSecret ?? "";
  if (env.OIDC_STATE_SECRET !== undefined && stateSecret.length < MIN_SECRET) {
    faults.push(`OIDC_STATE_SECRET must have at least ${MIN_SECRET} characters`);
  } else if (stateSecret === "") {
    faults.push("OIDC_STATE_SECRET must be set where there is no OIDC_CLIENT_SECRET");
  }
  const domains = itemsOf(env.OIDC_EMAIL_DOMAINS ?? "").map((domain) => domain.toLowerCase());
  if (!domains.every((domain) => /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(domain))) {
    faults.push("OIDC_EMAIL_DOMAINS must be domains such as example.com, separated by commas");
  }
  const roleClaim = env.OIDC_ROLE_CLAIM ?? null;
  const roleMap = readRoleMap(env.OIDC_ROLE_MAP ?? "");
  if (roleMap === null) {
    faults.push(
      `OIDC_ROLE_MAP must be value=role pairs separated by commas, with the roles ${ROLES.join(", ")}`,
    );
  } else if ((roleClaim === null) !== (Object.keys(roleMap).length === 0)) {
    faults.push("OIDC_ROLE_CLAIM and OIDC_ROLE_MAP must be set together");
  }
  const settings: OidcSettings = {
    issuer,
    clientId,
    clientSecret,
    stateSecret,
    scopes,
    label,
    publicUrl: publicUrl ?? "",
    signsUp: oneOf("OIDC_SIGN_UP", SIGN_UP) === "EMPLOYEE",
    domains,
    trustsEmail: oneOf("OIDC_TRUST_EMAIL", ["false", "true"]) === "true",
    roleClaim,
    roleMap: roleMap ?? {},
    signsOutAtProvider: oneOf("OIDC_SIGN_OUT", SIGN_OUT) === "provider",
  };
  return { settings: faults.length === 0 ? settings : null, faults };
}

/** Whether a URL leads nowhere but to this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

function strayVariables(env: Variables): string[] {
  return Object.keys(oidcVariables).filter(
    (name) => name.startsWith("OIDC_") && env[name as keyof Variables] !== undefined,
  );
}

function isPrivate(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
}

function originIn(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isOrigin = text === url.origin || text === `${url.origin}/`;
  return isOrigin && isPrivate(url) ? url.origin : null;
}

function isIssuer(text: string): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false;
  const url = new URL(text);
  return isPrivate(url) && url.username === "" && url.password === "";
}

function itemsOf(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean);
}

/** Null: it is not one. A value can hold `=` itself. */
function readRoleMap(text: string): Record<string, Role> | null {
  const pairs = itemsOf(text).map((item): [string, string] => {
    const at = item.lastIndexOf("=");
    return [item.slice(0, Math.max(0, at)).trim(), item.slice(at + 1).trim()];
  });
  const isGood = pairs.every(([value, role]) => value !== "" && ROLES.includes(role as Role));
  const isUnique = new Set(pairs.map(([value]) => value)).size === pairs.length;
  return isGood && isUnique ? (Object.fromEntries(pairs) as Record<string, Role>) : null;
}
