/**
 * Turns Caffe's spellings of flags, which people paste, into ours: `-solver=f` and `--sigint-effect stop` become
 * `--solver=f` and `--sigint_effect stop`. Only flags of `known` (long names without dashes) are touched; what follows
 * `--` is not.
 *
 * ```ts
 * import { normalizeArguments } from "./normalize_arguments.ts";
 * import assert from "node:assert/strict";
 *
 * const args = normalizeArguments(["train", "-solver=s.prototxt", "--layer_path", "x"], ["solver", "layer-path"]);
 * assert.deepEqual(args, ["train", "--solver=s.prototxt", "--layer-path", "x"]);
 * ```
 */
export function normalizeArguments(args: readonly string[], known: Iterable<string>): string[] {
  const plain = (name: string) => name.replaceAll(/[-_]/g, "").toLowerCase();
  const names = new Map([...known].map((name) => [plain(name), name]));
  const end = args.indexOf("--");
  return args.map((arg, i) => {
    const [, flag, value = ""] = /^--?([A-Za-z][\w-]+)(=.*)?$/s.exec(arg) ?? [];
    const name = flag === undefined || (end >= 0 && i > end) ? undefined : names.get(plain(flag));
    return name === undefined ? arg : `--${name}${value}`;
  });
}
