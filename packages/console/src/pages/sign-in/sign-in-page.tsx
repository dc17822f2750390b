import { Trans, useLingui } from "@lingui/react/macro";
import { ServiceFlowError } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Form } from "react-aria-components";
import { AppearanceButtons } from "../../app/appearance-buttons.tsx";
import { atOnce, queries, queryClient, sf } from "../../app/client.ts";
import { leave } from "../../app/leave.ts";
import { forgetLinkCode, useLinkCode } from "../../app/link-code.ts";
import { useOnline } from "../../app/online.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { useSessionOptions } from "../../app/session-options.ts";
import { Banner } from "../../kit/banner.tsx";
import { Button, buttonShape } from "../../kit/button.tsx";
import { cx } from "../../kit/cx.ts";
import { Mark } from "../../kit/glyphs.tsx";
import { toast } from "../../kit/toast.tsx";
import { companyAccount } from "./company-account.ts";
import { useRefusal } from "./refusal-of-address.ts";
import { SecretField } from "./secret-field.tsx";
import { SignInArt } from "./sign-in-art.tsx";
import { useSignInWords, type Way } from "./sign-in-words.ts";
import { useWait } from "./use-wait.ts";

interface Attempt {
  way: Way;
  secret: string;
  byLink?: boolean;
}

/** The way in: a one-time code or its link, the company's account, or an API key that is exchanged at once. */
export function SignInPage({ wasSignedIn }: { wasSignedIn: boolean }) {
  const { t } = useLingui();
  const online = useOnline();
  const words = useSignInWords();
  const [way, setWay] = useState<Way>("code");
  const company = companyAccount(useSessionOptions(), location.href);
  const refusal = useRefusal();
  usePageTitle(t`Sign in`);
  const signIn = useSignIn();
  const wait = useWait(
    ServiceFlowError.is(signIn.error) ? signIn.error.retryAfterMs : undefined,
    signIn.error,
  );

  // A link signs in without a press, once.
  const { mutate } = signIn;
  const code = useLinkCode();
  const followed = useRef<string>(undefined);
  useEffect(() => {
    if (code === undefined || followed.current === code) return;
    followed.current = code;
    forgetLinkCode();
    mutate({ way: "code", secret: code, byLink: true });
  }, [mutate, code]);

  const errorText = signIn.isError ? words(signIn.error, signIn.variables.way) : undefined;
  const choose = (next: Way) => {
    signIn.reset();
    setWay(next);
  };
  return (
    <div className="grid min-h-dvh bg-sheet tablet:grid-cols-[minmax(0,480px)_minmax(0,1fr)]">
      <main className="grid grid-rows-[auto_1fr_auto] gap-6 p-5 tablet:border-r tablet:border-line tablet:px-14 tablet:py-10">
        <div className="flex items-center gap-2 font-semibold">
          <Mark />
          ServiceFlow
        </div>
        <div className="grid gap-5 self-center pb-6">
          <div>
            <h1 className="text-28 tracking-[-.012em]">
              <Trans>Sign in</Trans>
            </h1>
            <p className="text-ink-2 wrap-anywhere">
              <Trans>to {location.host}</Trans>
            </p>
          </div>
          {wasSignedIn ? (
            <div className="overflow-hidden rounded-4 border border-b-0 border-line">
              <Banner>
                <Trans>
                  Your session has ended. Sign in to go on where you were; what you typed is kept.
                </Trans>
              </Banner>
            </div>
          ) : null}
          {refusal === undefined ? null : (
            <div className="overflow-hidden rounded-4 border border-b-0 border-line">
              <Banner kind="bad">{refusal}</Banner>
            </div>
          )}
          <Form
            key={way}
            className="grid gap-3"
            // Errors do not hold up the next try.
            validationBehavior="aria"
            validationErrors={errorText === undefined ? {} : { secret: errorText }}
            onSubmit={(event) => {
              event.preventDefault();
              const secret = String(new FormData(event.currentTarget).get("secret") ?? "").trim();
              if (secret !== "" && !signIn.isPending && wait === 0) mutate({ way, secret });
            }}
          >
            <SecretField way={way} />
            <div className="mt-2 flex flex-wrap items-center gap-3">
              <Button
                type="submit"
                kind="primary"
                size="lg"
                keys="Enter"
                isDisabled={!online || wait > 0}
                isPending={signIn.isPending}
              >
                <Trans>Continue</Trans>
              </Button>
              <span role="status" className="text-12 text-ink-3">
                {!online ? (
                  <Trans>You’re offline.</Trans>
                ) : wait > 0 ? (
                  <Trans>Wait {wait} s, then try again.</Trans>
                ) : signIn.isPending ? (
                  <Trans>Signing in</Trans>
                ) : null}
              </span>
            </div>
          </Form>
          <div className="grid gap-2 border-t border-line pt-5">
            <p className="text-12 text-ink-3">
              <Trans>Other ways</Trans>
            </p>
            {company === undefined ? null : (
              <a
                href={company.href}
                className={cx(
                  buttonShape,
                  "h-9 justify-between! border-thread bg-sheet px-3.5 hover:bg-hover pointer-coarse:h-11",
                )}
              >
                {company.name}
                <ArrowRight aria-hidden="true" className="size-4" />
              </a>
            )}
            <Button
              size="lg"
              className="justify-between!"
              onPress={() => choose(way === "code" ? "key" : "code")}
            >
              {way === "code" ? t`API key` : t`One-time code`}
              <ArrowRight aria-hidden="true" className="size-4" />
            </Button>
            {way === "code" ? (
              <p className="text-12 text-ink-3">
                <Trans>The key is exchanged for a session at once and never stored here.</Trans>
              </p>
            ) : null}
          </div>
        </div>
        <footer className="-ml-2 flex items-center gap-3 text-12 text-ink-3">
          <AppearanceButtons />
        </footer>
      </main>
      <SignInArt />
    </div>
  );
}

function signOut(label: string) {
  const goToSignOut = () => location.assign("/console/you");
  return { label, onPress: () => void sf.session.end().then(() => leave(), goToSignOut) };
}

function useSignIn() {
  const { t } = useLingui();
  const failed = useRef<{ secret: string; idempotencyKey: string | undefined } | undefined>(
    undefined,
  );
  return useMutation({
    mutationFn: async ({ way, secret }: Attempt) => {
      // A code works once: if its answer was lost, the same call gets it again.
      const again = failed.current?.secret === secret ? failed.current.idempotencyKey : undefined;
      const input = way === "code" ? { code: secret } : { apiKey: secret };
      return atOnce.session.start(input, { idempotencyKey: again });
    },
    onSuccess: async (_, { byLink = false }) => {
      await queryClient.resetQueries();
      const me = queryClient.getQueryData(queries.users.me().queryKey);
      // Somebody else may have sent the link.
      if (byLink && me)
        toast(t`You’re signed in as ${me.fullName}.`, signOut(t`Not you? Sign out`));
    },
    onError: (error, { secret }) => {
      const idempotencyKey = ServiceFlowError.is(error) ? error.idempotencyKey : undefined;
      failed.current = { secret, idempotencyKey };
    },
  });
}
