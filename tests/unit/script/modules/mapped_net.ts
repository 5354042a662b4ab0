import assert from "node:assert/strict";
import { checkGradient } from "../../../../script/check/check_gradient.ts";
import { Net } from "../../../../net/net.ts";

/** A net with one script layer from blob "x" to blob "y", and the Euclidean loss of "y" and "t". */
export async function mappedNet(
  shape: readonly number[],
  module: string,
  layer: string,
  param: unknown = {},
): Promise<Net> {
  const dims = shape.map((size) => `dim: ${size}`).join(" ");
  const url = new URL(`../../../../layers/${module}`, import.meta.url).href;
  const net = await Net.fromText(
    `force_backward: true
     layer { name: "in" type: "Input" top: "x" top: "t" input_param { shape { ${dims} } } }
     layer { name: "layer" type: "Script" bottom: "x" top: "y"
       script_param { module: "${url}" layer: "${layer}" param_str: '${JSON.stringify(param)}' } }
     layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "loss" }`,
    { seed: 1 },
  );
  for (const [k, name] of ["x", "t"].entries()) {
    const { data } = net.blob(name);
    for (let i = 0; i < data.length; i++) data[i] = 1.5 * Math.sin(7 * i * i + i + 3 * k);
  }
  return net;
}

/** Asserts that the gradients of the bottom and of every parameter are those of the loss. */
export function assertGradients(net: Net, threshold = 1e-2): void {
  const run = {
    forward: () => {
      net.forward();
      return net.loss;
    },
    backward: () => {
      net.handle.clearDiffs();
      net.backward();
    },
  };
  for (const blob of [net.blob("x"), ...net.handle.learnable.map(({ blob }) => blob)]) {
    assert.deepEqual(checkGradient(run, blob, { threshold }), []);
  }
}
