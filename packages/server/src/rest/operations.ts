import type { AnyProcedure } from "@trpc/server";
import { z } from "zod";
import type { ProcedureMeta, RestOperation } from "../meta.ts";
import { appRouter } from "../router.ts";

/** A procedure as a REST operation. */
export interface Operation extends RestOperation {
  /** Path of the procedure: `requests.create`. */
  name: string;
  scope: ProcedureMeta["scope"];
  procedure: AnyProcedure;
  input: z.ZodObject;
  output: z.ZodType;
  /** Input fields that are in the path. */
  pathFields: string[];
  /** The same as CSV, for those who accept it. */
  csv: Operation | null;
}

type Procedures = Record<string, AnyProcedure>;

const ALL = Object.entries(appRouter._def.procedures as unknown as Procedures).map(
  ([name, procedure]) => toOperation(name, procedure),
);

/** Every operation, static paths before parameters in the same position. */
export const OPERATIONS: readonly Operation[] = ALL.filter(({ answers }) => answers !== "csv")
  .map((operation) => ({ ...operation, csv: csvOf(operation) }))
  .sort((a, b) => sortKey(a.path).localeCompare(sortKey(b.path), "en"));

function csvOf({ method, path }: Operation): Operation | null {
  const isForm = (each: Operation) =>
    each.answers === "csv" && each.method === method && each.path === path;
  return ALL.find(isForm) ?? null;
}

function toOperation(name: string, procedure: AnyProcedure): Operation {
  const { meta, inputs, output } = procedure._def as unknown as {
    meta: ProcedureMeta;
    inputs: z.ZodObject[];
    output: z.ZodType;
  };
  return {
    ...meta.openapi,
    name,
    csv: null,
    scope: meta.scope,
    procedure,
    input: inputs[0] ?? z.strictObject({}),
    output,
    pathFields: [...meta.openapi.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string),
  };
}

// Parameters sort after every letter.
function sortKey(path: string): string {
  return path.replaceAll("{", "\u{10FFFF}");
}
