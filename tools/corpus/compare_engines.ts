import { thrownMessage } from "../../base/thrown.ts";
import { Engine } from "../../ffi/engine.ts";
import type { Blob } from "../../ffi/blob.ts";
import { Net } from "../../net/net.ts";
import type { LayerParameter, NetParameter } from "../../proto/messages.ts";
import { EnginesDiffer } from "./engines_differ.ts";
import { type FedNet, randomNumbers, type State } from "./made_up_data.ts";
import { isSmooth, withSmoothLayers } from "./smooth_layers.ts";

/** How much losses and outputs may differ, relative to the output's root mean square. */
const TOLERANCE = 1e-4;

/** How much the gradients of a parameter may differ in a net of smooth layers, relative to their length. */
const GRADIENT_TOLERANCE = 1e-3;

/**
 * The same for other nets. Where an input of a ReLU is almost 0, or two values in a window are almost equal, rounding
 * decides where the gradient goes. It differs by up to 3e-2 in the nets of models/ and of BVLC's Caffe, and by no more than
 * 1e-4 with smooth layers (both ResNet-50). See docs/corpus.md.
 */
const CHOOSING_GRADIENT_TOLERANCE = 0.1;

/**
 * Gradients whose root mean square is below this, relative to the largest one in the net, are compared with that: they may
 * be what rounding leaves of numbers that cancel out.
 */
const LEAST_GRADIENT = 1e-3;

/** The same relative to the largest one in the layer: below a BatchNorm, the gradient of a bias is 0 but for rounding. */
const LEAST_IN_LAYER = 0.1;

/** How much both engines' results differ, at most. */
export interface Comparison {
  /** Of the losses, relative. */
  readonly loss: number;
  /** Of any output, relative to its root mean square. */
  readonly outputs: number;
  /** Of any parameter's gradient: the length of the difference relative to its own. Only of a net with a loss. */
  readonly gradients?: number;
  /** The same with smooth layers in the place of others, for a net with a loss where those are all replaced. */
  readonly smoothGradients?: number;
}

/** The layer types of a net that libcaffe has neither itself nor from the library. */
export function missingInLibcaffe(types: readonly string[], others: ReadonlySet<string>): string[] {
  const { layerTypes } = Engine.open("libcaffe");
  return types.filter((type) => !layerTypes.includes(type) && !others.has(type));
}

/** A net with nothing random between its layers: dropout is as in testing. Throws an Error for stochastic pooling. */
export function withoutChance(net: NetParameter): NetParameter {
  const still = (layer: LayerParameter): LayerParameter => {
    if (layer.type === "Dropout") return { ...layer, phase: "TEST" };
    if (layer.type === "Pooling" && layer.pooling_param?.pool === "STOCHASTIC") {
      throw new Error("Expected a layer that computes the same each time but found stochastic pooling");
    }
    return layer;
  };
  return { ...net, layer: (net.layer ?? []).map(still) };
}

/**
 * Runs a net on the embedded engine and on libcaffe, with the same parameters and inputs: forward, and backward if it
 * has a loss. A net that is not smooth runs a second time with smooth layers, if that makes it so: then its gradients must
 * agree as closely as its outputs allow. Throws EnginesDiffer with the values that differ.
 */
export async function compareEngines(
  { param, fills }: FedNet,
  state: State,
  layers: readonly string[],
): Promise<Comparison> {
  const still = withoutChance(param), isStillSmooth = isSmooth(still);
  const compared = await compareNets(
    { param: still, fills },
    state,
    layers,
    isStillSmooth ? GRADIENT_TOLERANCE : CHOOSING_GRADIENT_TOLERANCE,
  );
  const smooth = isStillSmooth || compared.gradients === undefined ? undefined : withSmoothLayers(still);
  if (smooth === undefined) return compared;
  try {
    const { gradients = 0 } = await compareNets({ param: smooth, fills }, state, layers, GRADIENT_TOLERANCE);
    return { ...compared, smoothGradients: gradients };
  } catch (error) {
    throw new EnginesDiffer(`With smooth layers for ReLU and maxima: ${thrownMessage(error)}`, {
      cause: error,
    });
  }
}

