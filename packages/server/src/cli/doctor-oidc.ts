import type { Config } from "../config.ts";
import { API_BASE } from "../http/api-base.ts";
import { OidcFailure } from "../oidc/failure.ts";
import { OidcProvider } from "../oidc/provider.ts";
import type { Check } from "./check.ts";

/** Checks that the identity provider answers, and is the issuer that it is taken for. */
export async function checkOidc({ oidc }: Config): Promise<Check[]> {
  if (oidc === null) return [];
  const name = "sign-in";
  try {
    await new OidcProvider(oidc, API_BASE).check();
    return [{ name, status: "ok", finding: `with ${oidc.issuer}`, advice: null }];
  } catch (error) {
    if (!(error instanceof OidcFailure)) throw error;
    return [
      {
        name,
        status: "warn",
        finding: `with ${oidc.issuer}: its configuration cannot be read (${error.code})`,
        advice:
          "Start the provider, or correct OIDC_ISSUER. Keys, sessions and one-time codes work all the same.",
      },
    ];
  }
}
