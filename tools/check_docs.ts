/**
 * Checks that every exported symbol, and every public member of an exported class or interface, has a doc comment.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./engine_build.ts";
import { sourceFiles } from "./source_files.ts";

/** What `deno doc --json` tells of a declaration or a member, as far as it matters here. */
interface Documented {
  name?: string;
  kind?: string;
  declarationKind?: string;
  accessibility?: string;
  isOverride?: boolean;
  jsDoc?: { doc?: string; tags?: unknown[] };
  location?: { filename: string; line: number };
  def?: { properties?: Documented[]; methods?: Documented[] };
}

/** The output of `deno doc --json`. */
export interface DocOutput {
  nodes: Record<string, { symbols?: { name: string; declarations: Documented[] }[] }>;
}

/** Members of generated messages are fields of the schema: its own page describes them. */
const generated = "proto/messages.ts";

/** Tells every exported symbol and public member that has no doc comment, as sentences with file and line. */
export function docFaults(output: DocOutput): string[] {
  const faults: string[] = [];
  for (const [url, { symbols = [] }] of Object.entries(output.nodes)) {
    for (const { name, declarations } of symbols) {
      // An overloaded function needs one comment, on any of its signatures.
      const exported = declarations.filter((each) => each.declarationKind === "export");
      const [first] = exported.filter((each) => each.location?.filename === url);
      if (first === undefined) continue;
      if (!exported.some(hasComment)) faults.push(fault(first, name));
      if (url.endsWith(`/${generated}`)) continue;
      for (const declaration of exported) {
        const { properties = [], methods = [] } = declaration.def ?? {};
        const documented = new Set([...properties, ...methods].filter(hasComment).map((each) => each.name));
        for (const member of [...properties, ...methods]) {
          if (isPublic(member) && !documented.has(member.name)) {
            faults.push(fault(member, `${name}.${member.name}`));
          }
        }
      }
    }
  }
  return faults;
}

function hasComment({ jsDoc }: Documented): boolean {
  return (jsDoc?.doc ?? "").trim() !== "" || (jsDoc?.tags ?? []).length > 0;
}

function isPublic({ name = "", accessibility, isOverride }: Documented): boolean {
  return accessibility !== "private" && isOverride !== true && !name.startsWith("[") && !name.startsWith("#");
}

function fault({ location }: Documented, name: string): string {
  const path = location === undefined ? "" : fileURLToPath(location.filename).slice(root.length + 1);
  return `${path}:${location?.line}: ${name} has no doc comment`;
}

/** Checks the repository; tells whether it is clean. */
export async function checkDocs(): Promise<boolean> {
  const files = (await sourceFiles(root, [".ts"])).filter((file) => !file.startsWith("tests/"));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...files.map((file) => join(root, file))],
    cwd: root,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const faults = docFaults(JSON.parse(new TextDecoder().decode(stdout)));
  for (const each of faults) console.error(each);
  return faults.length === 0;
}

if (import.meta.main && !await checkDocs()) Deno.exit(1);
