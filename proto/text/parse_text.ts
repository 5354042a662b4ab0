import protobuf from "protobufjs";
import textformat from "protobufjs/ext/textformat.js";
import { type Location, PrototxtError } from "../../base/error.ts";
import { locate, type LocatedMessage } from "./locate.ts";
import { setLocation } from "./location.ts";
import type { MessageName, Messages } from "../messages.ts";
import { type PlainMessage, toPlain } from "../codec/plain.ts";
import { messageType } from "../codec/schema.ts";

/** Where the text comes from. */
export interface ParseTextOptions {
  /** Path or URL of the file, for error messages and {@linkcode locationOf}. */
  file?: string | undefined;
}

/**
 * Reads a message from protobuf's text form (a prototxt). `locationOf` tells the line of every message in it.
 * Throws a PrototxtError that names file, line and column.
 *
 * ```ts
 * import { parseText } from "./parse_text.ts";
 * import assert from "node:assert/strict";
 *
 * const solver = parseText("SolverParameter", 'net: "lenet.prototxt" base_lr: 0.01 test_iter: 100');
 * assert.deepEqual(solver, { net: "lenet.prototxt", base_lr: 0.01, test_iter: [100] });
 * assert.throws(
 *   () => parseText("ConvolutionParameter", "num_output: 20\nkernelsize: 5", { file: "net.prototxt" }),
 *   {
 *     message: "net.prototxt:2:1: Expected a field of ConvolutionParameter but found 'kernelsize', " +
 *       "did you mean 'kernel_size'?",
 *   },
 * );
 * ```
 */
export function parseText<N extends MessageName>(
  name: N,
  text: string,
  options: ParseTextOptions = {},
): Messages[N] {
  return parseTextAs(messageType(name), text, options) as unknown as Messages[N];
}

/** As {@link parseText}, for a reflected type, which may be one inside of a message. */
export function parseTextAs(
  type: protobuf.Type,
  text: string,
  options: ParseTextOptions = {},
): PlainMessage {
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const located = locate(type, source, options.file);
  let message: protobuf.Message;
  try {
    message = textformat.fromText(type, source);
  } catch (cause) {
    throw libraryError(cause as Error, options);
  }
  const plain = toPlain(type, message);
  // Without a file there is no such key: locations are spread over others, which may know the file.
  const file = options.file === undefined ? {} : { file: options.file };
  remember(type, plain, located, { ...file, line: 1, column: 1 });
  return plain;
}

/** The error for what `locate` accepted and the library refused. The library knows a line at most. */
function libraryError(cause: Error, options: ParseTextOptions): PrototxtError {
  const [, reason, line] = /^(.*?)(?: \(line (\d+)\))?$/s.exec(cause.message)!;
  return new PrototxtError(`Expected a valid prototxt but found an error: ${reason}`, {
    ...options,
    line: line === undefined ? undefined : Number(line),
    cause,
  });
}

function remember(type: protobuf.Type, plain: PlainMessage, located: LocatedMessage, at: Location): void {
  const fields = new Map<string, Location[]>();
  for (const [name, entries] of located) {
    fields.set(name, entries.map((entry) => ({ ...at, ...entry.at })));
    const field = type.fields[name]!;
    if (!(field.resolvedType instanceof protobuf.Type)) continue;
    const values = (field.repeated ? plain[name] : [plain[name]]) as PlainMessage[] | undefined;
    for (const [index, entry] of entries.entries()) {
      remember(field.resolvedType, values![index]!, entry.message!, { ...at, ...entry.at });
    }
  }
  setLocation(plain, at, fields);
}
