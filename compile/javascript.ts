import { join } from "node:path";
import { CremaError } from "../base/error.ts";

/** A relative import of a TypeScript module. */
const IMPORT = /((?:from |import |import\()"\.{1,2}\/[^"]*)\.ts(")/g;

/** Points the relative imports of a module, or of its declarations, at JavaScript. */
export function importsOfJavaScript(source: string): string {
  return source.replaceAll(IMPORT, "$1.js$2");
}

/**
 * Transpiles the TypeScript modules at these paths from `root`. Returns the JavaScript by its new path, `a.js` for `a.ts`,
 * with relative imports that point at JavaScript. Throws a CremaError with Deno's message.
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
