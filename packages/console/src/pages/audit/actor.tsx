import { useLingui } from "@lingui/react/macro";
import type { AuditEntry } from "@serviceflow/sdk";
import { Cog } from "lucide-react";
import { PersonCell } from "../admin/person-cell.tsx";

/** Who did it; without anybody, the server. */
export function Actor({ actor }: { actor: AuditEntry["actor"] }) {
  const { t } = useLingui();
  if (actor !== null) return <PersonCell person={actor} />;
  return (
    <span className="inline-flex items-center gap-1.5 align-middle">
      <span className="grid size-5 place-items-center rounded-4 shadow-[inset_0_0_0_1px_var(--color-line)]">
        <Cog aria-hidden="true" className="size-3.5" />
      </span>
      {t`System`}
    </span>
  );
}
