import { CremaError, type CremaErrorOptions } from "../../base/error.ts";

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

/**
 * `param_str` as a layer gets it. Without a schema: parsed if it is JSON, else the text; an empty object if
 * it is empty. With a schema: parsed, checked, and completed with defaults. Throws a CremaError that names
 * the wrong keys.
 */
export async function readParam(
  text: string,
  schema: ParamSchema | undefined,
  className: string,
  place: CremaErrorOptions,
): Promise<unknown> {
  const value = parse(text);
  if (schema === undefined) return value;
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  if (value === text) {
    throw new CremaError(`Expected param_str of ${className} to be JSON but found '${text}'`, {
      ...place,
      hint: "Write it as in param_str: '{\"key\": 1}'.",
    });
  }
  const found = result.issues.map(({ path = [], message }) => {
    const keys = path.map((key) => String(typeof key === "object" ? key.key : key));
    return keys.length === 0 ? message : `${keys.join(".")}: ${message}`;
  });
  throw new CremaError(`Expected param_str as ${className} takes it but found ${found.join("; ")}`, {
    ...place,
    hint: "`crema layers show` lists what a layer takes.",
  });
}

function parse(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return text; // the layer may take other text
  }
}