async function compareNets(
  { param: still, fills }: FedNet,
  state: State,
  layers: readonly string[],
  gradientTolerance: number,
): Promise<Comparison> {
  using ours = await Net.create(still, { ...state, layers, seed: 1, engine: "embedded" });
  // What DummyData makes at random on one engine is an input of the other.
  const fed = { ...still, layer: (still.layer ?? []).map((layer) => asInput(layer, ours)) };
  using theirs = await Net.create(fed, { ...state, layers, seed: 1, engine: "libcaffe" });
  for (const [name, fill] of fills) fill(ours.blob(name).data, ours.blob(name).shape);
  spreadParameters(ours);
  copyParameters(ours, theirs);
  // Before a layer in place changes them; what DummyData makes is there afterwards only.
  const given = new Set(ours.inputs);
  for (const name of given) theirs.blob(name).data.set(ours.blob(name).data);
  ours.forward();
  for (const name of theirs.inputs.filter((one) => !given.has(one))) {
    theirs.blob(name).data.set(ours.blob(name).data);
  }
  theirs.forward();
  if (!Number.isFinite(theirs.loss)) {
    throw new EnginesDiffer(`Expected a finite loss but found ${theirs.loss}`);
  }
  const loss = relative(ours.loss, theirs.loss);
  if (!(loss <= TOLERANCE)) throw differs("the loss", loss, ours.loss, theirs.loss);
  let outputs = 0;
  for (const name of ours.outputs) {
    const [a, b] = [ours.blob(name), theirs.blob(name)];
    checkShapes(`output '${name}'`, a, b);
    const difference = furthest(a.data, b.data);
    if (!(difference <= TOLERANCE)) throw differs(`output '${name}'`, difference, rms(a.data), rms(b.data));
    outputs = Math.max(outputs, difference);
  }
  if (!hasLoss(ours)) return { loss, outputs };
  ours.backward();
  theirs.backward();
  const pairs = [...parameterPairs(ours, theirs)], largest = new Map<string, number>();
  for (const [name, , , b] of pairs) largest.set(name, Math.max(largest.get(name) ?? 0, rms(b.diff)));
  const least = LEAST_GRADIENT * Math.max(0, ...largest.values());
  let gradients = 0;
  for (const [name, i, a, b] of pairs) {
    const difference = distance(a.diff, b.diff, Math.max(least, LEAST_IN_LAYER * largest.get(name)!));
    if (!(difference <= gradientTolerance)) {
      throw differs(
        `the gradient of parameter ${i} of layer '${name}'`,
        difference,
        rms(a.diff),
        rms(b.diff),
      );
    }
    gradients = Math.max(gradients, difference);
  }
  return { loss, outputs, gradients };
}

/** Whether a net has a top that counts as a loss, so that backward has something to begin with. */
export function hasLoss(net: Net): boolean {
  return [...net.blobLossWeights.values()].some((weight) => weight !== 0);
}

function asInput(layer: LayerParameter, net: Net): LayerParameter {
  if (layer.type !== "DummyData") return layer;
  const { name, top = [] } = layer;
  const shape = top.map((blob) => ({ dim: [...net.blob(blob).shape] }));
  return { ...(name !== undefined && { name }), type: "Input", top, input_param: { shape } };
}

/**
 * Gives weights without a filler, which are all 0, values that keep the size of what goes through them, and BatchNorms
 * that have seen nothing a variance of 1: one of 0 would multiply what goes through each by hundreds.
 */
function spreadParameters(net: Net): void {
  const next = randomNumbers();
  for (const { type, blobs } of net.layers) {
    const [, variance, factor] = blobs;
    if (type === "BatchNorm" && factor?.data[0] === 0) {
      variance!.data.fill(1);
      factor.data[0] = 1;
    }
    for (const { shape, data } of blobs) {
      if (shape.length < 2 || data.some((value) => value !== 0)) continue;
      const range = Math.sqrt(3 * shape[0]! / data.length);
      for (let i = 0; i < data.length; i++) data[i] = range * (2 * next() - 1);
    }
  }
}

function copyParameters(from: Net, to: Net): void {
  for (const [, , a, b] of parameterPairs(from, to)) b.data.set(a.data);
}

/** The parameters of two nets of one prototxt: layer, index, and both blobs. */
function* parameterPairs(ours: Net, theirs: Net): Generator<[string, number, Blob, Blob]> {
  const [mine, others] = [ours, theirs].map(({ layers }) => layers.filter(({ blobs }) => blobs.length > 0));
  if (mine!.length !== others!.length) {
    throw new EnginesDiffer(
      `Expected ${others!.length} layers with parameters, as libcaffe, but found ${mine!.length}`,
    );
  }
  for (const [k, { name, blobs }] of mine!.entries()) {
    const counterparts = others![k]!.blobs;
    if (blobs.length !== counterparts.length) {
      throw new EnginesDiffer(
        `Expected ${counterparts.length} parameters of layer '${name}', as libcaffe, but found ${blobs.length}`,
      );
    }
    for (const [i, blob] of blobs.entries()) {
      checkShapes(`parameter ${i} of layer '${name}'`, blob, counterparts[i]!);
      yield [name, i, blob, counterparts[i]!];
    }
  }
}

function checkShapes(what: string, a: Blob, b: Blob): void {
  const [mine, others] = [a, b].map(({ shape }) => shape.join("×"));
  if (mine !== others) {
    throw new EnginesDiffer(`Expected ${what} to be ${others}, as libcaffe, but found ${mine}`);
  }
}

function differs(what: string, difference: number, ours: number, theirs: number): EnginesDiffer {
  return new EnginesDiffer(
    `Expected ${what} to be as libcaffe's but found a relative difference of ${
      difference.toExponential(1)
    } ` +
      `(${ours} against ${theirs})`,
  );
}

/** How much two numbers differ, relative to the larger one; 0 for two that are equal, both infinite or both NaN. */
export function relative(a: number, b: number): number {
  return Object.is(a, b) || a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
}

/** The root mean square of an array. */
function rms(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum / Math.max(1, values.length));
}

/** The largest difference of two arrays of one length, relative to the larger root mean square. */
export function furthest(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i])) continue;
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= most)) most = difference;
    if (Number.isNaN(most)) return NaN;
  }
  return most === 0 ? 0 : most / Math.max(rms(a), rms(b));
}

/**
 * The root mean square of the difference of two arrays of one length, relative to the larger root mean square or to
 * `least`, if that is more.
 */
export function distance(a: Float32Array, b: Float32Array, least = 0): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Object.is(a[i], b[i]) ? 0 : (a[i]! - b[i]!) ** 2;
  return sum === 0 ? 0 : Math.sqrt(sum / a.length) / Math.max(rms(a), rms(b), least);
}
