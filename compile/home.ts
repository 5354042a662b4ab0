import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the running Crema is: a checkout, or what a compiled file unpacked. */
export interface Home {
  /** The folder with deno.json and Crema's own modules. */
  root: string;
  /** The folder that a compiled file unpacked; undefined in a checkout. */
  unpacked: string | undefined;
  /** The compiled file that runs. */
  program: string | undefined;
}

/** Finds the running Crema. */
export function findHome(): Home {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const unpacked = existsSync(join(root, "..", ".complete")) ? dirname(root) : undefined;
  return { root, unpacked, program: unpacked === undefined ? undefined : Deno.env.get("CREMA_PROGRAM") };
}
