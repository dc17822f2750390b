import { Trans, useLingui } from "@lingui/react/macro";
import { type Appearance, setAppearance } from "../../app/appearance.ts";
import { useAppearance } from "../../app/use-appearance.ts";
import { chooseLocale, LOCALES, type Locale } from "../../app/words.ts";
import { Checkbox } from "../../kit/checkbox.tsx";
import { Choice } from "../../kit/choice.tsx";

/** How the console looks and answers to keys, kept on this device. */
export function Settings() {
  const { t, i18n } = useLingui();
  const { theme, density, motion, shortcuts, openNext } = useAppearance();
  return (
    <div className="grid max-w-100 gap-4">
      <Choice
        label={t`Theme`}
        options={[
          { value: "system", label: t`As the system` },
          { value: "light", label: t`Light` },
          { value: "dark", label: t`Dark` },
        ]}
        value={theme ?? "system"}
        onChange={(value) =>
          setAppearance({ theme: value === "system" ? undefined : value } as Appearance)
        }
      />
      <Choice
        label={t`Language`}
        options={Object.entries(LOCALES).map(([value, label]) => ({
          value: value as Locale,
          label,
        }))}
        value={i18n.locale as Locale}
        onChange={(locale) => void chooseLocale(locale)}
      />
      <Choice
        label={t`Row height`}
        options={[
          { value: "compact", label: t`Compact` },
          { value: "comfortable", label: t`Comfortable` },
        ]}
        value={density ?? "compact"}
        onChange={(value) => setAppearance({ density: value })}
      />
      <Checkbox
        isSelected={motion !== "off"}
        onChange={(on) => setAppearance({ motion: on ? "on" : "off" })}
      >
        <Trans>Motion</Trans>
      </Checkbox>
      <Checkbox
        isSelected={shortcuts !== "off"}
        onChange={(on) => setAppearance({ shortcuts: on ? "on" : "off" })}
      >
        <Trans>Single keys work without Ctrl or Command</Trans>
      </Checkbox>
      <Checkbox
        isSelected={openNext !== "off"}
        onChange={(on) => setAppearance({ openNext: on ? "on" : "off" })}
      >
        <Trans>After finishing, go to the next request</Trans>
      </Checkbox>
    </div>
  );
}
