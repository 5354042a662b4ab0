/**
 * The folders of Crema's own modules, in the repository's root, in the order in which they may import: each
 * imports only from those before it. This list decides what is built into programs and packages, which
 * modules go by Crema's version, and what the import check allows. The only module outside them is the
 * root's `mod.ts`.
 */
export const OWN_FOLDERS = [
  "base",
  "plot",
  "proto",
  "onnx",
  "ffi",
  "data",
  "layers",
  "script",
  "net",
  "train",
  "compile",
  "cli",
] as const;
