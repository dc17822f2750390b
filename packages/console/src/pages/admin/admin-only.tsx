import { Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { NotFound } from "../../app/not-found.tsx";
import { useMe } from "../../app/session.tsx";
import { Empty } from "../../kit/banner.tsx";

/** For others than administrators there is nothing here; the server refuses them as well. */
export function AdminOnly({ children }: { children: ReactNode }) {
  const { t } = useLingui();
  const me = useMe();
  if (me.role !== "ADMIN") return <NotFound />;
  if (!me.callingKey.effectiveScopes.includes("admin")) {
    return (
      <Empty title={t`This session may not administer.`}>
        <Trans>It was started with a key without this scope. Sign in with another one.</Trans>
      </Empty>
    );
  }
  return children;
}
