export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a `$ref` within the document points to, with what stands beside it. */
export function resolve(document: Json, value: Json): Json {
  const { $ref, ...beside } = value;
  if (typeof $ref !== "string") return value;
  const steps = $ref.replace(/^#\//, "").split("/");
  const target = steps.reduce<unknown>((at, step) => {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    return isObject(at) ? at[key] : undefined;
  }, document);
  if (!isObject(target)) throw new Error(`${$ref} points to nothing in the document.`);
  return { ...resolve(document, target), ...beside };
}
