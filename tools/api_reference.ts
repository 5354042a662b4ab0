/**
 * Writes docs/api/: what `mod.ts` exports, with its doc comments, a page for each folder. Only the syntax of the sources
 * is read, so that a test can compare the pages at little cost: `deno run -A tools/api_reference.ts`
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { root } from "./root.ts";

/** Messages of the schema: their page is proto/caffe.proto. */
const MESSAGES = "proto/messages.ts";

const PAGES: Record<string, string> = {
  base: "Errors, types of numbers",
  data: "Data: databases, datasets, arrays, images",
  ffi: "The engine, blobs, vector math",
  layers: "The base class of layers",
  net: "Nets and predictions",
  onnx: "ONNX: graphs, and models that come in",
  proto: "Prototxt, messages, NetSpec",
  script: "Modules of layers: found, locked, checked, documented",
  train: "Training, snapshots, runs",
};

/** What a module exports under a name: all declarations of it, such as the signatures of a function. */
interface Exported {
  name: string;
  file: string;
  declarations: ts.Statement[];
}

const parsed = new Map<string, ts.SourceFile>();

function sourceOf(file: string): ts.SourceFile {
  let source = parsed.get(file);
  if (source === undefined) {
    const text = Deno.readTextFileSync(join(root, file));
    parsed.set(file, source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  }
  return source;
}

/** All that a module exports, by name. */
function exportsOf(file: string): Map<string, Exported> {
  const source = sourceOf(file), found = new Map<string, Exported>();
  const target = (specifier: ts.Expression) =>
    relative(root, join(root, dirname(file), (specifier as ts.StringLiteral).text));
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined) {
      const from = exportsOf(target(statement.moduleSpecifier));
      if (statement.exportClause === undefined) { for (const [name, each] of from) found.set(name, each); }
      else if (ts.isNamedExports(statement.exportClause)) {
        for (const { name, propertyName } of statement.exportClause.elements) {
          const each = from.get((propertyName ?? name).text);
          if (each === undefined) throw new Error(`Expected '${name.text}' in ${file} but found no export`);
          found.set(name.text, { ...each, name: name.text });
        }
      }
      continue;
    }
    const isExported = ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!isExported) continue;
    for (const name of namesOf(statement)) {
      const before = found.get(name)?.declarations ?? [];
      found.set(name, { name, file, declarations: [...before, statement] });
    }
  }
  return found;
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = statement as ts.DeclarationStatement;
  return name === undefined ? [] : [name.getText()];
}

/** The doc comment of a node, as Markdown. */
function docOf(node: ts.Node): string {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1);
  if (comment === undefined) return "";
  const lines = comment.getText().replace(/^\/\*\*|\*\/$/g, "").split("\n");
  return lines.map((line) => line.replace(/^\s*\* ?/, "").trimEnd()).join("\n").trim()
    .replaceAll(/\{@link (\w+)\}/g, "`$1`")
    // Examples run where they stand.
    .replaceAll(/^```ts$/gm, "```ts ignore");
}

/** A declaration as a reader sees it: without its body, its values and what is private. */
function signatureOf(statement: ts.Statement): string {
  if (ts.isFunctionDeclaration(statement)) {
    return `${bare(textTo(statement, statement.body))};`;
  }
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name, type, initializer }) => {
      const value = initializer?.getText() ?? "";
      const is = type !== undefined ? `: ${type.getText()}` : value.length <= 60 ? ` = ${value}` : "";
      return `const ${name.getText()}${is};`;
    }).join("\n");
  }
  if (!ts.isClassDeclaration(statement)) return bare(statement.getText());
  const first = statement.members[0];
  const head = bare(
    statement.getText().slice(0, (first?.getFullStart() ?? statement.end) - statement.getStart()),
  );
  const members = statement.members.filter(isPublic).map((member) => {
    const [comment] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc).slice(-1);
    return `  ${comment === undefined ? "" : `${comment.getText()}\n  `}${memberText(member)};`;
  });
  return [head.trimEnd(), ...members, "}"].join("\n");
}

