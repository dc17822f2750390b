import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { isSignedOut, queries } from "../app/client.ts";
import { LoadFailure } from "../app/failure.tsx";
import { SessionProvider } from "../app/session.tsx";
import { ShortcutsProvider } from "../app/shortcuts.tsx";
import { SkeletonRows } from "../kit/banner.tsx";
import { Shell } from "./shell.tsx";

const SignInPage = lazy(async () => ({
  default: (await import("../pages/sign-in/sign-in-page.tsx")).SignInPage,
}));

/** Signed in, the pages; else the way in, at the same address, so that one goes on where one was. */
export function Gate() {
  const { t } = useLingui();
  const me = useQuery({ ...queries.users.me(), staleTime: Number.POSITIVE_INFINITY });
  if (isSignedOut(me.error)) {
    return (
      <Suspense>
        <SignInPage wasSignedIn={me.data !== undefined} />
      </Suspense>
    );
  }
  if (me.data === undefined) {
    return me.isError ? (
      <LoadFailure error={me.error} retry={() => void me.refetch()} />
    ) : (
      <SkeletonRows label={t`Loading`} />
    );
  }
  return (
    <SessionProvider me={me.data}>
      <ShortcutsProvider>
        <Shell />
      </ShortcutsProvider>
    </SessionProvider>
  );
}
