const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format is expensive, and a list shows hundreds of times. */
export function dateFormat(
  locale: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(regional(locale), options);
  formats.set(key, made);
  return made;
}

/**
 * A language as the browser's owner writes it: "en-GB" for "en", and with 24 hours a day where their own language counts so.
 * @param wanted the browser's languages
 */
export function regional(locale: string, wanted: readonly string[] = navigator.languages): string {
  const its = wanted.find((tag) => tag.split("-")[0] === locale) ?? locale;
  const first = new Intl.DateTimeFormat(wanted[0] ?? locale, { hour: "numeric" });
  const counts24 = first.resolvedOptions().hour12 === false;
  return new Intl.Locale(its, counts24 ? { hourCycle: "h23" } : {}).toString();
}
