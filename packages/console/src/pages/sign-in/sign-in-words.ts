import { useLingui } from "@lingui/react/macro";
import { ServiceFlowError } from "@serviceflow/sdk";
import { useFailureText } from "../../app/failure.tsx";

export type Way = "code" | "key";

/** Why signing in has failed, and what one can do. */
export function useSignInWords(): (error: unknown, way: Way) => string {
  const { t } = useLingui();
  const failureText = useFailureText();
  return (error, way) => {
    if (!ServiceFlowError.is(error)) return failureText(error);
    switch (error.code) {
      case "unauthenticated":
        return way === "code"
          ? t`This code is wrong, used or expired. Ask for a new one.`
          : t`This key is wrong, expired or revoked.`;
      case "rate_limited":
        return t`Too many attempts from this network.`;
      case "validation_failed":
        return way === "code" ? t`This is not a code.` : t`This is not a key.`;
      case "forbidden":
        return t`Signing in works only on this server’s own page, ${location.origin}.`;
      case "unavailable":
      case "overloaded":
        return t`The server is busy. Try again in a moment.`;
      case "network_error":
      case "timeout":
        return t`The server cannot be reached. Check the network and try again.`;
      default:
        return failureText(error);
    }
  };
}
