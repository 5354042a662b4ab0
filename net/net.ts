import { writeHdf5 } from "../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../data/arrays/load_hdf5.ts";
import type { Blob } from "../ffi/blob.ts";
import type { HostLayer } from "../ffi/host/host_layer.ts";
import { planLayers, plannedNet } from "../ffi/host/plan_layers.ts";
import { NetHandle } from "../ffi/net_handle.ts";
import type { NetHook } from "../ffi/net_hooks.ts";
import { nearest } from "../base/distance.ts";
import { CremaError } from "../base/error.ts";
import { filterNet } from "../proto/nets/filter.ts";
import { locationOf } from "../proto/text/location.ts";
import type { NetParameter, Phase } from "../proto/messages.ts";
import { netFromText, readNet } from "../proto/nets/read_net.ts";
import { type EngineOptions, layerProviders, openEngine, stateOf } from "./engine_options.ts";
import { forwardAll, forwardBackwardAll } from "./forward_all.ts";
import { hdf5Weights } from "./hdf5_weights.ts";
import { openWeights } from "./read_weights.ts";
import {
  type BackwardOptions,
  type ForwardAllOptions,
  type ForwardBackwardAllOptions,
  type ForwardOptions,
  type NamedArrays,
  type NamedValues,
  numbersOf,
  type Values,
} from "./run_options.ts";
import { writeWhole } from "../base/write_whole.ts";

/** What a net is made with. */
export interface NetOptions extends EngineOptions {
  /** What the net is for. Default TEST. */
  phase?: Phase | undefined;
  /** .caffemodel files, or HDF5, to take parameters from, in order. */
  weights?: string | readonly string[] | undefined;
  /** Seeds fillers, dropout and data; by chance without it. */
  seed?: number | undefined;
}

/** A layer of a {@link Net}. */
export interface LayerView {
  /** Its name in the prototxt. */
  readonly name: string;
  /** Its type, such as "Convolution". */
  readonly type: string;
  /** Names of its bottoms. */
  readonly bottoms: readonly string[];
  /** Names of its tops. */
  readonly tops: readonly string[];
  /** Its learnable parameters: weights, then bias. */
  readonly blobs: readonly Blob[];
  /** The object that computes, for a layer in TypeScript. */
  readonly layer?: HostLayer | undefined;
}

/**
 * A net with its parameters, as pycaffe's `Net`: blobs and parameters by name, forward and backward in whole or in part.
 *
 * ```ts ignore
 * using net = await Net.fromFile("deploy.prototxt", { weights: "lenet.caffemodel" });
 * const { prob } = net.forward({ inputs: { data: pixels } });
 * ```
 */
export class Net implements Disposable {
  /** The native net. */
  readonly handle: NetHandle;
  /** The net as it was made: upgraded, only with the layers of its state. */
  readonly param: NetParameter;
  #blobs: ReadonlyMap<string, Blob> | undefined;
  #params: ReadonlyMap<string, readonly Blob[]> | undefined;
  #layers: readonly LayerView[] | undefined;
  #loss = 0;

  /** Wraps a native net; `fromFile`, `fromText`, `create` and solvers do this. */
  constructor(handle: NetHandle, param: NetParameter) {
    this.handle = handle;
    this.param = param;
  }

  /** Makes a net from a prototxt. Throws a CremaError that names the file and line. */
  static async fromFile(path: string, options: NetOptions = {}): Promise<Net> {
    return await Net.create(await readNet(path), options);
  }

  /** Makes a net from a prototxt's text; `file` is what relative paths and errors refer to. Throws a CremaError. */
  static async fromText(
    text: string,
    options: NetOptions & { file?: string | undefined } = {},
  ): Promise<Net> {
    return await Net.create(netFromText(text, options.file), options);
  }

  /** Makes a net from its upgraded parameter. Throws a CremaError. */
  static async create(param: NetParameter, options: NetOptions = {}): Promise<Net> {
    const engine = openEngine(options);
    const { phase = "TEST", seed } = options;
    const asked = filterNet(param, { ...param.state, phase, ...stateOf(options) });
    const file = locationOf(param)?.file;
    const providers = await layerProviders(engine, options, file === undefined ? [] : [file]);
    const layers = await planLayers(asked, providers, { phase, net: -1, file, seed });
    const filtered = plannedNet(asked, layers);
    const weights = await Promise.all([options.weights ?? []].flat().map(openWeights));
    const net = new Net(NetHandle.create(engine, filtered, { layers, seed }), filtered);
    try {
      for (const copyTo of weights) copyTo(net.handle);
      return net;
    } catch (error) {
      net[Symbol.dispose]();
      throw error;
    }
  }

