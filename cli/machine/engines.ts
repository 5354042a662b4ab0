import { CremaError } from "../../base/mod.ts";
import { Engine } from "../../ffi/mod.ts";

/** An engine, or why there is none. */
export type FoundEngine =
  | { name: string; version: string; path: string; threads: number; layerTypes: number }
  | { name: string; missing: string };

/** The engines that come with Crema. */
const NAMES = ["embedded", "libcaffe"] as const;

/** Loads the engines of Crema, and `more`, the path of another or a name. */
export function findEngines(more?: string): FoundEngine[] {
  const names = more === undefined || NAMES.some((name) => name === more) ? [...NAMES] : [...NAMES, more];
  return names.map((name) => {
    try {
      const { version, path, threads, layerTypes } = Engine.open(name);
      return { name, version, path, threads, layerTypes: layerTypes.length };
    } catch (error) {
      if (!(error instanceof CremaError)) throw error;
      return { name, missing: error.message };
    }
  });
}
