import { DomainError, invalidField, type SessionOptions } from "@serviceflow/domain";
import { type Context, Hono } from "hono";
import { warnOfPlainCookie } from "../access/plain-cookie.ts";
import { sessionCookie, signInCookie, signInIn } from "../access/session-cookie.ts";
import type { ContextFactory, HttpCall } from "../context.ts";
import { allowOf, answerMethod } from "../http/allow.ts";
import { readText } from "../http/body.ts";
import { toDomainError } from "../http/problem.ts";
import { problemResponse } from "../http/problem-response.ts";
import { OidcFailure } from "../oidc/failure.ts";
import { CALLBACK_PATH, type OidcProvider } from "../oidc/provider.ts";
import { TRANSACTION_SECONDS, type Transaction, TransactionSeal } from "../oidc/transaction.ts";
import { endByProvider } from "../people/identities/commands.ts";
import { NotAdmitted, signIn } from "../people/identities/sign-in.ts";

const OPTIONS_PATH = "/session/options";
const START_PATH = "/session/oidc";
const SIGN_OUT_PATH = "/session/oidc/sign-out";
const LOGOUT_PATH = "/session/oidc/backchannel-logout";
/** Where people go who asked for nothing else. */
const HOME = "/console/";
const MAX_RETURN = 512;
const MAX_QUERY = 8192;
const OPTIONS_SECONDS = 60;

/** What the page to sign in may say of a failure: nothing about the person, and not whether they have a user. */
type SignInError =
  | "not_admitted"
  | "expired"
  | "denied"
  | "unavailable"
  | "busy"
  | "last_admin"
  | "failed";

/**
 * Sign-in with an OpenID Connect provider: navigations of a browser, which are answered with redirects, and the provider's
 * own calls.
 * @param base path below which the routes are mounted
 */
