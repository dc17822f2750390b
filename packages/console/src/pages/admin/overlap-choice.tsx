import { useLingui } from "@lingui/react/macro";
import { Choice } from "../../kit/choice.tsx";

const OVERLAPS = ["0", "3600", "86400", "604800"] as const;
/** Seconds for which the old secret still works beside the new one. */
export type Overlap = (typeof OVERLAPS)[number];

export function OverlapChoice({
  value,
  onChange,
}: {
  value: Overlap;
  onChange: (overlap: Overlap) => void;
}) {
  const { t } = useLingui();
  const words: Record<Overlap, string> = {
    "0": t`Not at all`,
    "3600": t`1 hour`,
    "86400": t`1 day`,
    "604800": t`7 days`,
  };
  return (
    <Choice
      label={t`How long the old one still works`}
      value={value}
      onChange={onChange}
      options={OVERLAPS.map((one) => ({ value: one, label: words[one] }))}
      hint={t`If it has leaked: not at all.`}
    />
  );
}
