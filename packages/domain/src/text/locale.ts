import type { RuleParams } from "../error.ts";

/** The rule that a locale or time zone breaks, in words. */
export interface PreferenceFault {
  code: "invalid_format" | "unknown";
  detail: string;
  params: RuleParams;
}

const MAX_LENGTH = 100;

/**
 * A language tag in its canonical form: `de-AT`, `zh-Hant-TW`. Anything else is only trimmed.
 * @see https://www.rfc-editor.org/rfc/bcp/bcp47.txt
 */
export function normalizeLocale(text: string): string {
  return canonicalLocale(text.trim()) ?? text.trim();
}

export function findLocaleFault(text: string): PreferenceFault | null {
  if (canonicalLocale(text.trim()) !== null) return null;
  return {
    code: "invalid_format",
    detail: "It must be a BCP 47 language tag: de, en-US, zh-Hant.",
    params: { format: "language" },
  };
}

function canonicalLocale(tag: string): string | null {
  if (tag.length > MAX_LENGTH) return null;
  return attempt(() => Intl.getCanonicalLocales(tag)[0] ?? null);
}

/** Offsets (`+02:00`), which some runtimes take for time zones, have no summer time. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/** A time zone in the case in which it is listed. Another name of a zone stays that name. */
export function normalizeTimeZone(text: string): string {
  const name = text.trim();
  const listed = resolveTimeZone(name);
  return listed?.toLowerCase() === name.toLowerCase() ? listed : name;
}

export function findTimeZoneFault(text: string): PreferenceFault | null {
  if (resolveTimeZone(text.trim()) !== null) return null;
  return {
    code: "unknown",
    detail: "It must be a time zone of the IANA database: Europe/Berlin, America/New_York, UTC.",
    params: { of: "timeZone" },
  };
}

function resolveTimeZone(name: string): string | null {
  if (name.length > MAX_LENGTH || !ZONE_NAME.test(name)) return null;
  return attempt(
    () => new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone,
  );
}

/** What Intl makes of a name, or null where it throws a RangeError, its only way to say that it does not know it. */
function attempt(make: () => string | null): string | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
