import { join } from "node:path";
import { CremaError } from "../base/error.ts";

/** A relative import of a TypeScript module. */
const IMPORT = /((?:from |import |import\()"\.{1,2}\/[^"]*)\.ts(")/g;

/** Lets the relative imports of a module, or of its declarations, lead to JavaScript. */
export function importsOfJavaScript(source: string): string {
  return source.replaceAll(IMPORT, "$1.js$2");
}

/**
 * Makes JavaScript of the TypeScript modules below a folder, at these paths from it. Returns the sources by their new paths,
 * `a.js` for `a.ts`, whose relative imports lead to JavaScript as well. Throws a CremaError with what Deno says.
 */
export async function javaScriptOf(root: string, paths: readonly string[]): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const out = await Deno.makeTempDir({ prefix: "crema-javascript-" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "transpile",
        "--quiet",
        "--no-config",
        "--no-check",
        "--source-map",
        "none",
        "--outdir",
        out,
        ...paths,
      ],
      cwd: root,
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    if (!success) {
      throw new CremaError(
        `Expected \`deno transpile\` to make JavaScript but found: ${new TextDecoder().decode(stderr)}`,
      );
    }
    const made = new Map<string, string>();
    for (const path of paths) {
      const to = path.replace(/\.ts$/, ".js");
      made.set(to, importsOfJavaScript(await Deno.readTextFile(join(out, to))));
    }
    return made;
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}
