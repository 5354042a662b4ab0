import { writeHdf5 } from "../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../data/arrays/load_hdf5.ts";
import type { Blob } from "../ffi/blob.ts";
import type { HostLayer } from "../ffi/host/host_layer.ts";
import { planLayers, plannedNet } from "../ffi/host/plan_layers.ts";
import { NetHandle } from "../ffi/net_handle.ts";
import type { NetHook } from "../ffi/net_hooks.ts";
import { nearest } from "../base/distance.ts";
import { CremaError } from "../base/error.ts";
import { checkMessage } from "../proto/codec/binary.ts";
import { assignNets, parseAssignments } from "../proto/nets/assignments.ts";
import { filterNet } from "../proto/nets/filter.ts";
import { locationOf } from "../proto/text/location.ts";
import type { NetParameter, Phase } from "../proto/messages.ts";
import { netFromText, readNet } from "../proto/nets/read_net.ts";
import { checkLayerNames } from "./check_layer_names.ts";
import { type EngineOptions, keepTuning, layerProviders, openEngine, stateOf } from "./engine_options.ts";
import { readFileFillers } from "./file_fillers.ts";
import { forwardAll, forwardBackwardAll } from "./forward_all.ts";
import { hdf5Weights } from "./hdf5_weights.ts";
import { openWeights } from "./read_weights.ts";
import type { PlanGroup } from "./net_plan.ts";
import {
  type BackwardOptions,
  floatsOf,
  type ForwardAllOptions,
  type ForwardBackwardAllOptions,
  type ForwardOptions,
  type NamedArrays,
  type NamedValues,
  type Values,
} from "./run_options.ts";
import { writeWhole } from "../base/write_whole.ts";
import { type CopyWeightsOptions, joinReports, type WeightsReport } from "./weights_report.ts";
import { counted } from "../base/counted.ts";

/** How to make a net. */
export interface NetOptions extends EngineOptions {
  /** The phase: TRAIN or TEST. Default: TEST. */
  phase?: Phase | undefined;
  /** .caffemodel, HDF5, .safetensors or .npz files, or their bytes, to copy parameters from, in this order. */
  weights?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** Whether layers whose parameters have other shapes in `weights` keep what their fillers gave them. */
  skipMismatch?: boolean | undefined;
  /** Called with what was copied from `weights`. */
  onWeights?: ((report: WeightsReport) => void) | undefined;
  /** Seed for fillers, dropout and data. Default: a random one. */
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
  /** For a layer in TypeScript: the object that computes it. */
  readonly layer?: HostLayer | undefined;
}

/**
 * A net with its parameters, as pycaffe's `Net`. Blobs and parameters are found by name; forward and backward
 * run the whole net or a part of it.
 *
 * ```ts ignore
 * using net = await Net.fromFile("deploy.prototxt", { weights: "lenet.caffemodel" });
 * const { prob } = net.forward({ inputs: { data: pixels } });
 * ```
 */
export class Net implements Disposable {
  /** The native net. */
  readonly handle: NetHandle;
  /** The net as it was made: upgraded, and with only the layers of its state. */
  readonly param: NetParameter;
  #blobs: ReadonlyMap<string, Blob> | undefined;
  #params: ReadonlyMap<string, readonly Blob[]> | undefined;
  #layers: readonly LayerView[] | undefined;
  #loss = 0;

  /** Wraps a native net. Use `fromFile`, `fromText`, `create` or a solver instead. */
  constructor(handle: NetHandle, param: NetParameter) {
    this.handle = handle;
    this.param = param;
  }

  /** Makes a net from a prototxt. Throws a CremaError that names the file and line. */
  static async fromFile(path: string, options: NetOptions = {}): Promise<Net> {
    return await Net.create(await readNet(path), options);
  }

  /**
   * Makes a net from the text of a prototxt. Relative paths and errors refer to `file`. Throws a CremaError.
   */
  static async fromText(
    text: string,
    options: NetOptions & { file?: string | undefined } = {},
  ): Promise<Net> {
    return await Net.create(netFromText(text, options.file), options);
  }

