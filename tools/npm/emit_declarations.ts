import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { importsOfJavaScript } from "../../compile/javascript.ts";

/** What to emit declarations of. */
export interface EmitOptions {
  /** The folder of the TypeScript modules. */
  root: string;
  /** Paths from the root of the modules to begin with; what they import is included. */
  entries: readonly string[];
  /** The folder that the declarations go to, at the same paths. */
  out: string;
  /** Folders of the npm packages that are imported, by name. */
  packages: ReadonlyMap<string, string>;
}

/**
 * Emits declarations of TypeScript modules, for users of the JavaScript that is made of them. Types are not checked here:
 * `deno check` does that. Throws an Error when a type can't be declared.
 */
export function emitDeclarations({ root, entries, out, packages }: EmitOptions): void {
  // The compiler finds packages only in node_modules.
  for (const [name, folder] of packages) {
    const link = join(out, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(folder, link);
  }
  const options: ts.CompilerOptions = {
    declaration: true,
    emitDeclarationOnly: true,
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
    resolveJsonModule: true,
  };
  const types = join(out, "deno.d.ts");
  Deno.writeTextFileSync(types, denoTypes());
  const program = ts.createProgram([types, ...entries.map((entry) => join(root, entry))], options);
  const { diagnostics } = program.emit(undefined, (path, text) => {
    if (!path.endsWith(".d.ts")) return; // JSON, which the package has itself
    mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(path, importsOfJavaScript(text));
  });
  Deno.removeSync(types);
  Deno.removeSync(join(out, "node_modules"), { recursive: true });
  const problems = [...diagnostics, ...program.getDeclarationDiagnostics()];
  if (problems.length === 0) return;
  const texts = problems.map(({ file, messageText }) =>
    `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`
  );
  throw new Error(`Expected declarations but found:\n${texts.join("\n")}`);
}

function denoTypes(): string {
  const { success, stdout } = new Deno.Command(Deno.execPath(), { args: ["types"], env: { NO_COLOR: "1" } })
    .outputSync();
  if (!success) throw new Error("Expected `deno types` to print Deno's types but it failed");
  return new TextDecoder().decode(stdout);
}
