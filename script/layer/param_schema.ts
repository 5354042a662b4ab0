/**
 * The schema of `param_str` that a layer's class has as `static params`: from zod, or any library that
 * implements Standard Schema (https://standardschema.dev). Only the part that Crema needs is declared here.
 */
export interface ParamSchema<Output = unknown> {
  /** The Standard Schema's entry point. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => ParamResult<Output> | Promise<ParamResult<Output>>;
  };
}

/** The result of validation: the value with its defaults, or what is wrong. */
export type ParamResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly ParamIssue[] };

/** One thing that is wrong. */
export interface ParamIssue {
  /** What is wrong. */
  readonly message: string;
  /** The keys that lead to the wrong value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
