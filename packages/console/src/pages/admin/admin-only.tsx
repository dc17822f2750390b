import { Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { NotFound } from "../../app/not-found.tsx";
import { useMe } from "../../app/session.tsx";
import { Empty } from "../../kit/banner.tsx";
import { SignOut } from "../you/sign-out.tsx";

/** For others than administrators there is nothing here; the server refuses them as well. */
export function AdminOnly({ children }: { children: ReactNode }) {
  const { t } = useLingui();
  const me = useMe();
  if (me.role !== "ADMIN") return <NotFound />;
  if (!me.callingKey.effectiveScopes.includes("admin")) {
    return (
      <Empty level={1} title={t`This session may not administer.`} acts={<SignOut />}>
        <Trans>
          The key it was started with lacks this scope. Sign out, then sign in with a key that has
          it.
        </Trans>
      </Empty>
    );
  }
  return children;
}
