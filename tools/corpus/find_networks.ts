import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { CremaError } from "../../base/error.ts";
import { thrownMessage } from "../../base/thrown.ts";

/** A network of a corpus. */
export interface Network {
  /** Its file, from the corpus's folder on. */
  readonly path: string;
  /** The folder right below the corpus that it is in, one per repository; "." for the corpus itself. */
  readonly repository: string;
  /** The SHA-256 of its text without white space and comments, by which it is known again. */
  readonly digest: string;
}

/** What {@link findNetworks} found. */
export interface Found {
  readonly networks: readonly Network[];
  /** How many other prototxts there are: copies, solvers, and files without layers. */
  readonly others: number;
}

/**
 * Every prototxt below a folder that has layers, in the order of their paths; solvers are left out. Files that differ
 * only in white space and comments count once. Throws a CremaError for a folder or a prototxt that can't be read.
 */
export async function findNetworks(folder: string): Promise<Found> {
  const networks = new Map<string, Network>(), paths = await prototxtsIn(folder);
  for (const path of paths.sort()) {
    const text = withoutComments(await readable(path, () => Deno.readTextFile(path)));
    const essence = text.replaceAll(/\s+/g, "");
    const isNet = /(?:^|[\s}])layers?\s*:?\s*[{<]/.test(text) && !/(?:^|\s)base_lr\s*:/.test(text);
    if (!isNet || networks.has(essence)) continue;
    const inside = relative(folder, path);
    const [first = ".", ...rest] = inside.split("/");
    const digest = createHash("sha256").update(essence).digest("hex");
    networks.set(essence, { path: inside, repository: rest.length === 0 ? "." : first, digest });
  }
  return { networks: [...networks.values()], others: paths.length - networks.size };
}

async function prototxtsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  const entries = await readable(folder, () => Array.fromAsync(Deno.readDir(folder)));
  for (const { name, isDirectory, isFile } of entries) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await prototxtsIn(path));
    else if (isFile && /\.(?:prototxt|pt)$/.test(name)) found.push(path);
  }
  return found;
}

async function readable<Content>(file: string, read: () => Promise<Content>): Promise<Content> {
  try {
    return await read();
  } catch (cause) {
    const hint = "Make it readable, or move it out of the corpus.";
    throw new CremaError(`Expected to read it but found: ${thrownMessage(cause)}`, { file, hint, cause });
  }
}

/** A prototxt's text without its comments. A '#' in a string is none. */
export function withoutComments(text: string): string {
  return text.replaceAll(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|#[^\n]*/g,
    (_, string: string | undefined) => string ?? "",
  );
}
