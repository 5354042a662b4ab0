import { Engine } from "../ffi/mod.ts";
import { Net } from "../net/mod.ts";
import { median } from "./measure.ts";
import { PyTorchNet } from "./pytorch.ts";

/** Median times of a layer over `ops` on one engine, and of the layer that it is compared with. */
export interface OpLayerRow {
  layer: string;
  engine: string;
  forward_ms: number;
  backward_ms: number;
  /** The engine's own layer, or PyTorch's; absent where PyTorch is not installed. */
  against?: { what: "built in" | "pytorch"; forward_ms: number; backward_ms: number } | undefined;
}

/** A layer and its bottoms. */
interface Case {
  layer: string;
  shape: number[];
  /** In the prototxt, without name, bottoms and tops. */
  definition: string;
  bottoms: 1 | 2;
  against: { definition: string } | { type: string; heads?: number };
}

const ROUNDS = 25;
const WARM_UP = 4;

const CASES: Case[] = [
  {
    layer: "EuclideanLoss",
    shape: [64, 64, 56, 56],
    definition: script("euclidean_loss.ts", "EuclideanLossLayer"),
    bottoms: 2,
    against: { definition: 'type: "EuclideanLoss"' },
  },
  ...[[64, 64, 56, 56], [32, 128, 512]].map((shape): Case => ({
    layer: "GELU",
    shape,
    definition: script("gelu.ts", "GELULayer"),
    bottoms: 1,
    against: { type: "GELU" },
  })),
  {
    layer: "LayerNorm",
    shape: [32, 128, 512],
    definition: script("layer_norm.ts", "LayerNormLayer"),
    bottoms: 1,
    against: { type: "LayerNorm" },
  },
  {
    layer: "SelfAttention, 8 heads",
    shape: [16, 128, 256],
    definition: script("self_attention.ts", "SelfAttentionLayer", '{"heads": 8}'),
    bottoms: 1,
    against: { type: "SelfAttention", heads: 8 },
  },
];

/** Measures the layers over `ops` on every engine, in turn with a pass of the layer that each is compared with. */
export async function benchOpLayers(
  engines: readonly Engine[],
  python: string | undefined,
): Promise<OpLayerRow[]> {
  const rows: OpLayerRow[] = [];
  for (const engine of engines) {
    for (const one of CASES) rows.push(await benchCase(engine, one, python));
  }
  return rows;
}

async function benchCase(engine: Engine, one: Case, python: string | undefined): Promise<OpLayerRow> {
  const { layer, shape, against } = one;
  const builtIn = "definition" in against;
  using own = await layerNet(engine, one, one.definition);
  using other = builtIn ? await layerNet(engine, one, against.definition) : undefined;
  await using torch = builtIn || python === undefined ? undefined : await PyTorchNet.create(
    python,
    [{ ...against, shape }],
    { threads: engine.threads, script: "pytorch_layers.py" },
  );

  const [forward, backward, otherForward, otherBackward]: number[][] = [[], [], [], []];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const ours = pass(own);
    const theirs = other !== undefined ? pass(other) : await torch?.run(1);
    if (round < 0) continue;
    forward!.push(...ours.forward_ms);
    backward!.push(...ours.backward_ms);
    otherForward!.push(...theirs?.forward_ms ?? []);
    otherBackward!.push(...theirs?.backward_ms ?? []);
  }
  return {
    layer: `${layer}, ${shape.join("x")}`,
    engine: engine.name,
    forward_ms: median(forward!),
    backward_ms: median(backward!),
    against: otherForward!.length === 0 ? undefined : {
      what: builtIn ? "built in" : "pytorch",
      forward_ms: median(otherForward!),
      backward_ms: median(otherBackward!),
    },
  };
}

/** One forward and one backward of the last layer. */
function pass({ handle }: Net): { forward_ms: number[]; backward_ms: number[] } {
  const last = handle.layers.length - 1;
  const start = performance.now();
  handle.forward(last, last);
  const middle = performance.now();
  handle.backward(last, last);
  return { forward_ms: [middle - start], backward_ms: [performance.now() - middle] };
}

async function layerNet(engine: Engine, { shape, bottoms }: Case, definition: string): Promise<Net> {
  const dims = shape.map((size) => `dim: ${size}`).join(" ");
  const names = ["a", "b"].slice(0, bottoms);
  const net = await Net.fromText(
    `force_backward: true
     ${
      names.map((name) =>
        `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { ${dims} } } }`
      ).join("\n")
    }
     layer { name: "layer" ${names.map((name) => `bottom: "${name}"`).join(" ")} top: "y" ${definition} }`,
    { engine, phase: "TRAIN", seed: 1 },
  );
  for (const [k, name] of names.entries()) engine.ops.gaussian(0, 1, { seed: k }, net.blob(name).data);
  const top = net.blob("y");
  if (top.count > 1) engine.ops.gaussian(0, 1, { seed: 2 }, top.diff);
  return net;
}

function script(file: string, layer: string, param = ""): string {
  const module = new URL(`../layers/${file}`, import.meta.url).href;
  return `type: "Script" script_param { module: "${module}" layer: "${layer}" param_str: '${param}' }`;
}
