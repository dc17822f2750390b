import { Trans, useLingui } from "@lingui/react/macro";
import { GitCompareArrows } from "lucide-react";
import { firstName } from "../app/person-name.ts";
import { Banner } from "../kit/banner.tsx";
import { Button } from "../kit/button.tsx";
import { useFieldWords } from "./field-words.tsx";
import type { Failure } from "./use-failure.ts";

/** Under the bar: why a command was not carried out, and how one goes on. */
export function FailureNotice({
  failure,
  onClose,
}: {
  failure: Failure | undefined;
  onClose: () => void;
}) {
  if (failure === undefined) return null;
  if (failure.kind === "conflict") return <Conflict {...failure} onClose={onClose} />;
  return (
    <Banner
      kind="bad"
      act={
        <Button size="sm" kind="quiet" onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      }
    >
      {failure.text}
    </Banner>
  );
}

function Conflict({
  changes,
  fresh,
  wish,
  onClose,
}: Failure & { kind: "conflict" } & { onClose: () => void }) {
  const { t } = useLingui();
  const fieldWords = useFieldWords();
  const who = changes.by.map((person) => firstName(person) ?? t`Somebody`).join(", ");
  const names = changes.by.map(({ fullName }) => fullName).join(", ");
  const fields = Object.entries(changes.fields);
  const wished = wish.fields ?? {};
  return (
    <section role="alert" aria-label={t`What others have changed`} className="border-b border-line">
      <div className="flex min-h-8 items-center gap-2 border-b border-line bg-ground px-4 py-1 font-medium text-ink-2">
        <GitCompareArrows aria-hidden="true" className="size-4 shrink-0" />
        {names === "" ? (
          <Trans>This was changed while you were working on it.</Trans>
        ) : (
          <Trans>{names} changed this while you were working on it.</Trans>
        )}
      </div>
      <div className="grid justify-items-start gap-3 px-4 py-3">
        {fields.length === 0 ? null : (
          <table className="border-collapse text-12 [&_td]:border-t [&_td]:border-line [&_td]:py-1 [&_td]:pr-6 [&_th]:pr-6 [&_th]:pb-1 [&_th]:text-left [&_th]:font-medium [&_th]:text-ink-3">
            <thead>
              <tr>
                <th scope="col">
                  <span className="sr-only">{t`Field`}</span>
                </th>
                <th scope="col">{t`Was`}</th>
                <th scope="col">{who === "" ? t`Now` : who}</th>
                <th scope="col">{t`You`}</th>
              </tr>
            </thead>
            <tbody>
              {fields.map(([field, { from, to }]) => (
                <tr key={field}>
                  <td>{fieldWords.name(field)}</td>
                  <td className="text-ink-2">{fieldWords.value(field, from)}</td>
                  <td>{fieldWords.value(field, to)}</td>
                  <td className="text-ink-2">
                    {field in wished ? fieldWords.value(field, wished[field]) : "—"}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <div className="flex flex-wrap gap-2">
          <Button kind="primary" onPress={onClose}>
            <Trans>Leave it as it is</Trans>
          </Button>
          <Button
            onPress={() => {
              onClose();
              wish.again(fresh);
            }}
          >
            {wish.label}
          </Button>
        </div>
      </div>
    </section>
  );
}
