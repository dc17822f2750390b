import { Trans, useLingui } from "@lingui/react/macro";
import { setAppearance } from "../app/appearance.ts";
import { useAllShortcuts } from "../app/shortcuts.tsx";
import { useAppearance } from "../app/use-appearance.ts";
import { Checkbox } from "../kit/checkbox.tsx";
import { Dialog, DialogBody } from "../kit/dialog.tsx";
import { Keys } from "../kit/key.tsx";

/** All keys of the page, and the way to switch single keys off. */
export function ShortcutSheet({
  isOpen,
  onOpenChange,
}: {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}) {
  const { t } = useLingui();
  const all = useAllShortcuts();
  const { shortcuts } = useAppearance();
  return (
    <Dialog title={t`Keyboard shortcuts`} isOpen={isOpen} onOpenChange={onOpenChange}>
      <DialogBody>
        <dl className="gap-x-8 tablet:columns-2">
          {all().map(({ keys, label }) => (
            <div
              key={`${keys} ${label}`}
              className="flex min-h-7 break-inside-avoid flex-row-reverse items-center justify-between gap-4"
            >
              <dt>
                <span className="sr-only">{shownKeys(keys)}</span>
                <Keys keys={shownKeys(keys)} className="inline-flex!" />
              </dt>
              <dd>{label}</dd>
            </div>
          ))}
        </dl>
        <Checkbox
          isSelected={shortcuts !== "off"}
          onChange={(on) => setAppearance({ shortcuts: on ? "on" : "off" })}
        >
          <Trans>Single keys work without Ctrl or Command</Trans>
        </Checkbox>
      </DialogBody>
    </Dialog>
  );
}

const SIGNS: Readonly<Record<string, string>> = {
  Question: "?",
  Slash: "/",
  Period: ".",
  Escape: "Esc",
};

/** `KeyG KeyB` as one reads it: `G B`. */
export function shownKeys(keys: string): string {
  return keys
    .split(" ")
    .map((key) => {
      const [, modifiers = "", code = ""] = /^((?:\w+\+)*)(\w+)$/.exec(key) ?? [];
      return `${modifiers}${SIGNS[code] ?? code.replace(/^Key/, "")}`;
    })
    .join(" ");
}
