import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { AuditEntry, Changes } from "@serviceflow/sdk";
import { PRIORITY_WORDS, ROLE_WORDS, STATUS_WORDS } from "../../app/terms.ts";
import { useCategories } from "../../app/use-categories.ts";

const FIELD_WORDS: Readonly<Record<string, MessageDescriptor>> = {
  title: msg`Title`,
  description: msg`Description`,
  body: msg`Text`,
  email: msg`Address`,
  fullName: msg`Name`,
  name: msg`Name`,
  names: msg`Names in languages`,
  locale: msg`Language`,
  timeZone: msg`Time zone`,
  url: msg`Address`,
  status: msg`Status`,
  priority: msg`Priority`,
  category: msg`Category`,
  requesterId: msg`Requester`,
  submitterId: msg`Filed by`,
  assigneeId: msg`Assignee`,
  followsUp: msg`Follows up`,
  visibility: msg`Visibility`,
  role: msg`Role`,
  kind: msg`Kind`,
  active: msg`Active`,
  erasedAt: msg`Erased`,
  userId: msg`Owner`,
  ownerId: msg`Owner`,
  scopes: msg`Scopes`,
  expiresAt: msg`Expires`,
  revokedAt: msg`Ends`,
  replacedBy: msg`Replaced by`,
  eventTypes: msg`Events`,
  includeInternal: msg`Internal comments too`,
  disabledBecause: msg`Disabled because`,
  oldSecretUntil: msg`Old secret until`,
  sessionFrom: msg`Started with`,
  parentId: msg`Exchanged key`,
  grantsUntil: msg`Ends at the latest`,
  purpose: msg`Purpose`,
  exchangedFor: msg`Exchanged for`,
  after: msg`Position in the feed`,
  deliveryId: msg`Delivery`,
  attempts: msg`Attempts`,
  firstAt: msg`First`,
  lastAt: msg`Last`,
  entries: msg`Entries`,
  redacted: msg`Without names and texts`,
};

const WORDS_OF_VALUES: Readonly<Record<string, Readonly<Record<string, MessageDescriptor>>>> = {
  status: STATUS_WORDS,
  priority: PRIORITY_WORDS,
  role: ROLE_WORDS,
  kind: { HUMAN: msg`Person`, BOT: msg`Program` },
  purpose: { SESSION: msg`to sign in`, API_KEY: msg`for a key` },
  visibility: { PUBLIC: msg`public`, INTERNAL: msg`internal` },
};

const ERASED = "[erased]";
/** What a summary leaves to the details. */
const LONG = new Set(["title", "description", "body", "names", "url", "email", "name", "fullName"]);

function isId(value: unknown): boolean {
  return typeof value === "string" && /^[a-z]{3}_[0-9a-z]{26}$/.test(value);
}

/** Entries of the log as people read them. */
export function useEntryWords() {
  const { t, i18n } = useLingui();
  const { nameOf } = useCategories();

  const fieldName = (field: string) => {
    const words = FIELD_WORDS[field];
    return words === undefined ? field : i18n._(words);
  };

  const value = (field: string, given: unknown): string => {
    if (given === null || given === undefined) return "—";
    if (given === ERASED) return t`erased`;
    if (typeof given === "boolean") return given ? t`yes` : t`no`;
    if (Array.isArray(given)) return given.length === 0 ? t`all` : given.join(", ");
    if (typeof given === "object") {
      return Object.entries(given)
        .map(([key, each]) => `${key}: ${String(each)}`)
        .join(", ");
    }
    if (field === "category") return nameOf(String(given));
    const words = WORDS_OF_VALUES[field]?.[String(given)];
    if (words !== undefined) return i18n._(words);
    if (typeof given === "string" && /^\d{4}-\d\d-\d\dT/.test(given)) {
      return new Intl.DateTimeFormat(i18n.locale, {
        dateStyle: "medium",
        timeStyle: "short",
      }).format(new Date(given));
    }
    return String(given);
  };

  const change = (field: string, { from, to }: Changes[string]): string =>
    from === null || from === undefined
      ? value(field, to)
      : `${value(field, from)} → ${value(field, to)}`;

  /** What was changed, in one line. */
  const summary = ({ changes, reason }: Pick<AuditEntry, "changes" | "reason">): string => {
    const parts = Object.entries(changes)
      .filter(([field, { from, to }]) => {
        if (LONG.has(field) || to === null || to === undefined || to === "") return false;
        // Of something new, the details have the ids and the state in which everything begins.
        return !(from === null && (field === "status" || field === "active" || isId(to)));
      })
      .slice(0, 4)
      .map(([field, each]) =>
        WORDS_OF_VALUES[field] === undefined && field !== "category"
          ? `${fieldName(field)}: ${change(field, each)}`
          : change(field, each),
      );
    if (reason !== null && reason !== "") parts.push(`“${reason}”`);
    return parts.join(", ");
  };

  /** What it was done to: the name where the entry has it. */
  const subject = ({ subject: { type, id }, changes, serviceRequestId }: AuditEntry): string => {
    const named = changes.fullName ?? changes.name ?? changes.url;
    const name = named?.to ?? named?.from;
    if (typeof name === "string" && name !== ERASED) return name;
    if (type === "comment") return serviceRequestId ?? id;
    return id;
  };

  return { fieldName, value, summary, subject };
}