  /** Makes a net from an upgraded NetParameter. Throws a CremaError. */
  static async create(given: NetParameter, options: NetOptions = {}): Promise<Net> {
    checkMessage("NetParameter", given);
    const param = assignNets([given], parseAssignments(options.set ?? [], "net"))[0]!;
    const engine = await openEngine(options);
    const { phase = "TEST", seed } = options;
    const fromFiles = readFileFillers(filterNet(param, { ...param.state, phase, ...stateOf(options) }));
    const asked = fromFiles.param;
    const file = locationOf(param)?.file;
    const providers = await layerProviders(engine, options, file === undefined ? [] : [file]);
    const layers = await planLayers(asked, providers, { phase, net: -1, file, seed });
    const filtered = plannedNet(asked, layers);
    const weights = await Promise.all([options.weights ?? []].flat().map(openWeights));
    const net = new Net(
      NetHandle.create(engine, filtered, { layers, seed, compute: options.compute }),
      filtered,
    );
    try {
      await keepTuning(engine, options);
      checkLayerNames(net.handle, filtered);
      fromFiles.fill(net.params);
      const { skipMismatch, onWeights } = options;
      const reports = weights.map((copyTo) => copyTo(net.handle, { skipMismatch }));
      if (reports.length > 0) onWeights?.(joinReports(reports));
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

  /** The net's phase: TRAIN or TEST. */
  get phase(): Phase {
    return this.handle.phase;
  }

  /** The blobs by name, in the order in which the net makes them. */
  get blobs(): ReadonlyMap<string, Blob> {
    const { blobs, blobNames } = this.handle;
    return this.#blobs ??= new Map(blobNames.map((name, i) => [name, blobs[i]!]));
  }

  /** The learnable parameters by layer name: weights, then bias. Layers without parameters are left out. */
  get params(): ReadonlyMap<string, readonly Blob[]> {
    return this.#params ??= new Map(
      this.handle.layers.filter(({ params }) => params.length > 0).map(({ name, params }) => [name, params]),
    );
  }

  /** The layers, in the order in which forward runs them. */
  get layers(): readonly LayerView[] {
    if (this.#layers !== undefined) return this.#layers;
    const { blobNames, hostPlans } = this.handle;
    // Layers may have one name, but where one of a type is in TypeScript, all of that type are.
    const keyOf = (name: string, type: string) => `${type} ${name}`;
    const hosts = Map.groupBy(hostPlans.keys(), (i) => {
      const { name = "", type = "" } = hostPlans[i]!.param;
      return keyOf(name, type);
    });
    return this.#layers = this.handle.layers.map(({ name, type, bottoms, tops, params }) => {
      const view: LayerView = {
        name,
        type,
        bottoms: bottoms.map((blob) => blobNames[blob]!),
        tops: tops.map((blob) => blobNames[blob]!),
        blobs: params,
      };
      const host = hosts.get(keyOf(name, type))?.shift();
      if (host === undefined) return view;
      // Looked up each time, since hot reload replaces the object.
      const get = () => this.handle.hostLayers[host]?.layer;
      return Object.defineProperty(view, "layer", { get, enumerable: true });
    });
  }