function isPublic(member: ts.ClassElement): boolean {
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.OverrideKeyword];
  const modifiers = ts.canHaveModifiers(member) ? ts.getModifiers(member) ?? [] : [];
  return !modifiers.some(({ kind }) => hidden.includes(kind)) &&
    !(member.name !== undefined && ts.isPrivateIdentifier(member.name)) &&
    !ts.isClassStaticBlockDeclaration(member);
}

function memberText(member: ts.ClassElement): string {
  if (ts.isPropertyDeclaration(member)) {
    const { initializer, type, name } = member;
    const text = textTo(member, initializer).replace(/\s*=\s*$/, "").replace(/;$/, "");
    return type === undefined && initializer !== undefined ? `${text}: typeof ${name.getText()}` : text;
  }
  const { body } = member as ts.MethodDeclaration;
  return textTo(member, body).replace(/\basync /, "").replace(/;$/, "");
}

/** The text of a node, without its doc comment, up to a part of it. */
function textTo(node: ts.Node, end: ts.Node | undefined): string {
  return node.getSourceFile().text.slice(node.getStart(), end?.getStart() ?? node.end).trimEnd();
}

function bare(text: string): string {
  return text.replace(/^export /, "").replace(/^(abstract )?(async )/, "$1").replace(/;$/, "");
}

/** The first sentence of a doc comment. */
function sentenceOf(doc: string): string {
  const [paragraph = ""] = doc.split("\n\n");
  const text = paragraph.replaceAll("\n", " ");
  return (/^.*?[.!?](?= [A-Z`]|$)/.exec(text)?.[0] ?? text).replace(/[.:]$/, "").replaceAll(
    "|",
    String.raw`\|`,
  );
}

function section({ name, file, declarations }: Exported): string {
  const docs = declarations.map(docOf).filter((doc) => doc !== "");
  const code = declarations.map(signatureOf).join("\n");
  return [`## ${name}`, ...docs, `\`\`\`ts ignore\n${code}\n\`\`\``, `<sub>\`${file}\`</sub>`].join("\n\n");
}

/** The pages, by their paths in docs/api/. */
export function apiReference(): Map<string, string> {
  const all = [...exportsOf("mod.ts").values()].filter(({ file }) => file !== MESSAGES)
    .sort((a, b) => a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1);
  const pages = new Map<string, string>(), index: string[] = [];
  for (const [folder, title] of Object.entries(PAGES)) {
    const own = all.filter(({ file }) => file.startsWith(`${folder}/`));
    pages.set(
      `${folder}.md`,
      `# ${title}\n\nGenerated from the doc comments: \`tools/api_reference.ts\`. [All pages](README.md).\n\n${
        own.map(section).join("\n\n")
      }\n`,
    );
    const rows = own.map(({ name, declarations }) => {
      const doc = sentenceOf(declarations.map(docOf).find((each) => each !== "") ?? "");
      return `| [\`${name}\`](${folder}.md#${name.toLowerCase()}) | ${doc} |`;
    });
    index.push(`## ${title}\n\n|     |     |\n| --- | --- |\n${rows.join("\n")}`);
  }
  const other = all.filter(({ file }) => !Object.keys(PAGES).some((folder) => file.startsWith(`${folder}/`)));
  if (other.length > 0) {
    throw new Error(`Expected a page for ${other.map(({ name, file }) => `${name} (${file})`)}`);
  }
  pages.set(
    "README.md",
    `# API reference

What \`import { … } from "crema"\` gives, generated from the doc comments by \`tools/api_reference.ts\`. The messages of
the schema (\`NetParameter\`, \`SolverParameter\`, \`LayerParameter\` and the others) are exported too: their fields are those
of \`proto/caffe.proto\`. \`import { … } from "crema/layers"\` gives the layers of [the library](../layers.md), which
\`crema layers show\` documents.

${index.join("\n\n")}
`,
  );
  return pages;
}

if (import.meta.main) {
  const folder = join(root, "docs/api");
  Deno.mkdirSync(folder, { recursive: true });
  for (const [path, text] of apiReference()) Deno.writeTextFileSync(join(folder, path), text);
  console.log(`wrote ${folder}`);
}
