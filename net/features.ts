import { CremaError } from "../base/error.ts";
import { type NdArray, ndArray } from "../data/arrays/nd_array.ts";
import type { Net } from "./net.ts";

/** The values of a blob in one batch. */
export interface BlobValues {
  /** The blob's name. */
  name: string;
  /** Its shape, whose first axis are the items. */
  shape: readonly number[];
  /** A copy of its values. */
  values: Float32Array<ArrayBuffer>;
}

/**
 * Runs forward passes and yields what the blobs of these names hold after each. Throws a CremaError when there is no
 * such blob.
 */
export function* features(net: Net, names: readonly string[], batches: number): Generator<BlobValues[]> {
  for (const name of names) net.blob(name);
  for (let batch = 0; batch < batches; batch++) {
    net.forward({ blobs: names });
    yield names.map((name) => {
      const { shape, data } = net.blob(name);
      return { name, shape: [...shape], values: Float32Array.from(data) };
    });
  }
}

/** Puts batches of one blob below each other. Throws a CremaError when their shapes differ but for the first axis. */
export function stackBatches(batches: readonly BlobValues[]): NdArray {
  const [first] = batches;
  if (first === undefined) throw new CremaError("Expected at least one batch but found none");
  const rest = first.shape.slice(1);
  let rows = 0;
  for (const { name, shape } of batches) {
    if (shape.slice(1).join() !== rest.join()) {
      throw new CremaError(
        `Expected batches of '${name}' of one shape but found (${first.shape.join(", ")}) and (${
          shape.join(", ")
        })`,
      );
    }
    rows += shape[0] ?? 1;
  }
  const all = ndArray([rows, ...rest]);
  let at = 0;
  for (const { values } of batches) {
    all.data.set(values, at);
    at += values.length;
  }
  return all;
}
