import { useLingui } from "@lingui/react/macro";
import type { FieldError, FieldRule, RuleParams } from "@serviceflow/sdk";
import { clock } from "../kit/time-words.ts";

/** A fault of a field in the person’s language; of a rule that only a newer server knows, in the server’s words. */
export function useRuleWords(): (fault: Pick<FieldError, "code" | "detail" | "params">) => string {
  const { t, i18n } = useLingui();

  const formats: Record<string, () => string> = {
    email: () => t`Write an email address, such as name@example.com.`,
    url: () => t`Write a whole address that begins with https://.`,
    slug: () => t`Use lower-case letters and digits, with single hyphens between them.`,
    language: () => t`Write a language tag, such as de or zh-Hant.`,
    anchor: () => t`Write position:hash of an earlier head.`,
    datetime: () => t`Write a date and a time.`,
    date: () => t`Write a date.`,
    "SF-": () => t`Write the id of a request, such as SF-1031.`,
  };

  const words: Record<FieldRule, (params: RuleParams, detail: string) => string> = {
    required: () => t`Fill this in.`,
    unknown_field: () => t`There is no such field.`,
    invalid: () => t`This does not fit.`,
    invalid_type: () => t`This is a value of another type.`,
    invalid_value: ({ values }, detail) => {
      const choices = Array.isArray(values) ? values.join(", ") : "";
      return choices === "" ? detail : t`Choose one of: ${choices}.`;
    },
    invalid_format: ({ format }) => formats[String(format)]?.() ?? t`This has another form.`,
    too_short: ({ min }) => t`Characters: at least ${min}.`,
    too_long: ({ max }) => t`Characters: at most ${max}.`,
    too_small: ({ min, minItems }) => {
      const least = min ?? minItems;
      return t`At least ${least}.`;
    },
    too_big: ({ max, maxItems }) => {
      const most = max ?? maxItems;
      return t`At most ${most}.`;
    },
    too_many: ({ maxItems }) => t`At most ${maxItems}.`,
    out_of_range: () => t`Choose a time in the years 1 to 9999.`,
    duplicate: ({ of }) => t`This language is there already: ${of}.`,
    control_character: ({ character, position }) =>
      t`The character at position ${position} is not allowed: ${character}.`,
    malformed_unicode: ({ character, position }) =>
      t`The character at position ${position} is broken: ${character}.`,
    no_visible_character: () => t`Write something that can be seen.`,
    unknown: ({ of }) =>
      of === "timeZone"
        ? t`Write a time zone, such as Europe/Berlin.`
        : t`It is no longer there, or you may not see it.`,
    exactly_one: () => t`Give one of the two.`,
    not_allowed: () => t`You may not ask for this.`,
    not_applicable: () => t`This has no place here.`,
    not_eligible: () => t`This person cannot be chosen: deactivated, or in another role.`,
    not_with_q: () => t`What a search finds is listed newest first.`,
    invalid_cursor: () => t`There is no such position.`,
    still_open: () => t`Only a closed request can be followed up. Write a comment on this one.`,
    period_too_long: ({ max, interval }) =>
      interval === "week"
        ? t`Choose a shorter period. Weeks: at most ${max}.`
        : t`Choose a shorter period. Days: at most ${max}.`,
    in_the_past: () => t`Choose a moment in the future.`,
    after_calling_key: ({ until }) => {
      const end = clock(String(until), i18n.locale);
      return t`It cannot outlive your own session or key, which ends: ${end}.`;
    },
    beyond_max_lifetime: ({ until }) => {
      const end = clock(String(until), i18n.locale);
      return t`The latest end that a key may have: ${end}.`;
    },
    insecure_url: () => t`The address must begin with https://.`,
    credentials_in_url: () => t`The address must not contain a user name or password.`,
    fragment_in_url: () => t`The address must not contain a part after #.`,
    address_refused: () => t`The address must not be a private, local or reserved one.`,
  };

  return ({ code, detail, params }) =>
    Object.hasOwn(words, code) ? words[code as FieldRule](params ?? {}, detail) : detail;
}
