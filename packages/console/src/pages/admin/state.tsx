import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "../../kit/cx.ts";

/** How something is: an icon whose colour repeats it, and a word. */
export function State({
  icon: Icon,
  tone = "plain",
  children,
}: {
  icon?: LucideIcon | undefined;
  tone?: "plain" | "good" | "bad" | "past";
  children: ReactNode;
}) {
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1.5 align-middle",
        tone === "past" && "text-ink-3",
      )}
    >
      {Icon === undefined ? null : (
        <Icon
          aria-hidden="true"
          className={cx(
            "size-4 shrink-0",
            tone === "good" && "text-good",
            tone === "bad" && "text-danger",
          )}
        />
      )}
      <span className="min-w-0">{children}</span>
    </span>
  );
}
