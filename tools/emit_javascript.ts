import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

/** What to make JavaScript of. */
export interface EmitOptions {
  /** The folder of the TypeScript. */
  root: string;
  /** Modules that others import, from the root; what they import is taken as well. */
  entries: readonly string[];
  /** Where the JavaScript and its declarations go, at the same paths. */
  out: string;
  /** Where the npm packages are that are imported, by name. */
  packages: ReadonlyMap<string, string>;
}

/**
 * Makes JavaScript of TypeScript, and declarations of its types, for runtimes that strip no types in packages: imports of
 * `./a.ts` become imports of `./a.js`. Types are not checked here: `deno check` does that. Throws an Error when a declaration
 * can't be made.
 */
export function emitJavaScript({ root, entries, out, packages }: EmitOptions): void {
  // The compiler finds packages in node_modules alone.
  for (const [name, folder] of packages) {
    const link = join(out, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(folder, link);
  }
  const options: ts.CompilerOptions = {
    declaration: true,
    rootDir: root,
    outDir: out,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    paths: { "*": [join(out, "node_modules", "*")] },
    lib: ["lib.esnext.d.ts"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: true,
    resolveJsonModule: true,
  };
  const types = join(out, "deno.d.ts");
  Deno.writeTextFileSync(types, denoTypes());
  const program = ts.createProgram([types, ...entries.map((entry) => join(root, entry))], options);
  const { diagnostics, emitSkipped } = program.emit(undefined, (path, text) => {
    if (path.endsWith(".json")) return; // the package has its own
    mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(path, path.endsWith(".d.ts") ? text.replaceAll(IMPORT, "$1.js$2") : text);
  });
  Deno.removeSync(types);
  Deno.removeSync(join(out, "node_modules"), { recursive: true });
  const problems = [...diagnostics, ...program.getDeclarationDiagnostics()];
  if (!emitSkipped && problems.length === 0) return;
  const texts = problems.map(({ file, messageText }) =>
    `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`
  );
  throw new Error(`Expected JavaScript and declarations but found:\n${texts.join("\n")}`);
}

/** A relative import of a module in a declaration, whose ending the compiler leaves as it is. */
const IMPORT = /((?:from |import\()"\.{1,2}\/[^"]*)\.ts(")/g;

function denoTypes(): string {
  const { success, stdout } = new Deno.Command(Deno.execPath(), { args: ["types"], env: { NO_COLOR: "1" } })
    .outputSync();
  if (!success) throw new Error("Expected `deno types` to print Deno's types but it failed");
  return new TextDecoder().decode(stdout);
}
