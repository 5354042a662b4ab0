/**
 * Writes engine/caffe.proto: what of proto/caffe.proto the engine reads. Of what forks of Caffe add, most is read in
 * TypeScript only, and C++ classes for it would take minutes to compile. `deno task proto` writes the file.
 *
 * @module
 */
import protobuf from "protobufjs";
import { isOfForks } from "../proto/codec/fork_numbers.ts";
import { protoMessages } from "./caffe_proto.ts";
import { root } from "./root.ts";
import { sourceFiles } from "./source_files.ts";

const HEADER =
  `// Generated from proto/caffe.proto by \`deno task proto\`: what the engine reads of it. Do not edit.
// Without what forks of Caffe add, but for the fields and values that some source in engine/ names.
`;

/**
 * The words of all sources in engine/, with the fields that accessors are made of ("has_axis", "axis_size"), and their
 * qualified names ("PoolingParameter::MAX").
 */
async function engineWords(): Promise<ReadonlySet<string>> {
  const words = new Set<string>();
  for (const file of await sourceFiles(root, [".cc", ".h"])) {
    if (!file.startsWith("engine/")) continue;
    const text = await Deno.readTextFile(`${root}/${file}`);
    for (const word of text.match(/\w+/g) ?? []) {
      words.add(word);
      words.add(word.replace(/^(?:has|set|add|clear|mutable)_/, "").replace(/_size$/, ""));
    }
    for (const [, name] of text.matchAll(/(?=\b(\w+::\w+))/g)) words.add(name!);
  }
  return words;
}

/** The messages, enums and fields that stay, by their full names. */
function kept(words: ReadonlySet<string>): ReadonlySet<string> {
  const names = new Set<string>();
  const keep = (type: protobuf.Type | protobuf.Enum) => {
    if (names.has(type.fullName)) return;
    names.add(type.fullName);
    if (type.parent instanceof protobuf.Type) keep(type.parent);
    if (!(type instanceof protobuf.Type)) return;
    for (const field of type.fieldsArray) {
      const { resolvedType } = field.resolve();
      if (isOfForks(field.id) && !words.has(field.name)) continue;
      names.add(field.fullName);
      if (resolvedType !== null) keep(resolvedType);
    }
  };
  for (const type of protoMessages) if (words.has(type.name)) keep(type);
  return names;
}

/** The text of engine/caffe.proto for the present schema and sources. */
export async function engineSchema(): Promise<string> {
  const words = await engineWords();
  const names = kept(words);
  const source = await Deno.readTextFile(`${root}/proto/caffe.proto`);
  const lines: string[] = [];
  const within = [".caffe"];
  /** How deep the block that is left out began; 0 when none is. */
  let left = 0;
  for (const line of source.split("\n")) {
    const block = /^\s*(?:message|enum)\s+(\w+)\s*\{/.exec(line)?.[1];
    const field = /^\s*(?:optional|required|repeated)\s+[\w.]+\s+(\w+)\s*=/.exec(line)?.[1];
    const name = `${within.at(-1)}.${block ?? field}`;
    if (block !== undefined) {
      within.push(name);
      if (left === 0 && !names.has(name)) left = within.length;
    }
    const [, value, number] = /^\s*(\w+)\s*=\s*(-?\d+)/.exec(line) ?? [];
    const [message, list] = within.at(-1)!.split(".").slice(-2);
    const isForks = value !== undefined && isOfForks(Number(number)) &&
      !words.has(`${message}_${list}_${value}`) && !words.has(`${message}::${value}`);
    const stays = left === 0 && !isForks && (field === undefined || names.has(name));
    // Comments, which speak of what may be left out, stay in the source.
    if (stays && !/^\s*(?:\/\/.*)?$/.test(line)) lines.push(line.replace(/\s*\/\/.*$/, ""));
    if (/^\s*\}/.test(line) || (block !== undefined && /\}\s*$/.test(line))) {
      if (left === within.length) left = 0;
      within.pop();
    }
  }
  return `${HEADER}\n${lines.join("\n")}\n`;
}
