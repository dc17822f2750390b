import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { AppearanceButtons } from "../app/appearance-buttons.tsx";
import { queries } from "../app/client.ts";
import { ConnectionBanner } from "../app/connection.tsx";
import { useLive } from "../app/live.ts";
import { loadPart } from "../app/load-part.ts";
import { isStaff, useMe } from "../app/session.tsx";
import { useShortcuts } from "../app/shortcuts.tsx";
import { capped, VIEWS } from "../app/views.ts";
import { Button } from "../kit/button.tsx";
import { cx } from "../kit/cx.ts";
import { Mark, PersonGlyph } from "../kit/glyphs.tsx";
import { Keys } from "../kit/key.tsx";
import { Count } from "../kit/tabs.tsx";
import { Toasts } from "../kit/toast.tsx";
import { NAVIGATION } from "./navigation.ts";
import { TabBar } from "./tab-bar.tsx";

const ShortcutSheet = lazy(async () => ({
  default: (await loadPart(() => import("./shortcut-sheet.tsx"))).ShortcutSheet,
}));
const loadPalette = () => loadPart(() => import("./palette/palette.tsx"));
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }));

const PALETTE_AFTER_MS = 1_500;

/** The frame around the pages: navigation in words for those who work on requests, a bar alone for the others. */
export function Shell() {
  const { t, i18n } = useLingui();
  const me = useMe();
  const navigate = useNavigate();
  const [sheetOpen, setSheetOpen] = useState(false);
  const [paletteOpen, setPaletteOpen] = useState(false);
  useLive(me);
  // One types on as soon as it opens.
  useEffect(() => {
    const timer = setTimeout(() => void loadPalette(), PALETTE_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  useShortcuts([
    {
      keys: "Mod+KeyK",
      label: t`Search or run`,
      run: () => setPaletteOpen(true),
      inFields: true,
    },
    { keys: "Question", label: t`Keyboard shortcuts`, run: () => setSheetOpen(true) },
    { keys: "KeyC", label: t`New request`, run: () => void navigate({ to: "/new" }) },
    ...NAVIGATION.filter(({ roles, key }) => key !== undefined && roles.includes(me.role)).map(
      ({ to, key, label }) => ({
        keys: `KeyG Key${key}`,
        label: t`Go to ${i18n._(label)}`,
        run: () => void navigate({ to }),
      }),
    ),
  ]);
  return (
    <>
      <a
        href="#main"
        className="fixed top-1 left-1 z-(--z-tooltip) -translate-y-16 rounded-4 bg-accent px-3 py-1 text-on-accent focus:translate-y-0"
      >
        <Trans>Skip to the page</Trans>
      </a>
      {isStaff(me) ? (
        <StaffFrame onHelp={() => setSheetOpen(true)} onSearch={() => setPaletteOpen(true)} />
      ) : (
        <EmployeeFrame />
      )}
      {paletteOpen ? (
        <Suspense>
          <Palette onClose={() => setPaletteOpen(false)} />
        </Suspense>
      ) : null}
      <Toasts label={t`Messages`} closeLabel={t`Close`} />
      {sheetOpen ? (
        <Suspense>
          <ShortcutSheet isOpen onOpenChange={setSheetOpen} />
        </Suspense>
      ) : null}
    </>
  );
}

function StaffFrame({ onHelp, onSearch }: { onHelp: () => void; onSearch: () => void }) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const navigate = useNavigate();
  const counts = useQuery(queries.requests.counts(VIEWS));
  const entries = NAVIGATION.filter(({ roles }) => roles.includes(me.role));
  const own = entries.filter(({ admin }) => !admin);
  const admin = entries.filter((entry) => entry.admin);
  return (
    <div className="grid h-dvh overflow-hidden split:grid-cols-[var(--nav)_minmax(0,1fr)]">
      <nav
        aria-label={t`Main`}
        className="hidden min-h-0 flex-col gap-3.5 overflow-y-auto border-r border-line bg-ground pb-2.5 split:flex"
      >
        <Link to="/" className="flex h-(--bar) shrink-0 items-center gap-2 px-3.5 font-semibold">
          <Mark />
          ServiceFlow
        </Link>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-1.5 px-2.5">
          <Button
            keys="C"
            className="justify-between! border-line!"
            onPress={() => void navigate({ to: "/new" })}
          >
            <Trans>New request</Trans>
          </Button>
          <Button keys="Mod+K" className="justify-between! border-line!" onPress={onSearch}>
            <span className="cut">
              <Trans>Search or run</Trans>
            </span>
          </Button>
        </div>
        <NavList>
          {own.map(({ to, label, count }) => (
            <NavLink
              key={to}
              to={to}
              count={count === undefined ? undefined : capped(counts.data?.[count])}
            >
              {i18n._(label)}
            </NavLink>
          ))}
        </NavList>
        {admin.length === 0 ? null : (
          <div>
            <h2 className="px-3.5 pb-1 text-12 font-medium text-ink-3">
              <Trans>Administration</Trans>
            </h2>
            <NavList>
              {admin.map(({ to, label }) => (
                <NavLink key={to} to={to}>
                  {i18n._(label)}
                </NavLink>
              ))}
            </NavList>
          </div>
        )}
        <div className="mt-auto grid gap-0.5">
          <div className="flex gap-0.5 px-2">
            <AppearanceButtons />
            <Button kind="quiet" size="sm" aria-label={t`Keyboard shortcuts`} onPress={onHelp}>
              <Keys keys="?" />
            </Button>
          </div>
          <Link to="/you" className="flex min-w-0 items-center gap-2 px-3.5 py-1">
            <PersonGlyph name={me.fullName} mine />
            <span className="cut">{me.fullName}</span>
          </Link>
        </div>
      </nav>
      <main id="main" tabIndex={-1} className="flex min-h-0 min-w-0 flex-col bg-sheet outline-none">
        <ConnectionBanner />
        <Outlet />
        <TabBar />
      </main>
    </div>
  );
}

function EmployeeFrame() {
  const me = useMe();
  const navigate = useNavigate();
  const isFiling = useRouterState({ select: ({ location }) => location.pathname === "/new" });
  return (
    <div className="flex h-dvh flex-col overflow-hidden bg-sheet">
      <header className="flex h-12 shrink-0 items-center gap-4 border-b border-line bg-ground pr-2 pl-4 tablet:h-(--bar) tablet:px-6">
        <Link to="/home" className="flex items-center gap-2 font-semibold">
          <Mark />
          ServiceFlow
        </Link>
        <div className="ml-auto flex items-center gap-1.5">
          <Button
            kind="primary"
            className={isFiling ? "hidden" : "tablet:hidden"}
            onPress={() => void navigate({ to: "/new" })}
          >
            <Plus aria-hidden="true" className="size-4" />
            <Trans>New request</Trans>
          </Button>
          <span className="hidden gap-1.5 tablet:flex">
            <AppearanceButtons />
          </span>
          <Link to="/you" className="flex min-h-9 items-center gap-1.5 px-1">
            <PersonGlyph name={me.fullName} mine />
            <span className="sr-only tablet:not-sr-only">{me.fullName}</span>
          </Link>
        </div>
      </header>
      <ConnectionBanner />
      <main id="main" tabIndex={-1} className="flex min-h-0 grow flex-col outline-none">
        <Outlet />
      </main>
    </div>
  );
}

function NavList({ children }: { children: ReactNode }) {
  return <ul>{children}</ul>;
}

function NavLink({
  to,
  count,
  children,
}: {
  to: string;
  count?: string | undefined;
  children: ReactNode;
}) {
  const here = useRouterState({ select: ({ location }) => location.pathname });
  const current = here === to || here.startsWith(`${to}/`);
  return (
    <li>
      <Link
        to={to}
        aria-current={current ? "page" : undefined}
        className={cx(
          "relative flex h-7 items-center px-3.5 hover:bg-hover hover:text-ink focus-visible:outline-offset-[-2px]",
          current
            ? "font-semibold after:absolute after:top-1 after:right-0 after:bottom-1 after:w-0.75 after:bg-accent"
            : "font-medium text-ink-2",
        )}
      >
        {children}
        <Count value={count} className="ml-auto text-12" />
      </Link>
    </li>
  );
}
