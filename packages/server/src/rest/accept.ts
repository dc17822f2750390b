import { DomainError } from "@serviceflow/domain";

/** Whether an Accept header ranks CSV above JSON. https://www.rfc-editor.org/rfc/rfc9110#field.accept */
export function prefersCsv(accept: string | null): boolean {
  if (accept === null || !/text\/csv/i.test(accept)) return false;
  return qualityOf("text/csv", accept) > qualityOf("application/json", accept);
}

const MAX_KEPT = 200;
/** Clients send few different headers. */
const kept = new Map<string, boolean>();

/**
 * Refuses a call that excludes the only form of its answer, before anything is done for it. Errors are problem documents
 * for everybody.
 * @param types of the answer: its own first, then names by which some ask for it
 * @throws DomainError `not_acceptable`
 */
export function requireAcceptable(accept: string | null, types: readonly string[]): void {
  if (accept === null || accept === "" || accept === "*/*") return;
  const key = `${types[0]} ${accept}`;
  let isAcceptable = kept.get(key);
  if (isAcceptable === undefined) {
    const [own = "", ...others] = types;
    isAcceptable =
      qualityOf(own, accept) > 0 || others.some((type) => (qualityNamed([type], accept) ?? 0) > 0);
    if (kept.size < MAX_KEPT) kept.set(key, isAcceptable);
  }
  if (isAcceptable) return;
  throw new DomainError(
    "not_acceptable",
    `The response is ${types[0]}, which Accept excludes. Send Accept: ${types[0]}, or leave it out.`,
  );
}

/** The quality of the most specific range that names the type; 0: it is not accepted. */
function qualityOf(type: string, accept: string): number {
  const [main] = type.split("/");
  return qualityNamed([type, `${main}/*`, "*/*"], accept) ?? 0;
}

/** The quality of the first of these ranges that the header names. */
function qualityNamed(names: readonly string[], accept: string): number | undefined {
  const ranges = accept.split(",").map((range) => {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    return { name, quality: quality === undefined ? 1 : Number(quality) || 0 };
  });
  const named = names.flatMap((name) => ranges.find((range) => range.name === name) ?? []);
  return named[0]?.quality;
}
