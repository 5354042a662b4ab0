import { Engine } from "../ffi/mod.ts";
import { Net } from "../net/mod.ts";
import { inTurn } from "./measure.ts";

/** Median times of one script layer, in microseconds. */
export interface ScriptRow {
  layer: string;
  engine: string;
  forward_us: number;
  backward_us: number;
}

// A layer in TypeScript that does nothing: what is left is the cost of the calls.
const EMPTY = `data:application/typescript,${
  encodeURIComponent("export class EmptyLayer { reshape() {} forward() {} backward() {} }")
}`;

/** Passes per measured round: a single one is too short for the clock. */
const PASSES = 200;

/**
 * Measures the layer in TypeScript that does nothing, and the Euclidean loss on three shapes with both gradients. The
 * cost of the engine's own call is the row of a Silence layer.
 */
export async function benchScripts(engine: Engine): Promise<ScriptRow[]> {
  const rows = [
    await benchLayer(engine, "Silence (engine)", [[64, 10]], 'type: "Silence"', 0, PASSES),
    await benchLayer(engine, "empty script layer", [[64, 10]], script(EMPTY, "EmptyLayer"), 0, PASSES),
  ];
  const euclidean = new URL("../layers/euclidean_loss.ts", import.meta.url).href;
  for (const shape of [[64, 10], [64, 1000], [64, 64, 56, 56]]) {
    const count = shape.reduce((a, b) => a * b);
    const layer = `${script(euclidean, "EuclideanLossLayer")} loss_weight: 1`;
    const passes = Math.max(1, Math.min(PASSES, Math.floor(2e6 / count)));
    rows.push(
      await benchLayer(engine, `EuclideanLossLayer ${shape.join("x")}`, [shape, shape], layer, 1, passes),
    );
  }
  return rows;
}

function script(module: string, layer: string): string {
  return `type: "Script" script_param { module: "${module}" layer: "${layer}" }`;
}

async function benchLayer(
  engine: Engine,
  layer: string,
  shapes: number[][],
  definition: string,
  tops: number,
  passes: number,
): Promise<ScriptRow> {
  const inputs = shapes.map((shape, i) =>
    `layer { name: "in${i}" type: "Input" top: "in${i}" input_param { shape { ${
      shape.map((dim) => `dim: ${dim}`).join(" ")
    } } } }`
  );
  const bottoms = shapes.map((_, i) => `bottom: "in${i}"`).join(" ");
  using net = await Net.fromText(
    `force_backward: true ${inputs.join(" ")} layer { name: "layer" ${bottoms} ${
      tops > 0 ? 'top: "top"' : ""
    } ${definition} }`,
    { engine, phase: "TRAIN" },
  );
  const { handle } = net;
  const last = handle.layers.length - 1;
  const repeat = (run: () => void) => () => {
    for (let i = 0; i < passes; i++) run();
  };
  const [forward, backward] = inTurn(
    [repeat(() => handle.forward(last, last)), repeat(() => handle.backward(last, last))],
    { rounds: 60, warmUp: 20 },
  );
  const us = (milliseconds: number) => 1000 * milliseconds / passes;
  return { layer, engine: engine.name, forward_us: us(forward!), backward_us: us(backward!) };
}