  /** The layer with this name. Throws a CremaError when there is none. */
  layer(name: string): LayerView {
    return this.layers[this.#layerIndex(name)]!;
  }

  /** Names of each layer's tops, by layer name. */
  get topNames(): ReadonlyMap<string, readonly string[]> {
    return new Map(this.layers.map(({ name, tops }) => [name, tops]));
  }

  /** Names of each layer's bottoms, by layer name. */
  get bottomNames(): ReadonlyMap<string, readonly string[]> {
    return new Map(this.layers.map(({ name, bottoms }) => [name, bottoms]));
  }

  /** The weight of each blob in the loss, by blob name. 0 for blobs that are not part of it. */
  get blobLossWeights(): ReadonlyMap<string, number> {
    return new Map(this.handle.blobNames.map((name, i) => [name, this.handle.lossWeight(i)]));
  }

  /** Names of the net's inputs: the tops of Input layers. */
  get inputs(): string[] {
    return this.#names(this.handle.inputs);
  }

  /** Names of the net's outputs: the blobs that are no layer's bottom. */
  get outputs(): string[] {
    return this.#names(this.handle.outputs);
  }

  /** The weighted sum of the losses of the last {@link forward}. */
  get loss(): number {
    return this.#loss;
  }

  /** The blob with this name. Throws a CremaError when there is none. */
  blob(name: string): Blob {
    return this.blobs.get(name) ?? this.#missing("blob", name, this.blobs.keys());
  }

  /**
   * Runs the net, or its layers from `start` to `end`. Returns the values of the outputs (of the tops of
   * `end`, if given) and of `blobs`. Throws a CremaError when a name is not in the net or a layer fails.
   */
  forward(options: ForwardOptions = {}): NamedValues {
    const { start, end, inputs = {}, blobs = [] } = options;
    const first = start === undefined ? -1 : this.#layerIndex(start);
    const last = end === undefined ? -1 : this.#layerIndex(end);
    for (const [name, values] of Object.entries(inputs)) this.#fill(name, values, "data");
    for (const name of blobs) this.blob(name).keep();
    this.#loss = this.handle.forward(first, last);
    const names = end === undefined ? this.outputs : this.layers[last]!.tops;
    return Object.fromEntries([...names, ...blobs].map((name) => [name, this.blob(name).data]));
  }

  /**
   * Runs the net backward, or its layers from `start` down to `end`. Returns the gradients of the inputs (of
   * the bottoms of `end`, if given) and of `diffs`. Throws as {@link forward} does.
   */
  backward(options: BackwardOptions = {}): NamedValues {
    const { start, end, outputs = {}, diffs = [] } = options;
    for (const name of diffs) this.#checkHasGradient(name);
    const first = start === undefined ? -1 : this.#layerIndex(start);
    const last = end === undefined ? -1 : this.#layerIndex(end);
    for (const [name, values] of Object.entries(outputs)) this.#fill(name, values, "diff");
    for (const name of diffs) this.blob(name).keep("diff");
    this.handle.backward(first, last);
    const names = end === undefined ? this.inputs : this.layers[last]!.bottoms;
    return Object.fromEntries([...names, ...diffs].map((name) => [name, this.blob(name).diff]));
  }

  /**
   * Runs the net on any number of examples, batch by batch. Pads the last batch with zeros. Returns the
   * outputs and `blobs`, each (N, …), or (batches, …) for those without one value per example, such as a
   * loss. Throws as {@link forward} does.
   */
  forwardAll(options: ForwardAllOptions): NamedArrays {
    return forwardAll(this, options);
  }

  /**
   * Runs the net forward and backward on any number of examples, as {@link forwardAll} does. Returns the
   * values of the outputs and of `blobs`, and the gradients of the inputs and of `diffs`. The gradients of
   * parameters accumulate over all batches.
   */
  forwardBackwardAll(options: ForwardBackwardAllOptions): { blobs: NamedArrays; diffs: NamedArrays } {
    return forwardBackwardAll(this, options);
  }

  /** Sets the gradients of all parameters to 0. `backward` adds to them. */
  clearParamDiffs(): void {
    this.handle.clearDiffs();
  }

  /**
   * Calls a function before each layer's forward, also during training. Dispose the returned object to remove
   * the hook. While there are hooks, each layer runs in a native call of its own.
   */
  addBeforeForward(hook: NetHook): Disposable {
    return this.handle.hooks.add("beforeForward", hook);
  }

  /** Calls a function after each layer's forward; see {@link addBeforeForward}. */
  addAfterForward(hook: NetHook): Disposable {
    return this.handle.hooks.add("afterForward", hook);
  }

  /** Calls a function before each layer's backward, even if the layer has nothing to compute. */
  addBeforeBackward(hook: NetHook): Disposable {
    return this.handle.hooks.add("beforeBackward", hook);
  }

  /** Calls a function after each layer's backward, even if the layer had nothing to compute. */
  addAfterBackward(hook: NetHook): Disposable {
    return this.handle.hooks.add("afterBackward", hook);
  }

  /**
   * How the engine computes the net: its layers in their order, those that are computed together as one. What the
   * last passes did is known only after them. Empty on libcaffe, which computes layer by layer.
   */
  plan(): PlanGroup[] {
    return this.handle.plan() as PlanGroup[];
  }

  /** Reshapes all layers. Call it after reshaping an input. */
  reshape(): void {
    this.handle.reshape();
  }

  /**
   * Copies parameters by layer name from .caffemodel, HDF5, .safetensors or .npz files or bytes, in this order. Returns which layers were
   * copied, not found, and left out. Throws a CremaError when they do not fit.
   */
  async copyFrom(...weights: (string | Uint8Array)[]): Promise<WeightsReport> {
    return await this.copyTrainedLayersFrom(weights);
  }

  /**
   * As {@link copyFrom}, with options. With `skipMismatch`, layers whose parameters have other shapes keep their
   * values, to be trained anew.
   */
  async copyTrainedLayersFrom(
    weights: string | Uint8Array | readonly (string | Uint8Array)[],
    options: CopyWeightsOptions = {},
  ): Promise<WeightsReport> {
    const reports: WeightsReport[] = [];
    for (const each of [weights].flat()) reports.push((await openWeights(each))(this.handle, options));
    return joinReports(reports);
  }

  /** Shares the parameters of another net, by layer name. */
  shareWith(other: Net): void {
    this.handle.shareWith(other.handle);
  }

  /** Writes the net with its parameters (and optionally diffs) to a .caffemodel, completely or not at all. */
  async save(path: string, options: { diffs?: boolean | undefined } = {}): Promise<void> {
    await writeWhole(path, () => this.handle.save(options.diffs ?? false), "net");
  }

  /** Writes the parameters (and optionally diffs) to HDF5 as Caffe does, completely or not at all. */
  async saveHdf5(path: string, options: { diffs?: boolean | undefined } = {}): Promise<void> {
    const library = await loadHdf5();
    await writeWhole(path, () => writeHdf5(library, hdf5Weights(this.handle, options.diffs ?? false)), "net");
  }

  /**
   * Copies parameters by layer name from HDF5, as {@link copyFrom} does. Throws a CremaError when they do not
   * fit.
   */
  async loadHdf5(path: string): Promise<void> {
    await this.copyFrom(path);
  }

  /** Frees the net. Does nothing for a solver's net, which ends with its solver. */
  [Symbol.dispose](): void {
    this.handle[Symbol.dispose]();
  }

  #names(indices: readonly number[]): string[] {
    const { blobNames } = this.handle;
    return indices.map((index) => blobNames[index]!);
  }

