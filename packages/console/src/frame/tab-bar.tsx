import { Trans, useLingui } from "@lingui/react/macro";
import { Link, useRouterState } from "@tanstack/react-router";
import { Columns3, Ellipsis, Inbox, Plus } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { loadPart } from "../app/load-part.ts";
import { cx } from "../kit/cx.ts";
import { TABS } from "./navigation.ts";

const MoreSheet = lazy(async () => ({
  default: (await loadPart(() => import("./more-sheet.tsx"))).MoreSheet,
}));

const TAB = "grid w-full content-center justify-items-center gap-0.5";

/** On a phone and a small window, in place of the navigation. */
export function TabBar() {
  const { t } = useLingui();
  const here = useRouterState({ select: ({ location }) => location.pathname });
  const [open, setOpen] = useState(false);
  // There one writes, and has a way back.
  if (here.startsWith("/requests/")) return null;
  const isMore = !TABS.some((to) => here.startsWith(to));
  return (
    <nav
      aria-label={t`Sections`}
      className="mt-auto grid h-14 shrink-0 grid-cols-4 border-t border-line bg-ground text-11 font-medium text-ink-2 split:hidden"
    >
      <TabLink to="/inbox" icon={<Inbox aria-hidden="true" className="size-5" />}>
        <Trans>Inbox</Trans>
      </TabLink>
      <TabLink to="/board" icon={<Columns3 aria-hidden="true" className="size-5" />}>
        <Trans>Board</Trans>
      </TabLink>
      <TabLink to="/new" icon={<Plus aria-hidden="true" className="size-5" />}>
        <Trans>New</Trans>
      </TabLink>
      <button
        type="button"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(true)}
        className={cx(TAB, "focus-visible:outline-offset-[-2px]", isMore && "text-accent")}
      >
        <Ellipsis aria-hidden="true" className="size-5" />
        <Trans>More</Trans>
      </button>
      {open ? (
        <Suspense>
          <MoreSheet onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </nav>
  );
}

function TabLink({ to, icon, children }: { to: string; icon: ReactNode; children: ReactNode }) {
  return (
    <Link
      to={to}
      activeProps={{ className: "text-accent", "aria-current": "page" }}
      className={TAB}
    >
      {icon}
      {children}
    </Link>
  );
}
