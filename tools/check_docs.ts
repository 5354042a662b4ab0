/**
 * Checks that every exported symbol has a doc comment, and in the public API every member as well.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { root } from "./root.ts";
import { sourceFiles } from "./source_files.ts";

/** What `deno doc --json` says about a declaration or a member, as far as it is used here. */
interface Documented {
  name?: string | undefined;
  kind?: string | undefined;
  declarationKind?: string | undefined;
  accessibility?: string | undefined;
  isOverride?: boolean | undefined;
  jsDoc?: { doc?: string; tags?: unknown[] };
  location?: { filename: string; line: number };
  def?: { properties?: Documented[]; methods?: Documented[] };
}

/** The output of `deno doc --json`. */
export interface DocOutput {
  nodes: Record<string, { symbols?: { name: string; declarations: Documented[] }[] }>;
}

/** What users import. */
const entryPoints = Object.values(config.exports).map((path) => path.replace("./", ""));

/** Members of generated messages are fields of the schema: its own page describes them. */
const generated = "proto/messages.ts";

/**
 * Lists every exported symbol that has no doc comment, as sentences with file and line; with `members`, also every public
 * member of exported classes and interfaces.
 */
export function docFaults(output: DocOutput, members = false): string[] {
  const faults: string[] = [];
  for (const { symbols = [] } of Object.values(output.nodes)) {
    for (const { name, declarations } of symbols) {
      const exported = declarations.filter((each) =>
        each.declarationKind === "export" && each.kind !== "reference"
      );
      const [first] = exported;
      if (first === undefined) continue;
      // An overloaded function needs one comment, on any of its signatures.
      if (!exported.some(hasComment)) faults.push(fault(first, name));
      if (members && !first.location?.filename.endsWith(`/${generated}`)) {
        faults.push(...exported.flatMap((declaration) => memberFaults(name, declaration)));
      }
    }
  }
  return faults;
}

function memberFaults(name: string, { def }: Documented): string[] {
  const members = [...def?.properties ?? [], ...def?.methods ?? []];
  const documented = new Set(members.filter(hasComment).map((member) => member.name));
  return members
    .filter((member) => isPublic(member) && !documented.has(member.name))
    .map((member) => fault(member, `${name}.${member.name}`));
}

function hasComment({ jsDoc }: Documented): boolean {
  return (jsDoc?.doc ?? "").trim() !== "" || (jsDoc?.tags ?? []).length > 0;
}

/** Members that are described elsewhere: the kind of an event, and what a script layer's class declares. */
const known = new Set([
  "type",
  "bottoms",
  "tops",
  "params",
  "typeParam",
  "reads",
  "isLoss",
  "param",
  "aliases",
  "countedAxis",
  "examples",
]);

function isPublic({ name = "", accessibility, isOverride }: Documented): boolean {
  return accessibility !== "private" && isOverride !== true && !/^[[#]/.test(name) && !known.has(name);
}

function fault({ location }: Documented, name: string): string {
  const path = location === undefined ? "" : fileURLToPath(location.filename).slice(root.length + 1);
  return `${path}:${location?.line}: ${name} has no doc comment`;
}

async function readDocs(files: string[]): Promise<DocOutput> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...files.map((file) => join(root, file))],
    cwd: root,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Checks the repository; returns whether it is clean. */
export async function checkDocs(): Promise<boolean> {
  const files = (await sourceFiles(root, [".ts"])).filter((file) => !file.startsWith("tests/"));
  const faults = new Set(docFaults(await readDocs(files)));
  for (const entry of entryPoints) {
    for (const each of docFaults(await readDocs([entry]), true)) faults.add(each);
  }
  for (const each of faults) console.error(each);
  return faults.size === 0;
}

if (import.meta.main && !await checkDocs()) Deno.exit(1);
