import { type AuditAction, EVENT_TYPES, type ListAuditInput } from "@serviceflow/sdk";

/** The address of the log is its state. */
export interface AuditSearch {
  action?: AuditAction;
  /** Who did it, a user’s id. */
  actor?: string;
  /** What it was done to, a public id or a slug. */
  subject?: string;
  /** The request that it belongs to. */
  request?: string;
  /** Within the last so many days, today included. */
  days?: number;
  /** First and last day, `2026-03-01`. */
  from?: string;
  to?: string;
  /** The entry that is shown. */
  entry?: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Reads an address; what it does not understand is left out. */
export function auditSearch(search: Record<string, unknown>): AuditSearch {
  const action = EVENT_TYPES.find((one) => one === search.action);
  const days = Number(search.days);
  return {
    ...(action === undefined ? {} : { action }),
    ...text("actor", search.actor, /^usr_\w+$/),
    ...text("subject", search.subject, /^[\w-]{1,100}$/),
    ...text("request", search.request, /^SF-\d{1,10}$/),
    ...(Number.isInteger(days) && days > 0 && days <= 3_650 ? { days } : {}),
    ...text("from", search.from, DAY),
    ...text("to", search.to, DAY),
    ...text("entry", search.entry, /^evt_\w+$/),
  };
}

function text<Name extends string>(name: Name, value: unknown, form: RegExp) {
  return typeof value === "string" && form.test(value)
    ? ({ [name]: value } as Record<Name, string>)
    : {};
}

/** How the entries are asked for. Times are to the day, so that the same address is the same query. */
export function auditInput(search: AuditSearch, today = new Date()): ListAuditInput {
  const { action, actor, subject, request, days, from, to } = search;
  const since = days === undefined ? from : undefined;
  const start = days === undefined ? dayStart(since, 0) : dayStart(dayOf(today), 1 - days);
  const end = days === undefined ? dayStart(to, 1) : undefined;
  return {
    ...(action === undefined ? {} : { action }),
    ...(actor === undefined ? {} : { actor }),
    ...(subject === undefined ? {} : { subject }),
    ...(request === undefined ? {} : { serviceRequestId: request }),
    ...(start === undefined ? {} : { occurredFrom: start }),
    ...(end === undefined ? {} : { occurredTo: end }),
  };
}

/** The filter that typed words mean: a request, else another id. */
export function filterOf(words: string): Pick<AuditSearch, "request" | "subject"> | null {
  const id = words.trim();
  if (/^sf-\d{1,10}$/i.test(id)) return { request: id.toUpperCase() };
  return /^[\w-]{1,100}$/.test(id) ? { subject: id } : null;
}

function dayOf(date: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The start of a day where the person is, so many days later. */
function dayStart(day: string | undefined, later: number): string | undefined {
  if (day === undefined) return undefined;
  const start = new Date(`${day}T00:00:00`);
  if (Number.isNaN(start.getTime())) return undefined;
  start.setDate(start.getDate() + later);
  return start.toISOString();
}
