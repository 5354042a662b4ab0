import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Which of the repository's modules imports which: paths from the root, by path from the root. */
export type ModuleGraph = Map<string, Set<string>>;

/** Reads the imports (of values and of types, static and dynamic) of modules below `root` from Deno itself. */
export async function moduleGraph(root: string, files: string[]): Promise<ModuleGraph> {
  await Deno.mkdir(join(root, "build"), { recursive: true });
  // `deno info` takes one module: give it one that imports all.
  const entry = await Deno.makeTempFile({ dir: join(root, "build"), prefix: "modules", suffix: ".ts" });
  try {
    await Deno.writeTextFile(entry, files.map((file) => `import "../${file}";\n`).join(""));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", entry],
      cwd: root,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return graphOf(JSON.parse(new TextDecoder().decode(stdout)), root, entry);
  } finally {
    await Deno.remove(entry);
  }
}

interface Info {
  modules: {
    specifier: string;
    dependencies?: { code?: { specifier?: string }; type?: { specifier?: string } }[];
  }[];
}

function graphOf(info: Info, root: string, entry: string): ModuleGraph {
  const local = (specifier: string | undefined) => {
    if (specifier === undefined || !specifier.startsWith("file:")) return undefined;
    const path = fileURLToPath(specifier);
    return path !== entry && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined;
  };
  const graph: ModuleGraph = new Map();
  for (const module of info.modules) {
    const from = local(module.specifier);
    if (from === undefined) continue;
    const imports = new Set<string>();
    for (const dependency of module.dependencies ?? []) {
      for (const to of [local(dependency.code?.specifier), local(dependency.type?.specifier)]) {
        if (to !== undefined) imports.add(to);
      }
    }
    graph.set(from, imports);
  }
  return graph;
}
