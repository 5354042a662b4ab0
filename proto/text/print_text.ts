import protobuf from "protobufjs";
import textformat from "protobufjs/ext/textformat.js";
import { shortestFloat32 } from "../../base/float32.ts";
import { fromPlain, type PlainMessage } from "../codec/plain.ts";
import { messageType, messageTypes } from "../codec/schema.ts";
import type { MessageName, Messages } from "../messages.ts";

/**
 * Writes a message in protobuf's text form, with fields in the order of their numbers and floats in their
 * shortest form. Throws a CremaError when the object has a field that the message lacks, or a value of the
 * wrong type.
 *
 * ```ts
 * import { printText } from "./print_text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(printText("FillerParameter", { type: "gaussian", std: 0.01 }), 'type: "gaussian"\nstd: 0.01\n');
 * ```
 */
export function printText<N extends MessageName>(name: N, message: Messages[N]): string {
  const type = messageType(name);
  const text = textformat.toText(type, printable(type, fromPlain(type, message) as unknown as PlainMessage));
  return text === "" ? "" : `${withCapitals(text)}\n`;
}

/** The names of fields with capitals, by how the library writes them (`trans_a` for `transA`, as in protobuf 1). */
const capitals = new Map(
  messageTypes.flatMap(({ fieldsArray }) => fieldsArray).map(({ name }) => name)
    .filter((name) => /[A-Z]/.test(name))
    .map((name) => [name.replace(/(?<=.)[A-Z](?=[a-z]|$)/g, (letter) => `_${letter.toLowerCase()}`), name]),
);

function withCapitals(text: string): string {
  return text.replace(
    /^( *)(\w+)(?=:| \{)/gm,
    (_, indent: string, name: string) => indent + (capitals.get(name) ?? name),
  );
}

/** A copy of a message with floats as the decimals to print. */
function printable(type: protobuf.Type, message: PlainMessage): PlainMessage {
  const copy: PlainMessage = {};
  for (const field of type.fieldsArray) {
    if (!Object.hasOwn(message, field.name)) continue;
    const value = message[field.name];
    const convert = (item: unknown) =>
      field.resolvedType instanceof protobuf.Type
        ? printable(field.resolvedType, item as PlainMessage)
        : field.type === "float"
        ? shortestFloat32(item as number)
        : item;
    copy[field.name] = field.repeated ? Array.from(value as ArrayLike<unknown>, convert) : convert(value);
  }
  return copy;
}
