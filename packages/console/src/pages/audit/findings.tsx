import { useLingui } from "@lingui/react/macro";
import type { ChainFault } from "@serviceflow/sdk";
import { Check, CircleX, Minus, ShieldCheck } from "lucide-react";
import type { ReactNode } from "react";
import { CopyableId } from "../admin/copy-button.tsx";
import { CHAIN_WORDS } from "./fault-words.ts";

/** What was found, one a line. */
export function Findings({ children }: { children: ReactNode }) {
  return <ul className="grid gap-1.5">{children}</ul>;
}

export function Finding({ kind, children }: { kind: "good" | "note"; children: ReactNode }) {
  const Icon = kind === "good" ? Check : Minus;
  return (
    <li className="flex items-start gap-2">
      <Icon
        aria-hidden="true"
        className={
          kind === "good"
            ? "mt-0.5 size-3.5 shrink-0 text-good"
            : "mt-0.5 size-3.5 shrink-0 text-ink-3"
        }
      />
      <span className="min-w-0">{children}</span>
    </li>
  );
}

/** The result in a sentence. */
export function Intact({ children }: { children: ReactNode }) {
  const { t } = useLingui();
  return (
    <p role="status" className="flex gap-2 rounded-4 bg-good-tint px-3 py-2">
      <ShieldCheck aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-good" />
      <span>
        <b>{t`The log is intact.`}</b> {children}
      </span>
    </p>
  );
}

/** Where it breaks, and how. */
export function Broken({ fault, valid }: { fault: ChainFault; valid: string }) {
  const { t, i18n } = useLingui();
  const position = fault.position?.toLocaleString(i18n.locale);
  const words = CHAIN_WORDS[fault.problem];
  return (
    <div
      role="alert"
      className="grid grid-cols-[minmax(0,1fr)] gap-1 rounded-4 bg-danger-tint px-3 py-2"
    >
      <p className="flex gap-2">
        <CircleX aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-danger" />
        <span>
          <b>
            {position === undefined ? t`It does not hold.` : t`It breaks at entry ${position}.`}
          </b>{" "}
          {words === undefined ? fault.detail : i18n._(words)}
        </span>
      </p>
      <p className="pl-6 text-ink-2">{t`Entries that hold before it: ${valid}`}</p>
      {fault.entryId === null ? null : (
        <p className="pl-6">
          <CopyableId id={fault.entryId} />
        </p>
      )}
    </div>
  );
}
