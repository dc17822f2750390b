import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { EVENT_TYPES, type EventType } from "@serviceflow/sdk";
import { Checkbox } from "../../kit/checkbox.tsx";
import { Choice } from "../../kit/choice.tsx";
import { eventGroups } from "./event-groups.ts";

const SUBJECT_WORDS: Readonly<Record<string, MessageDescriptor>> = {
  request: msg`Requests`,
  comment: msg`Comments`,
  user: msg`People`,
  api_key: msg`Keys`,
  code: msg`One-time codes`,
  category: msg`Categories`,
  webhook: msg`Webhooks`,
  sign_in: msg`Failed sign-ins`,
  audit_log: msg`Audit log`,
};

/** All events, or some by what they are about. */
export function EventChoice({
  all,
  types,
  onChange,
}: {
  all: boolean;
  types: readonly EventType[];
  onChange: (all: boolean, types: readonly EventType[]) => void;
}) {
  const { t, i18n } = useLingui();
  const wordsOf = (subject: string) => {
    const words = SUBJECT_WORDS[subject];
    return words === undefined ? subject : i18n._(words);
  };
  return (
    <>
      <Choice
        label={t`Events`}
        value={all ? "all" : "some"}
        onChange={(value) => onChange(value === "all", types)}
        options={[
          { value: "all", label: t`All` },
          { value: "some", label: t`Only these` },
        ]}
        hint={all ? t`Also those that a later version adds.` : undefined}
      />
      {all ? null : (
        <div className="grid max-h-72 gap-3 overflow-auto rounded-4 border border-line p-3 tablet:grid-cols-2">
          {eventGroups(EVENT_TYPES).map(({ subject, types: group }) => {
            const chosen = group.filter((type) => types.includes(type));
            const others = types.filter((type) => !group.includes(type));
            return (
              <fieldset key={subject} className="grid content-start gap-1">
                <legend className="mb-1">
                  <Checkbox
                    isSelected={chosen.length === group.length}
                    isIndeterminate={chosen.length > 0 && chosen.length < group.length}
                    onChange={(on) => onChange(false, on ? [...others, ...group] : others)}
                  >
                    <span className="font-medium">{wordsOf(subject)}</span>
                  </Checkbox>
                </legend>
                {group.map((type) => (
                  <Checkbox
                    key={type}
                    isSelected={types.includes(type)}
                    onChange={(on) =>
                      onChange(false, on ? [...types, type] : types.filter((one) => one !== type))
                    }
                    className="pl-5"
                  >
                    <code className="font-mono text-12">{type}</code>
                  </Checkbox>
                ))}
              </fieldset>
            );
          })}
          {types.length === 0 ? (
            <p className="text-12 text-danger tablet:col-span-2">
              <Trans>Choose at least one.</Trans>
            </p>
          ) : null}
        </div>
      )}
    </>
  );
}
