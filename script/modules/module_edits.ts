import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ModuleGraph, moduleGraph } from "./module_graph.ts";
import { renewModule } from "./module_versions.ts";
import { isOwn } from "./own_modules.ts";

/** A file as it was seen last. */
interface Seen {
  /** Time, size and file; "" for a file that is not there. */
  stamp: string;
  /** A stamp that differs: it counts when it is found a second time, for then whoever writes the file is done. */
  newStamp: string | undefined;
  hash: string;
}

/**
 * Watches the files of some modules, and of what they import from files, for edits. It looks at the files rather than
 * asking the system to tell: that works on every file system, and there are few of them.
 */
export class ModuleEdits {
  readonly #graphs = new Map<string, ModuleGraph>();
  readonly #files = new Map<string, Seen>();

  private constructor() {}

  /** Begins to watch modules, by URL; those that are not files, and Crema's own, are left out. Throws a CremaError. */
  static async of(roots: Iterable<string>): Promise<ModuleEdits> {
    const edits = new ModuleEdits();
    for (const root of new Set(roots)) {
      if (root.startsWith("file:") && !isOwn(root)) await edits.readImports(root);
    }
    return edits;
  }

  /** The URLs of the files that are watched. */
  get files(): string[] {
    return [...this.#files.keys()];
  }

  /**
   * Looks for edits. Returns the watched modules that are concerned, because they or something that they import changed;
   * their next import reads the files anew.
   */
  poll(): string[] {
    const changed = [...this.#files].filter(([url, seen]) => isChanged(url, seen)).map(([url]) => url);
    if (changed.length === 0) return [];
    const stale = new Set(changed);
    const graphs = [...this.#graphs.values()];
    // The set grows while it is walked.
    for (const url of stale) {
      for (const { imports } of graphs) {
        for (const [from, to] of imports) if (to.includes(url)) stale.add(from);
      }
    }
    for (const url of stale) renewModule(url);
    return [...this.#graphs].filter(([root, graph]) => stale.has(root) || stale.has(graph.root)).map((
      [root],
    ) => root);
  }

  /** Reads anew what a module imports, to watch that as well. */
  async readImports(root: string): Promise<void> {
    const graph = await moduleGraph(root);
    this.#graphs.set(root, graph);
    for (const url of graph.modules) {
      if (url.startsWith("file:") && !this.#files.has(url)) {
        this.#files.set(url, { stamp: stampOf(url), newStamp: undefined, hash: hashOf(url) });
      }
    }
  }
}

function isChanged(url: string, seen: Seen): boolean {
  const stamp = stampOf(url);
  if (stamp === seen.stamp) {
    seen.newStamp = undefined;
    return false;
  }
  const settled = stamp === seen.newStamp;
  seen.newStamp = stamp;
  if (!settled) return false;
  seen.stamp = stamp;
  const before = seen.hash;
  seen.hash = hashOf(url);
  return seen.hash !== before;
}

function pathOf(url: string): string {
  const plain = new URL(url);
  plain.search = plain.hash = "";
  return fileURLToPath(plain);
}

function stampOf(url: string): string {
  const stat = statSync(pathOf(url), { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
}

function hashOf(url: string): string {
  try {
    return createHash("sha256").update(readFileSync(pathOf(url))).digest("base64");
  } catch {
    return ""; // not there, or not to be read: the import will say so
  }
}