  /** Throws a CremaError when no backward pass computes the gradient of a blob. */
  #checkHasGradient(name: string): void {
    this.blob(name);
    if (this.param.force_backward) return;
    const index = this.handle.blobNames.indexOf(name);
    const maker = this.handle.layers.findLast(({ tops }) => tops.includes(index));
    if (maker === undefined || maker.needsBackward) return;
    throw new CremaError(`Expected a gradient of blob '${name}' but found that nothing asks for it`, {
      hint: "It leads to no learnable parameter. Add `force_backward: true` to the net.",
    });
  }

  #layerIndex(name: string): number {
    const index = this.handle.layers.findIndex((layer) => layer.name === name);
    return index >= 0 ? index : this.#missing("layer", name, this.handle.layers.map((layer) => layer.name));
  }

  #fill(name: string, given: Values, what: "data" | "diff"): void {
    const blob = this.blob(name), values = floatsOf(given);
    if (values.length !== blob.count) {
      throw new CremaError(
        `Expected ${counted(blob.count, "value")} for blob '${name}' but found ${values.length}`,
      );
    }
    // Not through a view, which would want the old values.
    blob.write(values, what);
  }

  #missing(what: string, name: string, names: Iterable<string>): never {
    const near = nearest(name, names);
    throw new CremaError(`Expected a ${what} of net '${this.name}' but found '${name}'`, {
      hint: near === undefined ? undefined : `Did you mean '${near}'?`,
    });
  }
}
