import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type Configuration } from "oidc-provider";

/** What the provider says of an account; the account is named by its subject. */
type Account = Readonly<Record<string, unknown>>;

export interface RunningProvider {
  issuer: string;
  /** By subject. */
  accounts: Map<string, Account>;
  /** Who signs in at the provider's page. */
  visitor: string;
  /** Changes what the endpoint for tokens answers; null: nothing. */
  tamper: ((answer: Record<string, unknown>) => void) | null;
  /** Whether it refuses connections' calls with 503. */
  isAway: boolean;
  /** How often it was asked for a token. */
  exchanges: number;
  /** How often its public keys were read. */
  keyReads: number;
  /** Signs with a new key from now on, and withdraws the old one. */
  rotateKeys(): void;
  /** Runs the provider's own back-channel logout of a subject, with all its sessions. */
  sendLogout(subject: string): Promise<void>;
  /** Signs a JWT as the provider does. */
  token(header: object, claims: object): string;
  close(): Promise<void>;
}

export const CLIENT = { id: "desk", secret: "a-client-secret-for-tests" };

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

function newKey() {
  return {
    key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
    kid: randomUUID(),
  };
}

/**
 * A real OpenID Connect provider on this machine, whose page to sign in asks nothing.
 * @param logoutUrlAt where it sends logout tokens, by its issuer
 */
export async function startProvider(
  publicUrl: string,
  logoutUrlAt: (issuer: string) => Promise<string>,
): Promise<RunningProvider> {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  const server = createServer((request, response) => handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const accounts = new Map<string, Account>();
  let signing = newKey();
  const logoutUrl = await logoutUrlAt(issuer);
  const callback = `${publicUrl}/api/v1/session/oidc/callback`;

  const configuration: Configuration = {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [callback],
        post_logout_redirect_uris: [`${publicUrl}/console/`],
        token_endpoint_auth_method: "client_secret_post",
        backchannel_logout_uri: logoutUrl,
        backchannel_logout_session_required: true,
      },
      {
        client_id: "public",
        redirect_uris: [callback],
        token_endpoint_auth_method: "none",
      },
    ],
    cookies: { keys: ["a cookie key of the provider"] },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    // Its own guard refuses addresses of this machine.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as RequestInit),
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: {
      openid: ["sub", "groups"],
      email: ["email", "email_verified"],
      profile: ["name"],
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, subject) => {
      const claims = accounts.get(subject);
      return claims && { accountId: subject, claims: () => ({ sub: subject, ...claims }) };
    },
    async loadExistingGrant({ oidc }) {
      const { client, session } = oidc;
      const grant = new oidc.provider.Grant({
        clientId: client?.clientId,
        accountId: session?.accountId,
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  };
  const open = () => {
    const { key, kid } = signing;
    const jwk = { ...key.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
    return new Provider(issuer, { ...configuration, jwks: { keys: [jwk] } });
  };
  let provider = open();
  let own = provider.callback();

  const running: RunningProvider = {
    issuer,
    accounts,
    visitor: "",
    tamper: null,
    isAway: false,
    exchanges: 0,
    keyReads: 0,
    rotateKeys() {
      signing = newKey();
      provider = open();
      own = provider.callback();
    },
    async sendLogout(subject) {
      const client = await provider.Client.find(CLIENT.id);
      const logout = client?.backchannelLogout as (sub: string) => Promise<void>;
      await logout.call(client, subject);
    },
    token(header, claims) {
      const { key, kid } = signing;
      const text = `${base64url({ alg: "RS256", kid, ...header })}.${base64url(claims)}`;
      return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };

  handle = (request, response) => {
    const path = request.url ?? "";
    if (running.isAway) response.writeHead(503).end();
    else if (path.startsWith("/interaction/")) {
      const login = { accountId: running.visitor };
      void provider.interactionFinished(request, response, { login });
    } else if (path === "/jwks") {
      running.keyReads += 1;
      void own(request, response);
    } else if (path === "/token") {
      running.exchanges += 1;
      if (running.tamper) tampering(response, running.tamper);
      void own(request, response);
    } else void own(request, response);
  };
  return running;
}

/** Changes the body of an answer on its way. */
function tampering(response: ServerResponse, change: NonNullable<RunningProvider["tamper"]>): void {
  const end = response.end.bind(response);
  response.end = ((body: string | Buffer) => {
    const answer = JSON.parse(String(body)) as Record<string, unknown>;
    change(answer);
    const text = JSON.stringify(answer);
    response.setHeader("content-length", Buffer.byteLength(text));
    return end(text);
  }) as typeof response.end;
}
