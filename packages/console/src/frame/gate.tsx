import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { isLimited, isSignedOut, queriesAtOnce } from "../app/client.ts";
import { LoadFailure } from "../app/failure.tsx";
import { useLinkCode } from "../app/link-code.ts";
import { loadPart } from "../app/load-part.ts";
import { useOnePerson } from "../app/one-person.ts";
import { SessionProvider } from "../app/session.tsx";
import { ShortcutsProvider } from "../app/shortcuts.tsx";
import { SkeletonRows } from "../kit/banner.tsx";
import { Shell } from "./shell.tsx";

const SignInPage = lazy(async () => ({
  default: (await loadPart(() => import("../pages/sign-in/sign-in-page.tsx"))).SignInPage,
}));

const LinkDialog = lazy(async () => ({
  default: (await loadPart(() => import("./link-dialog.tsx"))).LinkDialog,
}));

/** Signed in, the pages; else the way in, at the same address, so that one goes on where one was. */
export function Gate() {
  const { t } = useLingui();
  const me = useQuery({
    ...queriesAtOnce.users.me(),
    staleTime: Number.POSITIVE_INFINITY,
    // The page has just asked, and "nobody" is an answer.
    retryOnMount: false,
    refetchInterval: ({ state: { data, error } }) =>
      data === undefined && isLimited(error) ? (error.retryAfterMs ?? false) : false,
  });
  const code = useLinkCode();
  const isOut = isSignedOut(me.error);
  useOnePerson(isOut ? undefined : me.data?.id);
  // Behind a busy address nobody learns whether they are signed in, but can sign in.
  if (isOut || (me.data === undefined && isLimited(me.error))) {
    return (
      <Suspense>
        <SignInPage wasSignedIn={me.data !== undefined} />
      </Suspense>
    );
  }
  if (me.data === undefined) {
    return me.isError ? (
      <LoadFailure level={1} error={me.error} retry={() => void me.refetch()} />
    ) : (
      <SkeletonRows label={t`Loading`} />
    );
  }
  return (
    <SessionProvider me={me.data}>
      <ShortcutsProvider>
        <Shell />
        {code === undefined ? null : (
          <Suspense>
            <LinkDialog key={code} code={code} />
          </Suspense>
        )}
      </ShortcutsProvider>
    </SessionProvider>
  );
}
