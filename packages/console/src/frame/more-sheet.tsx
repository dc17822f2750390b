import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { AppearanceButtons } from "../app/appearance-buttons.tsx";
import { useMe } from "../app/session.tsx";
import { PersonGlyph } from "../kit/glyphs.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { NAVIGATION, TABS } from "./navigation.ts";

/** What of the navigation a phone's tab bar has no room for. */
export function MoreSheet({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const entries = NAVIGATION.filter(
    ({ to, roles }) => roles.includes(me.role) && !TABS.some((tab) => tab === to),
  );
  const admin = entries.filter((entry) => entry.admin);
  return (
    <Sheet title={t`More`} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <nav aria-label={t`More`} className="grid gap-3 pt-2 pb-3">
        <ul>
          {entries
            .filter((entry) => !entry.admin)
            .map(({ to, label }) => (
              <Entry key={to} to={to} onPress={onClose}>
                {i18n._(label)}
              </Entry>
            ))}
          <Entry to="/you" onPress={onClose}>
            <PersonGlyph name={me.fullName} mine />
            <span className="cut">{me.fullName}</span>
          </Entry>
        </ul>
        {admin.length === 0 ? null : (
          <div>
            <h3 className="px-4 pb-1 text-12 font-medium text-ink-3">
              <Trans>Administration</Trans>
            </h3>
            <ul>
              {admin.map(({ to, label }) => (
                <Entry key={to} to={to} onPress={onClose}>
                  {i18n._(label)}
                </Entry>
              ))}
            </ul>
          </div>
        )}
        <div className="flex gap-0.5 px-2">
          <AppearanceButtons />
        </div>
      </nav>
    </Sheet>
  );
}

function Entry({
  to,
  onPress,
  children,
}: {
  to: string;
  onPress: () => void;
  children: ReactNode;
}) {
  return (
    <li>
      <Link
        to={to}
        onClick={onPress}
        activeProps={{ className: "font-semibold text-accent", "aria-current": "page" }}
        className="flex min-h-11 items-center gap-2 px-4 font-medium hover:bg-hover focus-visible:outline-offset-[-2px]"
      >
        {children}
      </Link>
    </li>
  );
}
