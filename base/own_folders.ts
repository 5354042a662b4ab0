/**
 * The folders that hold Crema's own modules, from the root of the repository, in the order in which they may import: each
 * imports from those before it. What is built into programs and packages, what goes by Crema's version, and what the
 * import check allows all follow from this list. The root's `mod.ts` stands beside them.
 */
export const OWN_FOLDERS = [
  "base",
  "proto",
  "ffi",
  "data",
  "layers",
  "script",
  "net",
  "train",
  "compile",
  "cli",
] as const;
