import { useLingui } from "@lingui/react/macro";

// Taking it out of the address begins a navigation, which may mount the page again.
const reason = takeReason();

/** Why the company's account did not sign in, which the server says in the address; it is taken out of it at once. */
export function useRefusal(): string | undefined {
  const { t } = useLingui();
  switch (reason) {
    case undefined:
      return undefined;
    case "not_admitted":
      return t`Nobody can sign in here with this account. An administrator can invite you.`;
    case "expired":
      return t`The sign-in took too long, or began in another browser. Try again.`;
    case "denied":
      return t`Your company’s sign-in refused. Try again, or use a one-time code.`;
    case "unavailable":
      return t`Your company’s sign-in doesn’t answer. Try again, or use a one-time code.`;
    case "busy":
      return t`Many people sign in from this network at the moment. Try again in a minute.`;
    default:
      return t`Signing in with your company’s account failed. An administrator finds the reason in the server’s log.`;
  }
}

function takeReason(): string | undefined {
  const url = new URL(location.href);
  const reason = url.searchParams.get("signIn") ?? undefined;
  if (reason === undefined) return undefined;
  url.searchParams.delete("signIn");
  history.replaceState(history.state, "", url);
  return reason;
}