  /** The net's name. */
  get name(): string {
    return this.handle.name;
  }

  /** What the net is for. */
  get phase(): Phase {
    return this.handle.phase;
  }

  /** The blobs by name, in the order in which they are made. */
  get blobs(): ReadonlyMap<string, Blob> {
    const { blobs, blobNames } = this.handle;
    return this.#blobs ??= new Map(blobNames.map((name, i) => [name, blobs[i]!]));
  }

  /** The learnable parameters by their layer's name: weights, then bias. Layers without any are not in it. */
  get params(): ReadonlyMap<string, readonly Blob[]> {
    return this.#params ??= new Map(
      this.handle.layers.filter(({ params }) => params.length > 0).map(({ name, params }) => [name, params]),
    );
  }

  /** The layers, in the order in which forward runs them. */
  get layers(): readonly LayerView[] {
    if (this.#layers !== undefined) return this.#layers;
    const { blobNames, hostLayers } = this.handle;
    const own = new Set(hostLayers.map(({ name }) => name));
    return this.#layers = this.handle.layers.map(({ name, type, bottoms, tops, params }) => {
      const view: LayerView = {
        name,
        type,
        bottoms: bottoms.map((blob) => blobNames[blob]!),
        tops: tops.map((blob) => blobNames[blob]!),
        blobs: params,
      };
      if (!own.has(name)) return view;
      // Asked for anew each time: hot reload puts another object in its place.
      const get = () => this.handle.hostLayers.find((each) => each.name === name)?.layer;
      return Object.defineProperty(view, "layer", { get, enumerable: true });
    });
  }

  /** The layer of a name. Throws a CremaError when there is none. */
  layer(name: string): LayerView {
    return this.layers[this.#layerIndex(name)]!;
  }

  /** Names of the tops of each layer, by the layer's name. */
  get topNames(): ReadonlyMap<string, readonly string[]> {
    return new Map(this.layers.map(({ name, tops }) => [name, tops]));
  }

  /** Names of the bottoms of each layer, by the layer's name. */
  get bottomNames(): ReadonlyMap<string, readonly string[]> {
    return new Map(this.layers.map(({ name, bottoms }) => [name, bottoms]));
  }

  /** With what weight each blob adds to the loss, by the blob's name; 0 for those that do not. */
  get blobLossWeights(): ReadonlyMap<string, number> {
    return new Map(this.handle.blobNames.map((name, i) => [name, this.handle.lossWeight(i)]));
  }

  /** Names of the blobs that Input layers make. */
  get inputs(): string[] {
    return this.#names(this.handle.inputs);
  }

  /** Names of the blobs that no layer takes. */
  get outputs(): string[] {
    return this.#names(this.handle.outputs);
  }

  /** The weighted sum of the losses of the last {@link forward}. */
  get loss(): number {
    return this.#loss;
  }

  /** The blob of a name. Throws a CremaError when there is none. */
  blob(name: string): Blob {
    return this.blobs.get(name) ?? this.#missing("blob", name, this.blobs.keys());
  }

  /**
   * Runs the net, or its layers `start` to `end`. Returns the values of its outputs (of the tops of `end`, if that is
   * given) and of `blobs`. Throws a CremaError for a name that is not in the net, and when a layer fails.
   */
  forward(options: ForwardOptions = {}): NamedValues {
    const { start, end, inputs = {}, blobs = [] } = options;
    const first = start === undefined ? -1 : this.#layerIndex(start);
    const last = end === undefined ? -1 : this.#layerIndex(end);
    for (const [name, values] of Object.entries(inputs)) this.#fill(name, values, "data");
    this.#loss = this.handle.forward(first, last);
    const names = end === undefined ? this.outputs : this.layers[last]!.tops;
    return Object.fromEntries([...names, ...blobs].map((name) => [name, this.blob(name).data]));
  }

  /**
   * Runs the net backward, or its layers `start` down to `end`. Returns the gradients of its inputs (of the bottoms of
   * `end`, if that is given) and of `diffs`. Throws as {@link forward} does.
   */
  backward(options: BackwardOptions = {}): NamedValues {
    const { start, end, outputs = {}, diffs = [] } = options;
    const first = start === undefined ? -1 : this.#layerIndex(start);
    const last = end === undefined ? -1 : this.#layerIndex(end);
    for (const [name, values] of Object.entries(outputs)) this.#fill(name, values, "diff");
    this.handle.backward(first, last);
    const names = end === undefined ? this.inputs : this.layers[last]!.bottoms;
    return Object.fromEntries([...names, ...diffs].map((name) => [name, this.blob(name).diff]));
  }

  /**
   * Runs the net on any number of examples, a batch at a time; the last batch is filled up with zeros. Returns its outputs
   * and `blobs`, (N, …) each; those without a value an example, such as a loss, (batches, …). Throws as {@link forward}.
   */
  forwardAll(options: ForwardAllOptions): NamedArrays {
    return forwardAll(this, options);
  }

  /**
   * Runs the net forward and backward on any number of examples, as {@link forwardAll}. Returns the values of its outputs
   * and of `blobs`, and the gradients of its inputs and of `diffs`; those of parameters add up over the batches.
   */
  forwardBackwardAll(options: ForwardBackwardAllOptions): { blobs: NamedArrays; diffs: NamedArrays } {
    return forwardBackwardAll(this, options);
  }

  /** Sets the gradients of all parameters to 0; backward adds to them. */
  clearParamDiffs(): void {
    this.handle.clearDiffs();
  }

  /**
   * Calls a function before each layer that runs forward, in training as well. Disposing what is returned ends that. While
   * there are hooks, layers run one call each.
   */
  addBeforeForward(hook: NetHook): Disposable {
    return this.handle.hooks.add("beforeForward", hook);
  }

  /** Calls a function after each layer that ran forward, as {@link addBeforeForward}. */
  addAfterForward(hook: NetHook): Disposable {
    return this.handle.hooks.add("afterForward", hook);
  }

  /** Calls a function before each layer's turn backward, whether anything is to compute in it or not. */
  addBeforeBackward(hook: NetHook): Disposable {
    return this.handle.hooks.add("beforeBackward", hook);
  }

  /** Calls a function after each layer's turn backward, whether anything was to compute in it or not. */
  addAfterBackward(hook: NetHook): Disposable {
    return this.handle.hooks.add("afterBackward", hook);
  }

  /** Shapes all layers anew, after an input was reshaped. */
  reshape(): void {
    this.handle.reshape();
  }

  /** Takes parameters by layer name from .caffemodel files, HDF5 or bytes. Throws a CremaError when they do not fit. */
  async copyFrom(...weights: (string | Uint8Array)[]): Promise<void> {
    for (const each of weights) (await openWeights(each))(this.handle);
  }

  /** Uses the parameters of another net, by layer name. */
  shareWith(other: Net): void {
    this.handle.shareWith(other.handle);
  }

  /** Writes the net with its parameters (and diffs, if asked) to a .caffemodel, complete or not at all. */
  async save(path: string, options: { diffs?: boolean | undefined } = {}): Promise<void> {
    await writeWhole(path, () => this.handle.save(options.diffs ?? false), "net");
  }

  /** Writes the parameters (and diffs, if asked) to HDF5 as Caffe does, complete or not at all. */
  async saveHdf5(path: string, options: { diffs?: boolean | undefined } = {}): Promise<void> {
    const library = await loadHdf5();
    await writeWhole(path, () => writeHdf5(library, hdf5Weights(this.handle, options.diffs ?? false)), "net");
  }

  /** Takes parameters by layer name from HDF5, as {@link copyFrom} does. Throws a CremaError when they do not fit. */
  async loadHdf5(path: string): Promise<void> {
    await this.copyFrom(path);
  }

  /** Frees the net; a solver's net ends with its solver. */
  [Symbol.dispose](): void {
    this.handle[Symbol.dispose]();
  }

  #names(indices: readonly number[]): string[] {
    const { blobNames } = this.handle;
    return indices.map((index) => blobNames[index]!);
  }

  #layerIndex(name: string): number {
    const index = this.handle.layers.findIndex((layer) => layer.name === name);
    return index >= 0 ? index : this.#missing("layer", name, this.handle.layers.map((layer) => layer.name));
  }

  #fill(name: string, given: Values, what: "data" | "diff"): void {
    const blob = this.blob(name), values = numbersOf(given);
    if (values.length !== blob.count) {
      throw new CremaError(`Expected ${blob.count} values for blob '${name}' but found ${values.length}`);
    }
    blob[what].set(values);
  }

  #missing(what: string, name: string, names: Iterable<string>): never {
    const near = nearest(name, names);
    throw new CremaError(`Expected a ${what} of net '${this.name}' but found '${name}'`, {
      hint: near === undefined ? undefined : `Did you mean '${near}'?`,
    });
  }
}
