import { useLingui } from "@lingui/react";
import { Trans } from "@lingui/react/macro";
import { Button } from "../kit/button.tsx";
import { isDark, setAppearance } from "./appearance.ts";
import { chooseLocale, LOCALES, type Locale } from "./words.ts";

/** Theme and language, at the foot of each frame. */
export function AppearanceButtons() {
  const { i18n } = useLingui();
  const other: Locale = i18n.locale === "ru" ? "en" : "ru";
  return (
    <>
      <Button
        kind="quiet"
        size="sm"
        onPress={() => setAppearance({ theme: isDark() ? "light" : "dark" })}
      >
        <Trans>Theme</Trans>
      </Button>
      <Button kind="quiet" size="sm" onPress={() => void chooseLocale(other)}>
        <span lang={other}>{LOCALES[other]}</span>
      </Button>
    </>
  );
}
