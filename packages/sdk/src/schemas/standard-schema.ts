/**
 * What form libraries take of a schema: Standard Schema, version 1.
 * @see https://standardschema.dev
 */
export interface StandardTextSchema {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult;
    readonly types?: { readonly input: string; readonly output: string } | undefined;
  };
}

/** A valid text as the server keeps it, or why it is refused. */
export type StandardResult =
  | { readonly value: string; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };
