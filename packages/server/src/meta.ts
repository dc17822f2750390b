import type { ErrorCode, Scope } from "@serviceflow/domain";

/** A procedure over REST. `{id}` in the path is the input's field `id`. */
export interface RestOperation {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  path: `/${string}`;
  tags: [string];
  summary: string;
  description?: string;
  /** Status of success; 200 by default. */
  status?: 200 | 201;
  /**
   * Form of the answer. `versioned` has an ETag, `page` and `feed` a Link to the next page; `lines`, `csv`
   * and `events` are streamed; `csv` is another form of the operation of its path.
   */
  answers?: "versioned" | "page" | "feed" | "lines" | "csv" | "events";
  /** The field of the input, a record, whose entries a query writes as `name.field=value`. */
  named?: string;
  /** Path of the created resource, for `Location`: `{id}` is the answer's field. */
  location?: `/${string}`;
  /** A body that works on the demo; by default it is composed of the examples of its fields. */
  example?: Readonly<Record<string, unknown>>;
  /** Error codes besides those of every operation. */
  errors?: readonly ErrorCode[];
  /** Whether `X-Bootstrap-Key` can replace the API key. */
  bootstrap?: boolean;
  /** Whether nothing of it is kept: it cannot be answered again to who repeats it, and need not be. */
  fleeting?: boolean;
  /** Whether it takes an API key or a one-time code, and no session. */
  exchanges?: boolean;
  /** Whether it takes a one-time code alone. */
  redeems?: boolean;
}

export interface ProcedureMeta {
  openapi: RestOperation;
  /** Required scope of the API key or session; null: any. */
  scope: Scope | null;
}
