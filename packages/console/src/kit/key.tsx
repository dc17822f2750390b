import { cx } from "./cx.ts";

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** The key of a command, beside its words: Latin in every language, hidden where there is no keyboard. */
export function Keys({ keys, className }: { keys: string; className?: string }) {
  return (
    <span aria-hidden="true" className={cx("inline-flex gap-0.5 pointer-coarse:hidden", className)}>
      {keys.split(" ").map((key) => (
        <kbd
          key={key}
          className="inline-grid h-4.5 min-w-4.5 place-items-center rounded-2 px-1 font-sans text-11 leading-none font-medium shadow-[inset_0_0_0_1px_color-mix(in_srgb,currentColor_32%,transparent)]"
        >
          {shown(key)}
        </kbd>
      ))}
    </span>
  );
}

function shown(key: string): string {
  return key.replace("Mod+", IS_MAC ? "⌘" : "Ctrl+").replace("Enter", "↵");
}
