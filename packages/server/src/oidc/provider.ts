import type { JWTVerifyGetKey } from "jose";
import type { Configuration, CustomFetch } from "openid-client";
import { boundedFetch } from "./bounded-fetch.ts";
import { type ProvenPerson, personIn } from "./claims.ts";
import { OidcFailure, toFailure } from "./failure.ts";
import { isLoopback, type OidcSettings } from "./settings.ts";

const TIMEOUT_SECONDS = 5;
const CLOCK_TOLERANCE_SECONDS = 30;
const DISCOVERY_MS = 60 * 60_000;
/** For how long a provider that is away is not asked again: strangers can start sign-ins. */
const AWAY_MS = 5_000;
/** Older logout tokens are refused. */
const MAX_LOGOUT_AGE_SECONDS = 300;
const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";
const ASYMMETRIC = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"].concat([
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
]);

/** Path below the API's own at which the provider sends people back. */
export const CALLBACK_PATH = "/session/oidc/callback";

/** What ties the provider's answer to the sign-in that asked for it. */
export interface Checks {
  state: string;
  nonce: string;
  verifier: string;
}

/** What a logout token says. */
export type ProvenLogout = {
  issuer: string;
  /** ISO 8601. */
  issuedAt: string;
} & LoggedOut;

/** One session of the provider, `sid`, or all of an account. */
type LoggedOut = { subject: string; sid: string | null } | { subject: null; sid: string };

interface Discovered {
  config: Configuration;
  /** For ID tokens, and for logout tokens. */
  keys: { ofSignIn: JWTVerifyGetKey; ofLogout: JWTVerifyGetKey };
  at: number;
}

/** Loaded with the first sign-in: most servers have no provider. */
const library = () => import("openid-client");

/** The OpenID Connect provider, which may be away when the server starts. */
export class OidcProvider {
  readonly settings: OidcSettings;
  readonly #redirectUri: string;
  #discovered: Discovered | null = null;
  #pending: Promise<Discovered> | null = null;
  #awayUntil = 0;

  /** @param apiBase path below which the callback is mounted */
  constructor(settings: OidcSettings, apiBase: string) {
    this.settings = settings;
    this.#redirectUri = `${settings.publicUrl}${apiBase}${CALLBACK_PATH}`;
  }

