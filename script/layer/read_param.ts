import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { thrownMessage } from "../../base/thrown.ts";
import { threwError } from "../../ffi/host/threw_error.ts";
import type { ParamIssue, ParamSchema } from "./param_schema.ts";
import { readPythonParam } from "./python_param.ts";
import type { TypeParam } from "./type_param.ts";

/** What {@link readParam} needs to know about a layer. */
export interface ParamOf {
  /** The text of `param_str`. */
  text: string;
  /** The schema, if the class has one. */
  schema: ParamSchema | undefined;
  /** Whether the layer is of type Python: with a schema, its text may be YAML, as Python layers have it. */
  python?: boolean | undefined;
  /** The class's name. */
  className: string;
  /** Where `param_str`, or else the layer, is. */
  place: CremaErrorOptions;
  /** The parameters of the layer's type, if their fields are keys of `param` too. */
  typeParam?: TypeParam | undefined;
  /** Where a field of the type's parameters is. */
  placeOf?: ((field: string) => CremaErrorOptions) | undefined;
}

/**
 * `param` as a layer gets it. Without a schema: `param_str`, parsed if it is JSON, else the text; an empty
 * object if it is empty. With a schema: `param_str`, which may be YAML for a Python layer, and the fields of the type's parameters, checked together,
 * and completed with defaults: those of the type's message where the schema has a default too. Throws a
 * CremaError that names the wrong keys.
 */
export async function readParam(of: ParamOf): Promise<unknown> {
  const { text, schema, typeParam, placeOf = () => of.place } = of;
  const written = parse(text, of);
  if (schema === undefined) return written;
  const value = typeParam === undefined ? written : joined(written, typeParam, of);
  const validate = async (candidate: unknown) => {
    try {
      return await schema["~standard"].validate(candidate);
    } catch (error) {
      throw threwError(`params of ${of.className}`, error, of.place);
    }
  };
  const result = await validate(value);
  if (result.issues !== undefined) throw refusal(result.issues, value, of);
  if (typeParam === undefined || !isRecord(result.value) || !isRecord(value)) return result.value;
  const { className } = of, { field, given, whole } = typeParam;
  for (const key of Object.keys(given)) {
    if (key in result.value) continue;
    throw new CremaError(
      `Expected fields of ${field} that ${className} reads but found '${key}'`,
      { ...placeOf(key), hint: "It would be ignored. `crema layers show` lists what a layer takes." },
    );
  }
  let complete: unknown = result.value;
  const input = { ...value };
  for (const [key, fallback] of Object.entries(whole)) {
    if (key in input || Array.isArray(fallback) || !(key in result.value) || result.value[key] === fallback) {
      continue;
    }
    const again = await validate({ ...input, [key]: fallback });
    if (again.issues !== undefined) continue; // such as 0 for a size that must be set
    input[key] = fallback;
    complete = again.value;
  }
  return complete;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `param_str` and the fields that the type's message sets. */
function joined(written: unknown, { field, given }: TypeParam, of: ParamOf): unknown {
  if (Object.keys(given).length === 0) return written;
  if (!isRecord(written)) {
    throw new CremaError(
      `Expected param_str of ${of.className} to be a JSON object beside ${field} but found '${of.text}'`,
      of.place,
    );
  }
  const twice = Object.keys(given).find((key) => Object.hasOwn(written, key));
  if (twice !== undefined) {
    throw new CremaError(
      `Expected '${twice}' in ${field} or in param_str but found it in both`,
      of.placeOf?.(twice) ?? of.place,
    );
  }
  return { ...given, ...written };
}

function refusal(issues: readonly ParamIssue[], value: unknown, of: ParamOf): CremaError {
  const { className, text, typeParam, placeOf } = of;
  if (value === text) {
    return new CremaError(`Expected param_str of ${className} to be JSON but found '${text}'`, {
      ...of.place,
      hint: "Write it as in param_str: '{\"key\": 1}'.",
    });
  }
  const found = issues.map(({ path = [], message }) => {
    const keys = path.map((key) => String(typeof key === "object" ? key.key : key));
    return { key: keys[0], message: keys.length === 0 ? message : `${keys.join(".")}: ${message}` };
  });
  // A key that the schema does not know is in the message, not in the path.
  const given = Object.keys(typeParam?.given ?? {});
  const wrong = given.find((key) =>
    found.some((issue) => issue.key === key || issue.message.includes(JSON.stringify(key)))
  );
  const what = wrong === undefined ? "param_str" : typeParam!.field;
  return new CremaError(
    `Expected ${what} as ${className} takes it but found ${found.map(({ message }) => message).join("; ")}`,
    {
      ...(wrong === undefined ? of.place : placeOf?.(wrong) ?? of.place),
      hint: "`crema layers show` lists what a layer takes.",
    },
  );
}

function parse(text: string, of: ParamOf): unknown {
  const { className, place } = of;
  if (text.trim() === "") return {};
  const { python = false, schema } = of;
  let rounded: string | undefined;
  let value: unknown;
  try {
    value = JSON.parse(text, (_, each: unknown, context?: { source?: string }) => {
      const source = context?.source;
      if (typeof each === "number" && source !== undefined && isRounded(each, source)) rounded ??= source;
      return each;
    });
  } catch {
    return python && schema !== undefined ? parseYaml(text, of) : text; // the layer may take other text
  }
  if (rounded === undefined) return value;
  throw new CremaError(
    `Expected whole numbers within ±2^53 in param_str of ${className} but found ${rounded}`,
    { ...place, hint: 'It would be rounded. Write it as text: "…".' },
  );
}

/** The text as YAML. Throws a CremaError when it is none. */
function parseYaml(text: string, { className, place }: ParamOf): unknown {
  try {
    return readPythonParam(text);
  } catch (cause) {
    throw new CremaError(
      `Expected param_str of ${className} as YAML but found '${text}': ${thrownMessage(cause)}`,
      { ...place, cause },
    );
  }
}

/** Whether a number is not the whole number that was written. */
function isRounded(value: number, written: string): boolean {
  return /^-?\d+$/.test(written) && (!Number.isFinite(value) || BigInt(written) !== BigInt(value));
}
