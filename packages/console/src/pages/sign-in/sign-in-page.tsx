import { Trans, useLingui } from "@lingui/react/macro";
import { ServiceFlowError } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Form } from "react-aria-components";
import { AppearanceButtons } from "../../app/appearance-buttons.tsx";
import { queryClient, sf } from "../../app/client.ts";
import { useFailureText } from "../../app/failure.tsx";
import { Banner } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Field } from "../../kit/field.tsx";
import { Mark } from "../../kit/glyphs.tsx";
import { codeOfAddress } from "./code-of-address.ts";
import { SignInArt } from "./sign-in-art.tsx";

type Way = "code" | "key";

/** The way in: a one-time code or its link, or an API key that is exchanged at once. */
export function SignInPage({ wasSignedIn }: { wasSignedIn: boolean }) {
  const { t } = useLingui();
  const [way, setWay] = useState<Way>("code");
  const failureText = useFailureText();
  const signIn = useMutation({
    mutationFn: async (secret: { code: string } | { apiKey: string }) => sf.session.start(secret),
    onSuccess: () => queryClient.resetQueries(),
  });
  const submit = (input: string) =>
    signIn.mutate(way === "code" ? { code: input.trim() } : { apiKey: input.trim() });

  const followed = useRef(false);
  useEffect(() => {
    const code = codeOfAddress();
    if (code === undefined || followed.current) return;
    followed.current = true;
    signIn.mutate({ code });
  });

  const refusal = ServiceFlowError.is(signIn.error) && signIn.error.status === 401;
  const errorText = !signIn.isError
    ? undefined
    : refusal && way === "code"
      ? t`This code is wrong, used or expired. Ask for a new one.`
      : refusal
        ? t`This key is wrong, expired or revoked.`
        : failureText(signIn.error);

  return (
    <div className="grid min-h-dvh bg-sheet tablet:grid-cols-[minmax(0,480px)_minmax(0,1fr)]">
      <main className="grid grid-rows-[auto_1fr_auto] gap-6 px-6 py-10 tablet:border-r tablet:border-line tablet:px-14">
        <div className="flex items-center gap-2 font-semibold">
          <Mark />
          ServiceFlow
        </div>
        <div className="grid gap-5 self-center pb-6">
          <div>
            <h1 className="text-28 tracking-[-.012em]">
              <Trans>Sign in</Trans>
            </h1>
            <p className="text-ink-2">
              <Trans>to {location.host}</Trans>
            </p>
          </div>
          {wasSignedIn ? (
            <Banner>
              <Trans>Your session has ended. Sign in to go on where you were.</Trans>
            </Banner>
          ) : null}
          <Form
            key={way}
            className="grid gap-3"
            validationErrors={errorText === undefined ? {} : { secret: errorText }}
            onSubmit={(event) => {
              event.preventDefault();
              submit(String(new FormData(event.currentTarget).get("secret") ?? ""));
            }}
          >
            {way === "code" ? (
              <Field
                name="secret"
                label={t`One-time code`}
                hint={t`From your invitation, or from a device where you’re signed in.`}
                isRequired
                autoFocus
                autoComplete="one-time-code"
                spellCheck="false"
                inputClassName="font-mono h-12!"
              />
            ) : (
              <Field
                name="secret"
                label={t`API key`}
                hint={t`The key is exchanged for a session at once and never stored here.`}
                isRequired
                autoFocus
                type="password"
                autoComplete="off"
                spellCheck="false"
                inputClassName="font-mono"
              />
            )}
            <div className="mt-2">
              <Button
                type="submit"
                kind="primary"
                size="lg"
                keys="Enter"
                isPending={signIn.isPending}
              >
                <Trans>Continue</Trans>
              </Button>
            </div>
          </Form>
          <div className="grid gap-2 border-t border-line pt-5">
            <p className="text-12 text-ink-3">
              <Trans>Other ways</Trans>
            </p>
            <Button
              size="lg"
              className="justify-between!"
              onPress={() => {
                signIn.reset();
                setWay(way === "code" ? "key" : "code");
              }}
            >
              {way === "code" ? t`API key` : t`One-time code`}
              <ChevronRight aria-hidden="true" className="size-4" />
            </Button>
          </div>
        </div>
        <footer className="flex items-center gap-3 text-12 text-ink-3">
          <AppearanceButtons />
        </footer>
      </main>
      <SignInArt />
    </div>
  );
}
