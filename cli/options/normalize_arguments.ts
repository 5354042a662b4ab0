/**
 * Turns Caffe's spellings of flags, which people paste, into ours: `-solver=f` and `--sigint-effect stop` become
 * `--solver=f` and `--sigint_effect stop`. Only flags of `known` (long names without dashes) are touched; what follows
 * `--` is not. Of those in `flags`, which take no value, `--gray=true` becomes `--gray`, and `--gray=false` nothing.
 *
 * ```ts
 * import { normalizeArguments } from "./normalize_arguments.ts";
 * import assert from "node:assert/strict";
 *
 * const args = normalizeArguments(["train", "-solver=s.prototxt", "--layer_path", "x"], ["solver", "layer-path"]);
 * assert.deepEqual(args, ["train", "--solver=s.prototxt", "--layer-path", "x"]);
 * ```
 */
export function normalizeArguments(
  args: readonly string[],
  known: Iterable<string>,
  flags: ReadonlySet<string> = new Set(),
): string[] {
  const plain = (name: string) => name.replaceAll(/[-_]/g, "").toLowerCase();
  const names = new Map([...known].map((name) => [plain(name), name]));
  const end = args.indexOf("--");
  return args.flatMap((arg, i) => {
    const [, flag, value = ""] = /^--?([A-Za-z][\w-]+)(=.*)?$/s.exec(arg) ?? [];
    const name = flag === undefined || (end >= 0 && i > end) ? undefined : names.get(plain(flag));
    if (name === undefined) return arg;
    if (flags.has(name) && /^=(true|t|yes|y|1)$/i.test(value)) return `--${name}`;
    if (flags.has(name) && /^=(false|f|no|n|0)$/i.test(value)) return [];
    return `--${name}${value}`;
  });
}
