import type { Engine } from "../ffi/mod.ts";
import { Net } from "../net/mod.ts";
import { median, warmUpFor } from "./measure.ts";
import { PyTorchNet } from "./pytorch.ts";
import { PyTorchContestant } from "./pytorch_contestant.ts";
import { takeTurns, type Turn, WARM_UP } from "./turns.ts";

/** Median times of one of the engines' own layers. */
export interface EngineLayerRow {
  layer: string;
  /** The engine's name, or `pytorch`. */
  engine: string;
  forward_ms: number;
  backward_ms: number;
}

/** A layer, its bottoms, and what PyTorch needs to know of it. */
interface Case {
  layer: string;
  bottoms: readonly { shape: readonly number[]; value?: number }[];
  /** In the prototxt, without name, bottoms and tops. */
  definition: string;
  torch: Record<string, unknown> & { type: string };
}

/** Milliseconds of each pass of a contestant. */
interface Times {
  engine: string;
  forward: number[];
  backward: number[];
}

const deconvolution = (
  what: string,
  shape: readonly number[],
  outputs: number,
  kernel: number,
  [stride, pad, group]: readonly [number, number, number],
): Case => ({
  layer: `Deconvolution, ${what}`,
  bottoms: [{ shape }],
  definition: `type: "Deconvolution" convolution_param { num_output: ${outputs} kernel_size: ${kernel}
    stride: ${stride} pad: ${pad} group: ${group} bias_term: false weight_filler { type: "${
    group === outputs ? "bilinear" : "xavier"
  }" } }`,
  torch: { type: "Deconvolution", outputs, kernel, stride, pad, group },
});

const recurrent = (
  type: "LSTM" | "RNN",
  [steps, streams, units]: readonly [number, number, number],
): Case => ({
  layer: `${type}, T ${steps}, batch ${streams}, ${units} units`,
  bottoms: [{ shape: [steps, streams, units] }, { shape: [steps, streams], value: 1 }],
  definition:
    `type: "${type}" recurrent_param { num_output: ${units} weight_filler { type: "uniform" min: -0.05
    max: 0.05 } }`,
  torch: { type, units },
});

const CASES: readonly Case[] = [
  recurrent("LSTM", [64, 32, 256]),
  recurrent("RNN", [64, 32, 256]),
  deconvolution("256 to 128 channels, 4x4", [16, 256, 16, 16], 128, 4, [2, 1, 1]),
  deconvolution("50 to 20 channels, 5x5", [32, 50, 12, 12], 20, 5, [1, 0, 1]),
  deconvolution("bilinear, doubled", [4, 21, 64, 64], 21, 4, [2, 1, 21]),
  deconvolution("bilinear, by 16", [2, 21, 20, 20], 21, 32, [16, 8, 21]),
];

/** Measures layers of the engines on each of them and in PyTorch, a few passes each in turn. */
export async function benchEngineLayers(
  engines: readonly Engine[],
  python: string | undefined,
  rounds: number,
): Promise<EngineLayerRow[]> {
  const rows: EngineLayerRow[] = [];
  for (const each of CASES) rows.push(...await benchCase(each, engines, python, rounds));
  return rows;
}

async function benchCase(
  { layer, bottoms, definition, torch }: Case,
  engines: readonly Engine[],
  python: string | undefined,
  rounds: number,
): Promise<EngineLayerRow[]> {
  using stack = new DisposableStack();
  const times: Times[] = [];
  const turns: Turn[] = [];
  for (const engine of engines) {
    const net = stack.use(await layerNet(engine, bottoms, definition));
    const forward: number[] = [], backward: number[] = [];
    times.push({ engine: engine.name, forward, backward });
    turns.push((passes) => {
      warmUpFor(WARM_UP, () => void timePass(net));
      for (let pass = 0; pass < passes; pass++) {
        const [there, back] = timePass(net);
        forward.push(there);
        backward.push(back);
      }
    });
  }
  await using theirs = python === undefined ? undefined : new PyTorchContestant(
    await PyTorchNet.create(
      python,
      [{ ...torch, shape: bottoms[0]!.shape }],
      { threads: engines[0]!.threads, script: "pytorch_layers.py" },
    ),
    "channels first",
  );
  await takeTurns(
    [...turns, ...theirs === undefined ? [] : [(passes: number) => theirs.turn(passes)]],
    rounds,
  );
  const all = theirs === undefined
    ? times
    : [...times, { engine: "pytorch", forward: theirs.forward, backward: theirs.backward }];
  return all.map(({ engine, forward, backward }) => ({
    layer,
    engine,
    forward_ms: median(forward),
    backward_ms: median(backward),
  }));
}

/** Milliseconds of one forward and one backward of the last layer. */
function timePass({ handle }: Net): [number, number] {
  const last = handle.layers.length - 1;
  const start = performance.now();
  handle.forward(last, last);
  const middle = performance.now();
  handle.backward(last, last);
  return [middle - start, performance.now() - middle];
}

async function layerNet(engine: Engine, bottoms: Case["bottoms"], definition: string): Promise<Net> {
  const inputs = bottoms.map(({ shape }, i) =>
    `layer { name: "x${i}" type: "Input" top: "x${i}" input_param { shape { ${
      shape.map((size) => `dim: ${size}`).join(" ")
    } } } }`
  );
  const net = await Net.fromText(
    `force_backward: true ${inputs.join("\n")}
     layer { name: "layer" ${bottoms.map((_, i) => `bottom: "x${i}"`).join(" ")} top: "y" ${definition} }`,
    { engine, phase: "TRAIN", seed: 1 },
  );
  for (const [i, { value }] of bottoms.entries()) {
    const { data } = net.blob(`x${i}`);
    if (value === undefined) engine.ops.gaussian(0, 1, { seed: i }, data);
    else data.fill(value);
  }
  engine.ops.gaussian(0, 1, { seed: 9 }, net.blob("y").diff);
  return net;
}
