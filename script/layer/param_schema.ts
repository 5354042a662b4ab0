import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { threwError } from "../../ffi/host/threw_error.ts";

/**
 * What a layer's class says of its `param_str` in `static params`: a zod schema, or one of any library that follows the
 * Standard Schema (https://standardschema.dev). Only what Crema needs of that is spelled out here.
 */
export interface ParamSchema<Output = unknown> {
  /** The Standard Schema's entry point. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => ParamResult<Output> | Promise<ParamResult<Output>>;
  };
}

/** What validation came to: the value, defaults applied, or what is wrong. */
export type ParamResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly ParamIssue[] };

/** One thing that is wrong. */
export interface ParamIssue {
  /** What is wrong. */
  readonly message: string;
  /** The keys that lead to it. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * `param_str` as a layer gets it. Without a schema: parsed where it is JSON, else the text; an empty object when it is
 * empty. With one: parsed, checked and completed by the schema. Throws a CremaError that names the keys that are wrong.
 */
export async function readParam(
  text: string,
  schema: ParamSchema | undefined,
  className: string,
  place: CremaErrorOptions,
): Promise<unknown> {
  const value = parse(text);
  if (schema === undefined) return value;
  let result: ParamResult<unknown>;
  try {
    result = await schema["~standard"].validate(value);
  } catch (error) {
    throw threwError(`params of ${className}`, error, place);
  }
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
    return text; // other text reaches the layer as it is
  }
}