export function oidcRoutes(
  base: string,
  contextOf: ContextFactory,
  provider: OidcProvider | null,
): Hono {
  const app = new Hono();
  const seal = provider && new TransactionSeal(provider.settings);
  const route = (
    method: "GET" | "POST",
    path: string,
    answer: (ctx: HttpCall, url: URL) => Promise<Response>,
  ) => {
    const begin = (c: Context) => {
      const ctx = contextOf(c.req.raw, c.env);
      ctx.lines.route = `${base}${path}`;
      ctx.responseHeaders["cache-control"] = "no-store";
      return ctx;
    };
    app.on(method, path, async (c) => {
      const ctx = begin(c);
      // A code is good for one exchange: the HEAD of a preview must not use it up.
      if (c.req.raw.method === "HEAD") return new Response(null, { headers: ctx.responseHeaders });
      try {
        return await answer(ctx, new URL(c.req.url));
      } catch (error) {
        return problemTo(ctx, toDomainError(error));
      }
    });
    app.all(path, (c) => answerMethod(c.req.method, allowOf([method]), begin(c)));
  };

  route("GET", OPTIONS_PATH, async (ctx) => {
    const signsOut = provider?.settings.signsOutAtProvider ?? false;
    const oidc: SessionOptions["oidc"] = provider && {
      label: provider.settings.label,
      url: `${base}${START_PATH}`,
      signOutUrl: signsOut ? `${base}${SIGN_OUT_PATH}` : null,
    };
    const headers = {
      ...ctx.responseHeaders,
      "content-type": "application/json",
      "cache-control": `public, max-age=${OPTIONS_SECONDS}`,
    };
    return new Response(JSON.stringify({ oidc }), { headers });
  });

  route("GET", START_PATH, async (ctx, url) => {
    const { provider, seal } = configured();
    const returnTo = returnPathIn(url.searchParams, provider.settings.publicUrl);
    requireNavigation(ctx);
    await ctx.limits.chargeSignIn(ctx.clientAddress, ctx.responseHeaders);
    try {
      const checks = await provider.newChecks();
      const location = await provider.authorizationUrl(checks);
      const expiresAt = ctx.clock().getTime() + TRANSACTION_SECONDS * 1000;
      const sealed = seal.seal({ ...checks, returnTo, expiresAt }, ctx.random(12));
      return redirect(ctx, location.href, [signInCookie(sealed, TRANSACTION_SECONDS, ctx)]);
    } catch (error) {
      return failed(ctx, error);
    }
  });

  route("GET", CALLBACK_PATH, async (ctx, url) => {
    const { provider, seal } = configured();
    requireNavigation(ctx);
    await ctx.limits.chargeSignIn(ctx.clientAddress, ctx.responseHeaders);
    const begun = signInIn(ctx.header("cookie"), ctx);
    const transaction = begun === null ? null : seal.open(begun, ctx.clock());
    if (transaction === null || !isAnswerTo(transaction, url)) return refused(ctx, "expired");
    try {
      const person = await provider.finish(url.search, transaction);
      const { secret, session } = await signIn(commandContext(ctx), person, provider.settings);
      warnOfPlainCookie(ctx, provider.settings.publicUrl);
      return redirect(ctx, transaction.returnTo, [
        sessionCookie(secret, session.expiresAt, ctx, ctx.clock()),
        signInCookie("", 0, ctx),
      ]);
    } catch (error) {
      return failed(ctx, error);
    }
  });

  route("GET", SIGN_OUT_PATH, async (ctx) => {
    const { provider } = configured();
    if (!provider.settings.signsOutAtProvider) throw notConfigured();
    requireNavigation(ctx);
    await ctx.limits.chargeSignIn(ctx.clientAddress, ctx.responseHeaders);
    try {
      const url = await provider.signOutUrl(HOME);
      return redirect(ctx, url?.href ?? HOME, []);
    } catch (error) {
      return failed(ctx, error);
    }
  });

  route("POST", LOGOUT_PATH, async (ctx) => {
    const { provider } = configured();
    const token = new URLSearchParams(await readText(ctx.body)).get("logout_token");
    try {
      if (token === null) throw new OidcFailure("invalid", "no_token");
      const logout = await provider.logout(token);
      await endByProvider(commandContext(ctx), logout);
      return new Response(null, { headers: ctx.responseHeaders });
    } catch (error) {
      if (!(error instanceof OidcFailure)) throw error;
      const { reason, code } = error;
      ctx.log.warn({ requestId: ctx.requestId, reason, code }, "logout token refused");
      if (reason === "unavailable") throw unavailable();
      // Any page can make its visitors send one: that must not block their address.
      await ctx.limits.chargeKeyless(ctx.clientAddress, ctx.responseHeaders);
      throw new DomainError("malformed_request", "The logout token is not valid.");
    }
  });

  function configured() {
    if (provider === null || seal === null) throw notConfigured();
    return { provider, seal };
  }

  return app;
}

function notConfigured(): DomainError {
  return new DomainError("not_found", "There is nothing at this path.");
}

function unavailable(): DomainError {
  return new DomainError("unavailable", "The identity provider does not answer; try again.");
}

/** Where to go after the sign-in: a path of this server and nothing else. */
function returnPathIn(query: URLSearchParams, origin: string): string {
  const given = query.get("return");
  if (given === null) return HOME;
  const isPath = /^\/(?![/\\])[\x21-\x7e]*$/.test(given) && given.length <= MAX_RETURN;
  const url = isPath && URL.canParse(given, origin) ? new URL(given, origin) : null;
  const path = url && `${url.pathname}${url.search}${url.hash}`;
  // Dots can leave two slashes, which begin another host.
  if (url === null || url.origin !== origin || path === null || path.startsWith("//")) {
    throw invalidField(
      "/return",
      "invalid_format",
      `Must be a path of this server, such as ${HOME}, with at most ${MAX_RETURN} characters.`,
    );
  }
  return path;
}

