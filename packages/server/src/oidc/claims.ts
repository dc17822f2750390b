import type { Role } from "@serviceflow/domain";
import { OidcFailure } from "./failure.ts";
import type { OidcSettings } from "./settings.ts";

type Claims = Readonly<Record<string, unknown>>;

/** A person as the provider vouches for them. */
export interface ProvenPerson {
  issuer: string;
  subject: string;
  /** As the provider writes it; null: none that counts. */
  email: string | null;
  fullName: string | null;
  /** Null: roles are managed here. */
  role: Role | null;
  /** The provider's own session, which a logout token can name; null: it names none. */
  sid: string | null;
}

/**
 * What counts of the claims about a person. Their role comes from the signed ID token alone.
 * @param userInfo for what the ID token leaves out
 * @throws OidcFailure
 */
export function personIn(
  idToken: Claims & { iss: string; sub: string },
  userInfo: Claims,
  settings: Pick<OidcSettings, "trustsEmail" | "domains" | "roleClaim" | "roleMap">,
): ProvenPerson {
  if (!isSubject(idToken.sub)) throw new OidcFailure("invalid", "subject");
  // An address and whether it is verified belong together.
  const source = typeof idToken.email === "string" ? idToken : userInfo;
  return {
    issuer: idToken.iss,
    subject: idToken.sub,
    email: countingEmail(source, settings),
    fullName: nameIn(idToken) ?? nameIn(userInfo),
    role: roleIn(idToken, settings),
    sid: typeof idToken.sid === "string" ? idToken.sid : null,
  };
}

const MAX_SUBJECT = 255;

/**
 * Of two that only differ in what the database cannot hold, one would get in as the other.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDToken
 */
function isSubject(text: string): boolean {
  const length = text.length;
  return length > 0 && length <= MAX_SUBJECT && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

function countingEmail(
  { email, email_verified: verified }: Claims,
  { trustsEmail, domains }: Pick<OidcSettings, "trustsEmail" | "domains">,
): string | null {
  if (typeof email !== "string") return null;
  if (verified !== true && !(trustsEmail && verified === undefined)) return null;
  const domain = email.slice(email.lastIndexOf("@") + 1).toLowerCase();
  return domains.length === 0 || domains.includes(domain) ? email : null;
}

function nameIn({ name, given_name: given, family_name: family }: Claims): string | null {
  if (typeof name === "string" && name.trim() !== "") return name;
  const parts = [given, family].filter((part) => typeof part === "string" && part !== "");
  return parts.length === 0 ? null : parts.join(" ");
}

const HIGHEST_FIRST = ["ADMIN", "AGENT", "EMPLOYEE"] as const satisfies readonly Role[];

function roleIn(
  claims: Claims,
  { roleClaim, roleMap }: Pick<OidcSettings, "roleClaim" | "roleMap">,
): Role | null {
  if (roleClaim === null) return null;
  if (isElsewhere(claims, roleClaim)) throw new OidcFailure("invalid", "role_claim_elsewhere");
  const values = [valueAt(claims, roleClaim)].flat();
  const roles = values.map((value) =>
    typeof value === "string" && Object.hasOwn(roleMap, value) ? roleMap[value] : undefined,
  );
  return HIGHEST_FIRST.find((role) => roles.includes(role)) ?? "EMPLOYEE";
}

/**
 * Entra ID leaves out the groups of people who have many, and says where they can be read: that is not the same as none.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#AggregatedDistributedClaims
 */
function isElsewhere(claims: Claims, name: string): boolean {
  const { _claim_names: elsewhere } = claims;
  if (Object.hasOwn(claims, name) || typeof elsewhere !== "object") return false;
  return elsewhere !== null && Object.hasOwn(elsewhere, name);
}

/** A claim by its name, or by a path of names such as `realm_access.roles`. */
function valueAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  return path.split(".").reduce<unknown>((value, name) => {
    const isObject = typeof value === "object" && value !== null && Object.hasOwn(value, name);
    return isObject ? (value as Claims)[name] : undefined;
  }, claims);
}
