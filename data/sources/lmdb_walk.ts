import type { LmdbFile } from "./lmdb_file.ts";
import { LmdbBranch } from "./lmdb_page.ts";

/**
 * Goes through the leaf pages of an LMDB's main database, in the order of their keys.
 *
 * Every leaf is as deep as the meta page says, so pages that lead in a circle end in a page of the wrong kind; that a
 * damaged tree has no more leaves than there are records is up to the caller.
 */
export class LmdbWalk {
  readonly #root: number | undefined;
  /** The branch pages from the root down, and at which of its nodes each of them is. */
  readonly #branches: { page: LmdbBranch; index: number }[];
  #begun = false;

  /** Begins before the first leaf. */
  constructor(file: LmdbFile) {
    const { root, depth } = file.meta;
    this.#root = root;
    this.#branches = Array.from({ length: Math.max(0, depth - 1) }, () => ({
      page: new LmdbBranch(file),
      index: 0,
    }));
  }

  /** The page number of the next leaf; undefined after the last. Throws a CremaError when a page is damaged. */
  next(): number | undefined {
    if (!this.#begun) {
      this.#begun = true;
      return this.#root === undefined ? undefined : this.#descend(this.#root, 0);
    }
    for (let level = this.#branches.length - 1; level >= 0; level--) {
      const branch = this.#branches[level]!;
      if (++branch.index < branch.page.count) {
        return this.#descend(branch.page.child(branch.index), level + 1);
      }
    }
    return undefined;
  }

  /** The first leaf below a page that stands at a level. */
  #descend(page: number, level: number): number {
    for (const branch of this.#branches.slice(level)) {
      branch.page.load(page);
      branch.index = 0;
      page = branch.page.child(0);
    }
    return page;
  }
}