/** Before anybody asks the provider: strangers could otherwise have it asked. */
function isAnswerTo({ state }: Transaction, { search, searchParams }: URL): boolean {
  return search.length <= MAX_QUERY && searchParams.get("state") === state;
}

/** Only what a command may know of a navigation: neither its cookies nor an idempotency key are its own. */
function commandContext(ctx: HttpCall) {
  const { db, clock, random, keyBounds, sessionBounds, defaultCategory } = ctx;
  const { requestId, clientAddress } = ctx;
  const header = (name: string) =>
    name === "user-agent" || name === "x-request-id" ? ctx.header(name) : null;
  const services = { db, clock, random, keyBounds, sessionBounds, defaultCategory };
  return { ...services, requestId, clientAddress, header, responseHeaders: {} };
}

/**
 * An image or a frame of any page could otherwise use up the sign-ins of its visitors' address.
 * @throws DomainError `forbidden`
 */
function requireNavigation({ header }: HttpCall): void {
  const to = header("sec-fetch-dest");
  if (to === null || to === "document") return;
  throw new DomainError("forbidden", "Open this address in a window: no page can load it.");
}

function failed(ctx: HttpCall, error: unknown): Response {
  const { requestId } = ctx;
  if (error instanceof NotAdmitted) {
    noteFailure(ctx);
    ctx.log.warn({ requestId, reason: error.reason }, "sign-in refused");
    return refused(ctx, "not_admitted");
  }
  if (error instanceof OidcFailure) {
    const { reason, code } = error;
    ctx.log.warn({ requestId, reason, code }, "sign-in failed");
    if (reason === "invalid") noteFailure(ctx);
    return refused(ctx, reason === "invalid" ? "failed" : reason);
  }
  if (error instanceof DomainError && error.code === "last_admin") {
    ctx.log.warn({ requestId, reason: error.code }, "sign-in refused");
    return refused(ctx, "last_admin");
  }
  throw error;
}

/** For the audit log. Nobody has guessed a secret, so it does not block the address. */
function noteFailure({ clientAddress: address, noteSignInFailure }: HttpCall): void {
  noteSignInFailure({ address, keyUuid: null });
}

const PROBLEMS: Readonly<Record<Exclude<SignInError, "busy">, () => DomainError>> = {
  not_admitted: () => new DomainError("forbidden", "Nobody may sign in here with this account."),
  expired: () =>
    new DomainError("unauthenticated", "The sign-in has expired, or began in another browser."),
  denied: () => new DomainError("unauthenticated", "The identity provider refused the sign-in."),
  unavailable,
  last_admin: () =>
    new DomainError(
      "last_admin",
      "The identity provider takes the role from the last administrator with a working key.",
    ),
  failed: () => new DomainError("unauthenticated", "The answer of the provider is not valid."),
};

/** A person is sent to the page that explains it, a program gets the problem. */
function refused(ctx: HttpCall, code: Exclude<SignInError, "busy">): Response {
  return explained(ctx, code, PROBLEMS[code](), [signInCookie("", 0, ctx)]);
}

/** A limit leaves the sign-in in progress: it can go on a minute later. */
function problemTo(ctx: HttpCall, problem: DomainError): Response {
  return problem.code === "rate_limited"
    ? explained(ctx, "busy", problem, [])
    : problemResponse(problem, ctx);
}

function explained(
  ctx: HttpCall,
  code: SignInError,
  problem: DomainError,
  cookies: readonly string[],
): Response {
  if (ctx.header("accept")?.includes("text/html")) {
    ctx.lines.code = problem.code;
    return redirect(ctx, `${HOME}?signIn=${code}`, cookies);
  }
  return withCookies(problemResponse(problem, ctx), cookies);
}

function redirect(ctx: HttpCall, location: string, cookies: readonly string[]): Response {
  const headers = { ...ctx.responseHeaders, location };
  return withCookies(new Response(null, { status: 303, headers }), cookies);
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const cookie of cookies) response.headers.append("set-cookie", cookie);
  return response;
}
