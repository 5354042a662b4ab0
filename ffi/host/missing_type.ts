import { distance } from "../../base/distance.ts";

/** Types of the embedded engine, most of them of forks of Caffe, that Debian's libcaffe lacks. A test compares them. */
export const EMBEDDED_ONLY_TYPES: readonly string[] = [
  "Axpy",
  "BN",
  "ConvolutionDepthwise",
  "DepthwiseConvolution",
  "HardSigmoid",
  "HardSwish",
  "Interp",
  "Permute",
  "ReLU6",
  "Reorg",
  "ShuffleChannel",
  "Squeeze",
  "Upsample",
];

/**
 * What to do about a layer type that the engine of this name lacks, and no module has: another engine, a type that is
 * really near among `known`, a fork of Caffe, or a layer of one's own.
 *
 * ```ts
 * import { missingTypeHint } from "./missing_type.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(missingTypeHint("relu", "embedded", ["ReLU", "Softmax"]), "Did you mean 'ReLU'?");
 * assert.match(missingTypeHint("Permute", "libcaffe", ["Python"]), /^The embedded engine has it: --engine embedded/);
 * assert.match(missingTypeHint("SReLU", "embedded", ["ReLU"]), /^No engine or module here has it/);
 * ```
 */
export function missingTypeHint(type: string, engine: string, known: readonly string[]): string {
  if (engine !== "embedded" && EMBEDDED_ONLY_TYPES.includes(type)) {
    return 'The embedded engine has it: --engine embedded, or `engine: "embedded"` in scripts.';
  }
  const near = nearType(type, known);
  if (near !== undefined) return `Did you mean '${near}'?`;
  const name = /^[A-Z]\w*$/.test(type) ? type : "MyLayer";
  return "No engine or module here has it. If a fork of Caffe has it, that can be the engine libcaffe, with " +
    "CREMA_PROTO for its fields (docs/libcaffe.md); `--layers` takes it from a module, and " +
    `\`crema new layer ${name}\` begins one. \`crema layers\` lists all types, and where each runs.`;
}

/**
 * The type that was misspelled, if one is really near. With another first letter it is another layer, as SReLU is not
 * ReLU; so is a short name with a letter more, as it is not SeLU either, unless that letter is typed twice.
 */
function nearType(type: string, known: readonly string[]): string | undefined {
  if (type.length > 64) return undefined;
  const plain = (text: string) => text.toLowerCase().replaceAll(/[_\s-]/g, "");
  const wanted = plain(type), limit = Math.max(1, Math.floor(wanted.length / 4));
  let best: string | undefined, least = Infinity;
  for (const each of known) {
    const candidate = plain(each), apart = distance(wanted, candidate);
    if (apart > 0 && (candidate[0] !== wanted[0] || apart > limit)) continue;
    const isShort = wanted.length < 8 && candidate.length < wanted.length;
    if (isShort && !/(.)\1/.test(wanted)) continue;
    if (apart < least) [best, least] = [each, apart];
  }
  return best;
}
