import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Choice } from "../../kit/choice.tsx";
import { Field } from "../../kit/field.tsx";

type Term = "30" | "90" | "365" | "longest" | "date";

/** When a key ends: after a term, on a day, or as late as it may. */
export function ExpiryChoice({ onChange }: { onChange: (expiresAt: string | undefined) => void }) {
  const { t } = useLingui();
  const [term, setTerm] = useState<Term>("90");
  const [day, setDay] = useState("");
  const choose = (next: Term) => {
    setTerm(next);
    if (next === "date") onChange(endOfDay(day));
    else onChange(next === "longest" ? undefined : inDays(Number(next)));
  };
  return (
    <>
      <Choice
        label={t`Expires`}
        value={term}
        onChange={choose}
        options={[
          { value: "30", label: t`30 days` },
          { value: "90", label: t`90 days` },
          { value: "365", label: t`1 year` },
          { value: "date", label: t`On a day` },
          { value: "longest", label: t`Longest` },
        ]}
        hint={t`Never later than the key you signed in with, and within the server’s limit.`}
      />
      {term === "date" ? (
        <Field
          name="expiresAt"
          type="date"
          label={t`Last day`}
          value={day}
          onChange={(next) => {
            setDay(next);
            onChange(endOfDay(next));
          }}
          isRequired
        />
      ) : null}
    </>
  );
}

export function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

/** The end of a day where the person is. */
function endOfDay(day: string): string | undefined {
  const end = new Date(`${day}T23:59:59`);
  return Number.isNaN(end.getTime()) ? undefined : end.toISOString();
}
