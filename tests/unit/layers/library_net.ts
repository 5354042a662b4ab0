import assert from "node:assert/strict";
import { checkGradient, type CheckGradientOptions } from "../../../script/check/check_gradient.ts";
import type { Phase } from "../../../proto/messages.ts";
import { Net } from "../../../net/net.ts";

const SQUARE_LOSS = new URL("../script/layer/learnable_layer.ts", import.meta.url).href;

/** A net around one layer of the library. */
export interface LibraryNetOptions {
  /** The layer's type. */
  type: string;
  /** Shapes of its bottoms, by name. */
  bottoms: Readonly<Record<string, readonly number[]>>;
  /** Names of its tops. */
  tops?: readonly string[];
  /** Its `param_str`. */
  param?: unknown;
  /** Adds a loss: half the sum of squares of the first top. */
  loss?: boolean;
  /** More fields of the layer. */
  more?: string;
  phase?: Phase;
  seed?: number;
}

/** Makes the net; inputs hold pseudo-random values, the same in every run. */
export async function libraryNet(options: LibraryNetOptions): Promise<Net> {
  const { type, bottoms, tops = ["top"], param, loss = false, more = "", phase = "TRAIN", seed = 1 } =
    options;
  const inputs = Object.entries(bottoms).map(([name, shape]) =>
    `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { ${
      shape.map((size) => `dim: ${size}`).join(" ")
    } } } }`
  );
  const named = (field: string, names: readonly string[]) =>
    names.map((name) => `${field}: "${name}"`).join(" ");
  const text = param === undefined ? "" : `script_param { param_str: '${JSON.stringify(param)}' }`;
  const net = await Net.fromText(
    `force_backward: true ${inputs.join("\n")}
    layer { name: "layer" type: "${type}" ${named("bottom", Object.keys(bottoms))} ${
      named("top", tops)
    } ${more} ${text} }
    ${loss ? `layer { name: "square" type: "SquareLoss" bottom: "${tops[0]}" top: "square" }` : ""}`,
    { phase, seed, layers: ["crema/layers", SQUARE_LOSS] },
  );
  for (const [i, name] of Object.keys(bottoms).entries()) {
    const { data } = net.blob(name);
    data.set(patternless(data.length, i + 1));
  }
  return net;
}

/** Pseudo-random values from −1 to 1, the same in every run. */
export function patternless(count: number, seed = 1): Float32Array {
  let state = 12345 * seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Asserts that the gradients of blobs and of all the layer's parameters are those of the net's loss. */
export function assertGradients(
  net: Net,
  names: readonly string[],
  options: CheckGradientOptions = {},
): void {
  const loss = {
    forward: () => net.handle.forward(),
    backward: () => {
      net.handle.clearDiffs();
      net.handle.backward();
    },
  };
  const blobs = [...names.map((name) => net.blob(name)), ...net.params.get("layer") ?? []];
  for (const [i, blob] of blobs.entries()) {
    const mismatches = checkGradient(loss, blob, options);
    assert.deepEqual(mismatches, [], `gradient of ${names[i] ?? `parameter ${i - names.length}`}`);
  }
}

/** Asserts that two lists of numbers are equal up to a tolerance, relative for numbers above 1. */
export function assertClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  assert.equal(found.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const scale = Math.max(1, Math.abs(expected[i]!));
    assert.ok(
      Math.abs(found[i]! - expected[i]!) <= tolerance * scale,
      `element ${i}: expected ${expected[i]} but found ${found[i]}`,
    );
  }
}
