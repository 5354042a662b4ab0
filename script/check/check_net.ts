import type { Blob } from "../../ffi/blob.ts";
import type { Engine } from "../../ffi/engine.ts";
import { type HostLayerProvider, planLayers, plannedNet } from "../../ffi/host/plan_layers.ts";
import { NetHandle } from "../../ffi/net_handle.ts";
import { filterNet } from "../../proto/nets/filter.ts";
import { setLocation } from "../../proto/text/location.ts";
import type { LayerParameter, NetParameter, Phase } from "../../proto/messages.ts";
import type { LayerExample } from "../../layers/layer_example.ts";
import type { ScriptLayerClass } from "../layer/script_layer.ts";
import { ScriptLayerProvider } from "../layer/script_layer_provider.ts";
import { type Input, inputsOf } from "./examples/inputs.ts";
import { ProbeLayer } from "./probe_layer.ts";
import type { TellFinding } from "./watching/watched_call.ts";
import { WatchedLayer, type WatchMode } from "./watching/watched_layer.ts";

/** The loss_weight of losses: not 1, to reveal a layer that ignores its top's diff. */
export const LOSS_WEIGHT = 1.5;

const PROBE = "CheckLayerProbe";

/** A class in one use, and the engine to run it on. */
export interface LayerUse {
  readonly layerClass: ScriptLayerClass;
  readonly example: LayerExample;
  readonly phase: Phase;
  readonly engine: Engine;
  /** A path that stands for the net's prototxt: the example's files are beside it. */
  readonly prototxt?: string | undefined;
}

/** How the layer is placed in the net. */
export interface NetLayout {
  /** Whether its first top is its first bottom. */
  inPlace?: boolean | undefined;
  /** How many layers of the class, each with its own inputs; they share their parameters. */
  copies?: number | undefined;
  /** How many parameters the layers share. */
  params?: number | undefined;
  /** How many times as large the batch is as the example's. */
  batches?: number | undefined;
}

/** What one layer computed in a run, copied. */
export interface LayerResult {
  tops: Float32Array<ArrayBuffer>[];
  bottomDiffs: Float32Array<ArrayBuffer>[];
  paramDiffs: Float32Array<ArrayBuffer>[];
}

/** What diffs hold before backward, and a factor (a power of two) for the tops' diffs. */
export interface RunOptions {
  bottomDiffs?: number | undefined;
  paramDiffs?: number | undefined;
  topDiffScale?: number | undefined;
}

/** A net that can be made any number of times. */
export interface NetPlan {
  /** Makes a net. Throws a CremaError when the layer throws. */
  make(mode?: WatchMode, tell?: TellFinding): CheckNet;
}

/** How many tops the layer gets. */
export function numTops({ layerClass: { tops }, example }: LayerUse): number {
  return example.tops ?? (tops === undefined ? 1 : typeof tops === "number" ? tops : tops[0]);
}

/** Indices of the tops that the loss is computed from. */
export function gradientTops(use: LayerUse): readonly number[] {
  const all = Array.from({ length: numTops(use) }, (_, i) => i);
  return use.example.gradientTops ?? (use.layerClass.isLoss ? all.slice(0, 1) : all);
}

/** Plans nets around the layer: inputs, the layer, and a loss over its tops. */
export async function planNet(use: LayerUse, layout: NetLayout = {}): Promise<NetPlan> {
  const { layerClass, phase, engine } = use;
  const type = layerClass.type ?? "Script";
  const claim = { scriptClass: layerClass, module: layerClass.name, layer: layerClass.name };
  const scripts = new ScriptLayerProvider({
    registered: new Map([[type, claim]]),
    engineTypes: engine.layerTypes,
  });
  let made: Made = { mode: "plain", tell: () => {}, layers: [], probe: undefined };
  const provider: HostLayerProvider = {
    claims: (layer) => layer.type === PROBE || scripts.claims(layer),
    async prepare(layer, context) {
      if (layer.type === PROBE) return { make: () => made.probe = new ProbeLayer(gradientTops(use).length) };
      const prepared = await scripts.prepare(layer, context);
      return {
        ...prepared,
        make: (on) => {
          const watched = new WatchedLayer(prepared.make(on), made.mode, made.tell);
          made.layers.push(watched);
          return watched;
        },
      };
    },
  };
  const asked = filterNet(netParameter(use, layout, type), { phase });
  if (use.prototxt !== undefined) {
    asked.layer?.forEach((layer) => setLocation(layer, { file: use.prototxt! }));
  }
  const layers = await planLayers(asked, [provider], { phase, net: -1, seed: 1 });
  const filtered = plannedNet(asked, layers);
  return {
    make(mode = "plain", tell = () => {}) {
      made = { mode, tell, layers: [], probe: undefined };
      const handle = NetHandle.create(engine, filtered, { layers: [...layers], seed: 1 });
      return new CheckNet(use, handle, made.layers, made.probe, layout);
    },
  };
}

interface Made {
  mode: WatchMode;
  tell: TellFinding;
  layers: WatchedLayer[];
  probe: ProbeLayer | undefined;
}

