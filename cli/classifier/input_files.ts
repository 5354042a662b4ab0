import { join } from "node:path";
import { CremaError } from "../../base/mod.ts";

/** The files of a folder that are classified: images, arrays and IDX files. */
const INPUT = /\.(jpe?g|png|webp|gif|tiff?|avif|npy|idx\d?(-ubyte)?(\.gz)?)$/i;

/**
 * The files to classify: those that are named, and in place of each folder the images, arrays and IDX files in it and in
 * the folders below, in the order of their names. Throws a CremaError for a folder without any.
 */
export async function inputFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    // What is missing, or can't be looked at, is an error when it is read.
    const isFolder = await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
    if (!isFolder) files.push(path);
    else {
      const found = await filesBelow(path);
      if (found.length === 0) {
        throw new CremaError("Expected images in the folder but found none", { file: path });
      }
      files.push(...found);
    }
  }
  return files;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = (await Array.fromAsync(Deno.readDir(folder))).filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => a.name < b.name ? -1 : 1);
  const files: string[] = [];
  for (const { name, isDirectory } of entries) {
    const path = join(folder, name);
    if (isDirectory) files.push(...await filesBelow(path));
    else if (INPUT.test(name)) files.push(path);
  }
  return files;
}
