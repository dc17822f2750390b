/** Whether an Accept header ranks CSV above JSON. https://www.rfc-editor.org/rfc/rfc9110#field.accept */
export function prefersCsv(accept: string | null): boolean {
  if (accept === null || !/text\/csv/i.test(accept)) return false;
  return qualityOf("text/csv", accept) > qualityOf("application/json", accept);
}

/** The quality of the most specific range that names the type; 0: it is not accepted. */
function qualityOf(type: string, accept: string): number {
  const [main] = type.split("/");
  const ranges = accept.split(",").map((range) => {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    return { name, quality: quality === undefined ? 1 : Number(quality) || 0 };
  });
  const named = [type, `${main}/*`, "*/*"].flatMap(
    (name) => ranges.find((range) => range.name === name) ?? [],
  );
  return named[0]?.quality ?? 0;
}
