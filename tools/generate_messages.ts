/**
 * Writes proto/messages.ts, the TypeScript types of every message of proto/caffe.proto; proto/caffe.schema, the
 * form in which Crema reads the schema at each start; and engine/caffe.proto, what the engine reads of it. Run as `deno task proto` after a change of the schema, or when the engine's sources name
 * another field of forks.
 */
import protobuf from "protobufjs";
import { engineSchema } from "./engine_schema.ts";
import { isBigInt, typedArrayFields } from "../proto/codec/schema.ts";
import { caffeSchema, protoEnums, protoMessages } from "./caffe_proto.ts";

const HEADER = `// Generated from caffe.proto by \`deno task proto\`. Do not edit: change caffe.proto instead.
`;

function docComment(text: string, indent = ""): string {
  const lines = text.split("\n");
  return lines.length === 1
    ? `${indent}/** ${text} */\n`
    : `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}

function sentence(comment: string | null): string {
  const text = (comment ?? "").trim();
  if (text === "") return "";
  return text[0]!.toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

function typeName(object: protobuf.Enum | protobuf.Type): string {
  return object.parent instanceof protobuf.Type ? object.parent.name + object.name : object.name;
}

function scalarType(field: protobuf.Field): string {
  if (field.resolvedType !== null) return typeName(field.resolvedType);
  if (field.type === "string") return "string";
  if (field.type === "bool") return "boolean";
  if (field.type === "bytes") return "Uint8Array";
  return isBigInt(field) ? "bigint" : "number";
}

function fieldType(field: protobuf.Field): string {
  const typed = typedArrayFields[`${field.parent!.name}.${field.name}`];
  if (typed !== undefined) return typed.name;
  return field.repeated ? `${scalarType(field)}[]` : scalarType(field);
}

/** The default as it is written in caffe.proto, or undefined when the field has none. */
function writtenDefault(field: protobuf.Field): string | undefined {
  const value: unknown = field.options?.["default"];
  if (value === undefined) return undefined;
  return field.type === "string" ? JSON.stringify(value) : String(value);
}

function enumDeclaration(type: protobuf.Enum): string {
  const owner = type.parent instanceof protobuf.Type ? ` of ${type.parent.name}` : "";
  const doc = sentence(type.comment) || `Values of the enum ${type.name}${owner}.`;
  const names = Object.keys(type.values).map((name) => JSON.stringify(name));
  return `${docComment(doc)}export type ${typeName(type)} = ${names.join(" | ")};\n`;
}

function messageDeclaration(type: protobuf.Type): string {
  const enums = type.nestedArray.filter((entry) => entry instanceof protobuf.Enum).map(enumDeclaration);
  const layer = type.name.replace(/Parameter$/, "");
  const doc = sentence(type.comment) || `Settings of the layer type ${layer}.`;
  let text = enums.map((declaration) => `${declaration}\n`).join("");
  text += `${docComment(doc)}export interface ${type.name} {\n`;
  for (const field of type.fieldsArray) {
    const preset = writtenDefault(field);
    const notes = [sentence(field.comment), preset === undefined ? "" : `Default ${preset}.`]
      .filter((part) => part !== "").join(" ");
    if (notes !== "") text += docComment(notes, "  ");
    text += `  ${field.name}${field.required ? "" : "?"}: ${fieldType(field)};\n`;
  }
  return text + "}\n";
}

/** The names of the fields that `withDefaults` always sets: those with a written default, and the repeated ones. */
function defaultedUnion(type: protobuf.Type): string {
  const names = type.fieldsArray
    .filter((field) => field.repeated || writtenDefault(field) !== undefined)
    .map((field) => JSON.stringify(field.name));
  return names.length === 0 ? "never" : names.join(" | ");
}

/** The text of proto/messages.ts for the present schema, before formatting. */
export function generateMessages(): string {
  const parts = [HEADER, ...protoEnums.map(enumDeclaration), ...protoMessages.map(messageDeclaration)];
  parts.push(
    docComment("Every message by its name in caffe.proto.") +
      `export interface Messages {\n${
        protoMessages.map((type) => `  ${type.name}: ${type.name};\n`).join("")
      }}\n`,
    docComment("The name of a message of caffe.proto.") + "export type MessageName = keyof Messages;\n",
    docComment("By message, the fields that have a default or are repeated.") +
      `export interface DefaultedFields {\n${
        protoMessages.map((type) => `  ${type.name}: ${defaultedUnion(type)};\n`).join("")
      }}\n`,
  );
  return parts.join("\n");
}

/** Formats TypeScript as `deno fmt` does with the settings of deno.json. */
export async function formatted(text: string): Promise<string> {
  const config = new URL("../deno.json", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--config", config.pathname, "--ext", "ts", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`deno fmt failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  const write = async (path: string, text: string) => {
    const file = new URL(`../${path}`, import.meta.url);
    await Deno.writeTextFile(file, text);
    // deno-lint-ignore no-console
    console.log(`wrote ${file.pathname}`);
  };
  await write("proto/messages.ts", await formatted(generateMessages()));
  await write("proto/caffe.schema", caffeSchema());
  await write("engine/caffe.proto", await engineSchema());
}
