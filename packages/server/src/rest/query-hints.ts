import type { DomainError, FieldError } from "@serviceflow/domain";
import { z } from "zod";
import { validationFailed } from "../http/problem.ts";
import { entrySchemaOf } from "./coerce.ts";

/** A moment whose `+` has become a space, as it does in a query. */
const LOST_PLUS = /^\d{4}-\d\d-\d\dT[\d:.]+ \d\d:\d\d$/;
const PLUS = "In a query, + is written %2B.";

/**
 * Makes of a refusal of a query one that says how queries are written, which the schema does not know.
 * @param named the field of the input that the query's names are entries of
 */
export function queryHints(input: z.ZodObject, named?: string) {
  const { shape } = named ? entrySchemaOf(input, named) : input;
  const lists = new Set(Object.keys(shape).filter((name) => takesSeveral(shape[name])));

  return (error: DomainError, url: string): DomainError => {
    if (error.code !== "validation_failed") return error;
    const query = new URLSearchParams(url.slice(url.indexOf("?")));
    const hinted = (fault: FieldError): FieldError => {
      const { pointer, code, detail } = fault;
      const [entry, name = ""] = named ? pointer.split("/").slice(2) : ["", pointer.split("/")[1]];
      const value = query.get(named ? `${entry}.${name}` : name) ?? "";
      if (LOST_PLUS.test(value)) return { ...fault, detail: `${detail} ${PLUS}` };
      const isChoice = code === "invalid_value" || code === "invalid_format";
      return isChoice && lists.has(name)
        ? { ...fault, detail: detail.replace(/\.$/, "; repeat the name for several.") }
        : fault;
    };
    const errors = error.errors.map(hinted);
    const isHinted = errors.some(({ detail }, index) => detail !== error.errors[index]?.detail);
    return isHinted ? validationFailed(errors, error.cause) : error;
  };
}

function takesSeveral(field: z.core.$ZodType | undefined): boolean {
  const inner = field instanceof z.ZodOptional ? field.unwrap() : field;
  return inner instanceof z.ZodUnion && inner.options.some((each) => each instanceof z.ZodArray);
}
