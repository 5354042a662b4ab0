import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MODULE_EXTENSION } from "../base/module_extension.ts";

/** Where the running Crema is: in a checkout, in the folder that a compiled file unpacked to, or in an npm package. */
export interface Home {
  /** The folder with deno.json and Crema's own modules. */
  root: string;
  /** The folder that a compiled file unpacked to; undefined elsewhere. */
  unpacked: string | undefined;
  /** The compiled file that is running. */
  program: string | undefined;
  /** Whether it is the npm package. */
  isPackage: boolean;
}

/** Finds the running Crema. */
export function findHome(): Home {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const unpacked = existsSync(join(root, "..", ".complete")) ? dirname(root) : undefined;
  return {
    root,
    unpacked,
    program: unpacked === undefined ? undefined : Deno.env.get("CREMA_PROGRAM"),
    isPackage: unpacked === undefined && MODULE_EXTENSION === ".js",
  };
}