function netParameter(use: LayerUse, layout: NetLayout, type: string): NetParameter {
  const { layerClass, example } = use;
  const { inPlace = false, copies = 1, params = 0, batches = 1 } = layout;
  const inputs = inputsOf(example, { batches });
  const tops = numTops(use), wanted = gradientTops(use);
  const layers: LayerParameter[] = [];
  const probed: string[] = [];
  for (let copy = 0; copy < copies; copy++) {
    const bottom = inputs.map((_, i) => `bottom${i}_${copy}`);
    const top = Array.from({ length: tops }, (_, i) => `top${i}_${copy}`);
    if (inPlace) top[0] = bottom[0]!;
    for (const [i, { shape }] of inputs.entries()) {
      const input_param = { shape: [{ dim: [...shape] }] };
      layers.push({ name: bottom[i]!, type: "Input", top: [bottom[i]!], input_param });
    }
    layers.push({
      name: copy === 0 ? layerClass.name : `${layerClass.name} ${copy + 1}`,
      type,
      bottom,
      top,
      ...(layerClass.isLoss ? { loss_weight: top.map((_, i) => wanted.includes(i) ? LOSS_WEIGHT : 0) } : {}),
      ...(copies === 1 ? {} : { param: Array.from({ length: params }, (_, i) => ({ name: `shared${i}` })) }),
      ...(example.param === undefined ? {} : { script_param: { param_str: JSON.stringify(example.param) } }),
    });
    if (!layerClass.isLoss) probed.push(...wanted.map((i) => top[i]!));
  }
  if (probed.length > 0) {
    layers.push({ name: "probe", type: PROBE, bottom: probed, top: ["probe"], loss_weight: [1] });
  }
  return { name: layerClass.name, force_backward: true, layer: layers };
}

/** A net around a layer. */
export class CheckNet implements Disposable {
  /** The layers of the class. */
  readonly layers: readonly WatchedLayer[];
  /** The inputs of forward, layer by layer. May be changed. */
  inputs: Input[];
  readonly #use: LayerUse;
  readonly #handle: NetHandle;
  readonly #probe: ProbeLayer | undefined;
  readonly #blobs: readonly Blob[];

  /** Wraps a net made from a plan. */
  constructor(
    use: LayerUse,
    handle: NetHandle,
    layers: readonly WatchedLayer[],
    probe: ProbeLayer | undefined,
    { copies = 1, batches = 1 }: NetLayout,
  ) {
    this.#use = use;
    this.#handle = handle;
    this.layers = layers;
    this.#probe = probe;
    this.inputs = Array.from({ length: copies }, (_, seed) => inputsOf(use.example, { seed, batches }))
      .flat();
    const { blobNames, blobs } = handle;
    this.#blobs = blobNames.flatMap((name, i) => /^bottom\d+_\d+$/.test(name) ? [blobs[i]!] : []);
  }

  /** The layer, or the first one. */
  get layer(): WatchedLayer {
    return this.layers[0]!;
  }

  /** The parameters, shared by all layers. */
  get params(): readonly Blob[] {
    return this.layer.blobs;
  }

  /** Runs forward on the inputs, after reshaping where necessary. Returns the loss. Throws a CremaError. */
  forward(): number {
    let reshaped = false;
    for (const [i, { shape }] of this.inputs.entries()) {
      const blob = this.#blobs[i]!;
      if (blob.shape.join() === shape.join()) continue;
      blob.reshape(shape);
      reshaped = true;
    }
    if (reshaped) this.#handle.reshape();
    for (const [i, { values }] of this.inputs.entries()) this.#blobs[i]!.data.set(values);
    this.#handle.forward();
    if (!this.#use.layerClass.isLoss) return this.#probe?.value ?? 0;
    const losses = gradientTops(this.#use).flatMap((i) => this.layers.map(({ tops }) => tops[i]!));
    return LOSS_WEIGHT * losses.reduce((sum, { data }) => data.reduce((a, b) => a + b, sum), 0);
  }

  /** Runs backward, which adds to the parameters' diffs. Throws a CremaError. */
  backward(): void {
    this.#handle.backward();
  }

  /** Runs forward, then backward if the layer has it. Returns copies of what each layer computed. */
  run({ bottomDiffs = 0, paramDiffs = 0, topDiffScale = 1 }: RunOptions = {}): LayerResult[] {
    this.forward();
    const tops = this.layers.map((layer) => layer.tops.map(({ data }) => data.slice()));
    for (const { diff } of this.params) diff.fill(paramDiffs);
    for (const layer of this.layers) {
      const scale = (factor: number) => {
        if (factor === 1) return;
        for (const { diff } of layer.tops) diff.set(diff.map((value) => factor * value));
      };
      layer.beforeBackward = () => {
        const own = layer.bottoms.filter((blob) => !layer.tops.includes(blob));
        for (const { diff } of own) diff.fill(bottomDiffs);
        scale(topDiffScale);
      };
      layer.afterBackward = () => scale(1 / topDiffScale);
    }
    if (this.layer.hasBackward) this.backward();
    return this.layers.map(({ bottoms, blobs }, i) => ({
      tops: tops[i]!,
      bottomDiffs: bottoms.map(({ diff }) => diff.slice()),
      paramDiffs: Array.from(blobs, ({ diff }) => diff.slice()),
    }));
  }

  /** Sets the parameters. */
  setParams(values: readonly Float32Array<ArrayBuffer>[]): void {
    for (const [i, value] of values.entries()) this.params[i]?.data.set(value);
  }

  /** Frees the net. */
  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}
