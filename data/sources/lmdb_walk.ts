import type { LmdbFile } from "./lmdb_file.ts";
import { LmdbBranch } from "./lmdb_page.ts";

/**
 * Visits the leaf pages of an LMDB's main database in the order of their keys.
 *
 * All leaves must be at the depth that the meta page gives, so a cycle ends at a page of the wrong kind. The
 * caller bounds the number of leaves by the number of records.
 */
export class LmdbWalk {
  readonly #root: number | undefined;
  /** The branch pages from the root to the current leaf, and the current node of each. */
  readonly #branches: { page: LmdbBranch; index: number }[];
  #begun = false;

  /** Starts before the first leaf. */
  constructor(file: LmdbFile) {
    const { root, depth } = file.meta;
    this.#root = root;
    this.#branches = Array.from({ length: Math.max(0, depth - 1) }, () => ({
      page: new LmdbBranch(file),
      index: 0,
    }));
  }

  /** Returns the page number of the next leaf, or undefined after the last. Throws a CremaError on damage. */
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

  /** The first leaf below a page at a level. */
  #descend(page: number, level: number): number {
    for (const branch of this.#branches.slice(level)) {
      branch.page.load(page);
      branch.index = 0;
      page = branch.page.child(0);
    }
    return page;
  }
}
