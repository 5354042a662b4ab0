import type { Blob } from "../../../ffi/blob.ts";
import type { Bench } from "../bench.ts";
import type { CheckNet, LayerResult } from "../check_net.ts";
import { elementAt, type FindingDetails, type LayerRule } from "../finding.ts";
import type { BlobKind } from "../finding_key.ts";
import type { TellFinding } from "../watching/watched_call.ts";

type Floats = Float32Array<ArrayBuffer>;

/** Compares two arrays that should be equal, and reports the element that is most wrong. */
export function compare(
  tell: TellFinding,
  rule: LayerRule,
  details: FindingDetails,
  blob: Blob | readonly number[],
  expected: Floats,
  found: Floats,
  tolerance = 1e-4,
): boolean {
  const shape = "shape" in blob ? blob.shape : blob;
  const scale = expected.reduce((most, x) => Math.max(most, Number.isFinite(x) ? Math.abs(x) : 0), 1e-6);
  const wrong = expected.keys().toArray().filter((i) =>
    !Object.is(expected[i], found[i]) && !(Math.abs(expected[i]! - found[i]!) <= tolerance * scale)
  );
  if (wrong.length === 0 && expected.length === found.length) return true;
  if (expected.length !== found.length) {
    tell(rule, {
      ...details,
      what: `${details.what} has another size`,
      expected: expected.length,
      found: found.length,
    });
    return false;
  }
  const distance = (i: number) => Math.abs(expected[i]! - found[i]!);
  const worst = wrong.reduce((a, b) => distance(b) > distance(a) ? b : a);
  tell(rule, {
    ...details,
    element: elementAt(worst, shape),
    expected: expected[worst]!,
    found: found[worst]!,
    others: wrong.length - 1,
  });
  return false;
}

/** What a layer computes for a kind of blob, in words: the values of a top, or a gradient. */
export function valuesOf(blob: BlobKind): string {
  return blob === "top" ? blob : `gradient of ${blob}`;
}

/** Compares everything a layer computed with what it should be. Stops at the first difference. */
export function compareResults(
  bench: Bench,
  net: CheckNet,
  rule: LayerRule,
  when: string,
  expected: LayerResult,
  found: LayerResult,
  parts: readonly (keyof LayerResult)[] = ["tops", "bottomDiffs", "paramDiffs"],
  layer = net.layer,
): boolean {
  const blobs = { tops: layer.tops, bottomDiffs: layer.bottoms, paramDiffs: layer.blobs };
  const kinds = { tops: "top", bottomDiffs: "bottom", paramDiffs: "parameter" } as const;
  for (const part of parts) {
    for (const [i, values] of expected[part].entries()) {
      if (part === "bottomDiffs" && !bench.wanted[i]) continue;
      const details = { what: `${valuesOf(kinds[part])} ${i} ${when}`, key: { blob: kinds[part] } };
      if (!compare(bench.tell, rule, details, blobs[part][i]!, values, found[part][i]!)) return false;
    }
  }
  return true;
}
