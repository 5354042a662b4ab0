import protobuf from "protobufjs";
import { nearest } from "../../base/distance.ts";
import { CremaError } from "../../base/error.ts";
import type { PlainMessage } from "../codec/plain.ts";
import { messageType, qualifiedName } from "../codec/schema.ts";
import type { MessageName, Messages } from "../messages.ts";
import { copyLocation, setFieldLocation, setLocation } from "./location.ts";
import { parseTextAs } from "./parse_text.ts";
import { counted } from "../../base/counted.ts";

/** Where a value comes from. */
export interface SetFieldOptions {
  /** What errors, and `locationOf` the field, name instead of a file: `--set base_lr=0.1`. Default: path=value. */
  from?: string | undefined;
}

/** A field on the way to the one that is set. */
interface Step {
  name: string;
  index?: number | undefined;
}

/**
 * A message with one field set, as if it stood in the prototxt. The message itself stays as it is. `path` names the
 * field: fields inside of messages after a dot, entries of repeated fields by index (`stepvalue[1]`; the index after the
 * last one appends). `value` is written as in a prototxt, where a string may do without quotes; a repeated field without
 * an index takes one value or a list, `[1, 2]`; `[]` leaves none. Throws a CremaError that names the field and what is near it.
 *
 * ```ts
 * import { setField } from "./set_field.ts";
 * import assert from "node:assert/strict";
 *
 * const solver = setField("SolverParameter", { base_lr: 0.1, stepvalue: [10] }, "stepvalue[1]", "20");
 * assert.deepEqual(solver, { base_lr: 0.1, stepvalue: [10, 20] });
 * assert.deepEqual(setField("LayerParameter", {}, "convolution_param.num_output", "32"), {
 *   convolution_param: { num_output: 32 },
 * });
 * ```
 */
export function setField<N extends MessageName>(
  name: N,
  message: Messages[N],
  path: string,
  value: string,
  { from = `${path}=${value}` }: SetFieldOptions = {},
): Messages[N] {
  const steps = stepsOf(path, from);
  const changed = new Setter(value, from).set(messageType(name), message as PlainMessage, steps);
  return changed as unknown as Messages[N];
}

/** The fields that a path names: `a.b[1].c`, or `a.b.1.c`. */
function stepsOf(path: string, from: string): Step[] {
  const steps: Step[] = [];
  for (const part of path.split(".")) {
    const [, name, index] = /^([A-Za-z_]\w*)(?:\[(\d+)\])?$/.exec(part.trim()) ?? [];
    const last = steps.at(-1);
    if (name !== undefined) steps.push({ name, index: index === undefined ? undefined : Number(index) });
    else if (/^\d+$/.test(part) && last !== undefined && last.index === undefined) last.index = Number(part);
    else {
      throw new CremaError(`Expected a path of fields, such as stepvalue[0], but found '${path}'`, {
        file: from,
      });
    }
  }
  return steps;
}

class Setter {
  readonly #value: string;
  readonly #from: string;

  constructor(value: string, from: string) {
    this.#value = value;
    this.#from = from;
  }

  set(type: protobuf.Type, message: PlainMessage, [step, ...rest]: readonly Step[]): PlainMessage {
    const { name, index } = step!;
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (field === undefined) throw this.#unknown(type, name);
    if (index !== undefined && !field.repeated) {
      throw this.#error(
        `Expected no index, since ${qualifiedName(field)} has one value, but found [${index}]`,
      );
    }
    const changed: PlainMessage = copyLocation(message, { ...message });
    if (rest.length === 0) return this.#leaf(changed, field, index);
    const { resolvedType } = field;
    if (!(resolvedType instanceof protobuf.Type)) {
      throw this.#error(`Expected ${qualifiedName(field)} to be a message but found a ${field.type}`);
    }
    const inside = (before: PlainMessage | undefined) => {
      const entry = this.set(resolvedType, before ?? {}, rest);
      if (before === undefined) setLocation(entry, { file: this.#from });
      return entry;
    };
    if (!field.repeated) {
      changed[name] = inside(changed[name] as PlainMessage | undefined);
      return changed;
    }
    const list = [...changed[name] as PlainMessage[] | undefined ?? []];
    if (index === undefined && list.length > 1) {
      throw this.#error(
        `Expected an index, such as ${name}[0], of ${
          counted(list.length, "entry", "entries")
        } but found none`,
      );
    }
    const at = this.#checkIndex(field, index ?? 0, list.length);
    list[at] = inside(list[at]);
    changed[name] = list;
    return changed;
  }

  #leaf(message: PlainMessage, field: protobuf.Field, index: number | undefined): PlainMessage {
    const { name } = field;
    const value = this.#parse(field);
    if (index === undefined) message[name] = value;
    else {
      const list = Array.from(message[name] as ArrayLike<unknown> | undefined ?? []);
      const values = value as readonly unknown[];
      if (values.length !== 1) {
        throw this.#error(`Expected one value for ${qualifiedName(field)} but found ${values.length}`);
      }
      list[this.#checkIndex(field, index, list.length)] = values[0];
      message[name] = list;
    }
    setFieldLocation(message, name, { file: this.#from }, index);
    return message;
  }

  #parse(field: protobuf.Field): unknown {
    if (field.repeated && /^\[\s*\]$/.test(this.#value.trim())) return [];
    const text = `${field.name}: ${valueText(field, this.#value.trim())}`;
    let parsed: PlainMessage;
    try {
      parsed = parseTextAs(field.parent as protobuf.Type, text, { file: this.#from });
    } catch (cause) {
      if (!(cause instanceof CremaError)) throw cause;
      throw new CremaError(`${cause.reason} (${qualifiedName(field)})`, {
        file: this.#from,
        hint: cause.hint,
        cause,
      });
    }
    const keys = Object.keys(parsed);
    if (keys.length !== 1 || keys[0] !== field.name) {
      throw this.#error(`Expected a value for ${qualifiedName(field)} alone but found '${this.#value}'`);
    }
    return parsed[field.name];
  }

  #checkIndex(field: protobuf.Field, index: number, length: number): number {
    if (index <= length) return index;
    throw this.#error(
      `Expected an index of ${qualifiedName(field)} from 0 to ${length} but found ${index}`,
    );
  }

  #unknown(type: protobuf.Type, name: string): CremaError {
    const near = nearest(name, Object.keys(type.fields));
    return this.#error(
      `Expected a field of ${type.name} but found '${name}'` +
        (near === undefined ? "" : `, did you mean '${near}'?`),
    );
  }

  #error(reason: string): CremaError {
    return new CremaError(reason, { file: this.#from });
  }
}

/** The value as a prototxt has it: a string in quotes, a message in braces. */
function valueText(field: protobuf.Field, value: string): string {
  const isList = field.repeated && value.startsWith("[");
  if (isList) return value;
  if (field.resolvedType instanceof protobuf.Type) return /^[{<]/.test(value) ? value : `{ ${value} }`;
  if (field.type !== "string" && field.type !== "bytes") return value;
  return /^(["']).*\1$/s.test(value) ? value : JSON.stringify(value);
}