  /** New values for a sign-in. */
  async newChecks(): Promise<Checks> {
    const { randomNonce, randomPKCECodeVerifier, randomState } = await library();
    return { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
  }

  /** Where a person signs in. @throws OidcFailure */
  async authorizationUrl({ state, nonce, verifier }: Checks): Promise<URL> {
    const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await library();
    const { config } = await this.#discover();
    return buildAuthorizationUrl(config, {
      redirect_uri: this.#redirectUri,
      scope: this.settings.scopes,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
  }

  /**
   * Exchanges the code that the provider sent a person back with: checks state, issuer, audience, signature, expiry and
   * nonce.
   * @param query of the callback
   * @throws OidcFailure
   */
  async finish(query: string, { state, nonce, verifier }: Checks): Promise<ProvenPerson> {
    const { authorizationCodeGrant, fetchUserInfo } = await library();
    const { jwtVerify } = await import("jose");
    const { config, keys } = await this.#discover();
    const answer = new URL(this.#redirectUri);
    answer.search = query;
    try {
      const tokens = await authorizationCodeGrant(config, answer, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined || tokens.id_token === undefined) {
        throw new OidcFailure("invalid", "no_id_token");
      }
      // openid-client verifies signatures too, but reads no new keys within a minute.
      await jwtVerify(tokens.id_token, keys.ofSignIn, this.#verification(config));
      const hasAll = typeof claims.email === "string" && typeof claims.name === "string";
      const asks = !hasAll && config.serverMetadata().userinfo_endpoint !== undefined;
      const info = asks ? await fetchUserInfo(config, tokens.access_token, claims.sub) : {};
      return personIn(claims, { ...info }, this.settings);
    } catch (error) {
      throw toFailure(error);
    }
  }

  /** Where people sign out at the provider; null: it has no such page. @throws OidcFailure */
  async signOutUrl(returnPath: string): Promise<URL | null> {
    const { buildEndSessionUrl } = await library();
    const { config } = await this.#discover();
    if (config.serverMetadata().end_session_endpoint === undefined) return null;
    return buildEndSessionUrl(config, {
      post_logout_redirect_uri: `${this.settings.publicUrl}${returnPath}`,
    });
  }

  /**
   * Verifies a logout token.
   * @see https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation
   * @throws OidcFailure
   */
  async logout(token: string): Promise<ProvenLogout> {
    const { jwtVerify } = await import("jose");
    const { config, keys } = await this.#discover();
    const { issuer } = config.serverMetadata();
    try {
      const { payload } = await jwtVerify(token, keys.ofLogout, {
        ...this.#verification(config),
        maxTokenAge: MAX_LOGOUT_AGE_SECONDS,
        requiredClaims: ["jti", "iat", "events"],
      });
      const { events, nonce, sub, iat = 0 } = payload;
      const sid = typeof payload.sid === "string" ? payload.sid : undefined;
      const isLogout =
        typeof events === "object" && events !== null && Object.hasOwn(events, LOGOUT_EVENT);
      if (!isLogout || nonce !== undefined) throw new OidcFailure("invalid", "not_a_logout_token");
      const issuedAt = new Date(iat * 1000).toISOString();
      if (sub !== undefined) return { issuer, subject: sub, sid: sid ?? null, issuedAt };
      if (sid === undefined) throw new OidcFailure("invalid", "no_subject");
      return { issuer, subject: null, sid, issuedAt };
    } catch (error) {
      throw toFailure(error);
    }
  }

  #verification(config: Configuration) {
    return {
      issuer: config.serverMetadata().issuer,
      audience: this.settings.clientId,
      algorithms: ASYMMETRIC,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    };
  }

  /** Reads what the provider says of itself, at most once an hour. @throws OidcFailure */
  async check(): Promise<void> {
    await this.#discover();
  }

  async #discover(): Promise<Discovered> {
    const known = this.#discovered;
    if (known !== null && performance.now() - known.at < DISCOVERY_MS) return known;
    if (performance.now() < this.#awayUntil) {
      if (known !== null) return known;
      throw new OidcFailure("unavailable", "away");
    }
    this.#pending ??= this.#read().finally(() => {
      this.#pending = null;
    });
    try {
      this.#discovered = await this.#pending;
      return this.#discovered;
    } catch (error) {
      this.#awayUntil = performance.now() + AWAY_MS;
      // What it said an hour ago is most likely still true.
      if (known !== null) return known;
      throw error;
    }
  }

  async #read(): Promise<Discovered> {
    const { issuer, clientId, clientSecret } = this.settings;
    const { providerKeys } = await import("./provider-keys.ts");
    const client = await library();
    const url = new URL(issuer);
    const authentication =
      clientSecret === null ? client.None() : client.ClientSecretPost(clientSecret);
    try {
      const config = await client.discovery(
        url,
        clientId,
        { [client.clockTolerance]: CLOCK_TOLERANCE_SECONDS },
        authentication,
        {
          timeout: TIMEOUT_SECONDS,
          [client.customFetch]: boundedFetch as CustomFetch,
          execute: url.protocol === "http:" ? [client.allowInsecureRequests] : [],
        },
      );
      const { jwks_uri, authorization_endpoint, end_session_endpoint } = config.serverMetadata();
      const keysUrl = new URL(jwks_uri ?? "");
      // Browsers are sent to the others: no script and no address without TLS.
      const others = [authorization_endpoint ?? "", end_session_endpoint ?? issuer];
      for (const each of [keysUrl, ...others.map((text) => new URL(text))]) {
        this.#requireProtected(each);
      }
      const keysFor = providerKeys(keysUrl);
      const keys = { ofSignIn: keysFor(), ofLogout: keysFor() };
      return { config, keys, at: performance.now() };
    } catch (error) {
      const { code } = toFailure(error);
      throw new OidcFailure("unavailable", code);
    }
  }

  #requireProtected(url: URL): void {
    const isLocal = isLoopback(new URL(this.settings.issuer)) && isLoopback(url);
    if (url.protocol === "https:" || (url.protocol === "http:" && isLocal)) return;
    throw new OidcFailure("invalid", "url_without_tls");
  }
}
