import { deepEqual, ok } from "node:assert/strict";
import { PermutohedralLattice } from "../../../../layers/shared/permutohedral_lattice.ts";
import { patternless } from "../library_net.ts";

/** The exact Gaussian filter, divided by that of ones: (count, channels). */
function exactMean(features: Float32Array, dims: number, values: Float32Array, channels: number): number[] {
  const count = features.length / dims, means = new Array<number>(count * channels).fill(0);
  for (let i = 0; i < count; i++) {
    let whole = 0;
    for (let j = 0; j < count; j++) {
      let square = 0;
      for (let k = 0; k < dims; k++) square += (features[i * dims + k]! - features[j * dims + k]!) ** 2;
      const weight = Math.exp(-square / 2);
      whole += weight;
      for (let c = 0; c < channels; c++) means[i * channels + c]! += weight * values[j * channels + c]!;
    }
    for (let c = 0; c < channels; c++) means[i * channels + c]! /= whole;
  }
  return means;
}

for (
  const [dims, count, spread] of [[1, 300, 5], [2, 600, 4], [3, 600, 3], [5, 800, 1.5], [
    5,
    800,
    0.5,
  ]] as const
) {
  Deno.test(`the lattice filters as a Gaussian does: ${dims} dimensions, from ${-spread} to ${spread}`, () => {
    const features = patternless(count * dims, 3).map((value) => value * spread);
    // A wave that the filter flattens, the wider the more, and noise.
    const noise = patternless(count * 2, 5).map((value) => (value + 1) / 2);
    const values = noise.map((value, i) => i % 2 === 1 ? value : (Math.sin(features[i / 2 * dims]!) + 1) / 2);
    const lattice = new PermutohedralLattice(features, dims);
    const found = new Float32Array(count * 2), ones = new Float32Array(count).fill(1);
    lattice.filter(values, found, 2);
    lattice.filter(ones, ones, 1);
    const wanted = exactMean(features, dims, values, 2);
    const errors = wanted.map((mean, i) => Math.abs(found[i]! / ones[Math.floor(i / 2)]! - mean));
    // The exact kernel in five dimensions reaches corners that no point has: there the lattice is narrower.
    ok(Math.max(...errors) < 0.06, `an error of ${Math.max(...errors)}`);
    ok(Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length) < 0.02);
    const flattened = wanted.map((mean, i) => i % 2 === 1 ? 0 : Math.abs(values[i]! - mean));
    ok(Math.max(...flattened) > 0.2, "another width of the kernel would be seen");
  });
}

Deno.test("the lattice filters in place, the channels apart, and equal points alike", () => {
  const features = new Float32Array([0, 0, 3, -2, 0, 0, 0.5, 0.25]);
  const lattice = new PermutohedralLattice(features, 2);
  const both = new Float32Array([1, 5, 2, 6, 3, 7, 4, 8]), one = new Float32Array([5, 6, 7, 8]);
  lattice.filter(both, both, 2);
  lattice.filter(one, one, 1);
  deepEqual([1, 3, 5, 7].map((i) => both[i]), [...one]);
  deepEqual(one[0], one[2]);
});

Deno.test("the lattice takes points that are far apart, each in a simplex of its own", () => {
  const count = 500,
    features = Float32Array.from({ length: 5 * count }, (_, i) => 50 * (Math.floor(i / 5) - 250));
  const lattice = new PermutohedralLattice(features, 5);
  const ones = new Float32Array(count).fill(1), values = patternless(count), found = new Float32Array(count);
  lattice.filter(ones, ones, 1);
  lattice.filter(values, found, 1);
  for (let i = 0; i < count; i++) ok(Math.abs(found[i]! / ones[i]! - values[i]!) < 1e-6);
});
