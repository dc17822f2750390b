import { Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { ProblemBanner } from "../../app/failure.tsx";
import { Banner } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { changedFields } from "./changed-fields.ts";
import { useRefusalText } from "./refusal-text.ts";
import type { Conflict } from "./use-change.ts";

/** Why a command was refused. */
export function RefusalBanner({ error, onClose }: { error: unknown; onClose: () => void }) {
  const text = useRefusalText();
  if (error === undefined || error === null) return null;
  return <ProblemBanner onClose={onClose}>{text(error)}</ProblemBanner>;
}

/** A field as people read it. */
export interface FieldWords<Item> {
  field: keyof Item & string;
  name: string;
  show: (value: never) => ReactNode;
}

/** What somebody else changed first, and the way to change it all the same. */
export function ConflictBanner<Item extends object>({
  conflict,
  fields,
  onDone,
  onClose,
}: {
  conflict: Conflict<Item> | undefined;
  fields: readonly FieldWords<Item>[];
  onDone?: () => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  if (conflict === undefined) return null;
  const changes = changedFields(
    conflict.before,
    conflict.now,
    fields.map(({ field }) => field),
  );
  return (
    <Banner
      kind="bad"
      act={
        <>
          <Button
            size="sm"
            onPress={() => void conflict.repeat().then((done) => done && onDone?.())}
          >
            <Trans>Change it all the same</Trans>
          </Button>
          <Button size="sm" kind="quiet" onPress={onClose}>
            <Trans>Leave it</Trans>
          </Button>
        </>
      }
    >
      {t`Somebody has just changed this.`}{" "}
      {changes.map(({ field, from, to }) => {
        const words = fields.find((one) => one.field === field);
        const show = words?.show as ((value: unknown) => ReactNode) | undefined;
        return (
          <span key={field} className="mr-2">
            {words?.name}: <s className="text-ink-2">{show?.(from)}</s> → <b>{show?.(to)}</b>
          </span>
        );
      })}
    </Banner>
  );
}
