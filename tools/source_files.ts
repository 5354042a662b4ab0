import { join } from "node:path";

/** Folders that hold no sources of ours. */
const skipped = new Set(["build", "data-cache", "node_modules", "coverage", "snapshots", ".git"]);

/**
 * Every file below `root` whose name ends in one of `endings`, as paths from `root`, sorted.
 */
export async function sourceFiles(root: string, endings: string[]): Promise<string[]> {
  const files: string[] = [];
  const visit = async (folder: string) => {
    for await (const entry of Deno.readDir(join(root, folder))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory && !skipped.has(entry.name)) await visit(path);
      else if (entry.isFile && endings.some((ending) => entry.name.endsWith(ending))) files.push(path);
    }
  };
  await visit("");
  return files.sort();
}
