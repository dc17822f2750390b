/** An OpenAPI 3.1 schema. What can be called has `parameters` and a result, which are schemas too. */
export interface Schema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** What programs are written against. */
export interface Contract {
  /** An object with everything that a program can call or read. */
  provides: Schema;
  /** Every type that a program can name. */
  types: Readonly<Record<string, Schema>>;
  resolve(schema: Schema): Schema;
}

export const SCHEMAS = "#/components/schemas/";

/** A member of an object. */
export type Field = readonly [name: string, schema: Schema, isOptional?: unknown];

export function objectOf(fields: readonly Field[]): Schema {
  const required = fields.filter(([, , isOptional]) => !isOptional).map(([name]) => name);
  return { type: "object", properties: Object.fromEntries(fields), required };
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The values that a schema lists, if it lists any. */
export function valuesOf(schema: Schema): string[] | undefined {
  const listed = "const" in schema ? [schema.const] : schema.enum;
  return Array.isArray(listed) ? listed.map((value) => JSON.stringify(value)) : undefined;
}
