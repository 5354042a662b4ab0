import { loadHdf5 } from "../data/arrays/load_hdf5.ts";
import { resolveSource } from "../data/sources/source_path.ts";
import { planLayers, plannedNet } from "../ffi/host/plan_layers.ts";
import type { HostLayer } from "../ffi/host/host_layer.ts";
import { restoreLayer, saveLayer } from "../ffi/host/layer_state.ts";
import { SolverHandle } from "../ffi/solver_handle.ts";
import { checkMessage, decode } from "../proto/codec/binary.ts";
import { CremaError } from "../base/error.ts";
import { copyLocation, locationOf, setFieldLocation } from "../proto/text/location.ts";
import type { NetParameter, SolverParameter, SourceState } from "../proto/messages.ts";
import { assignSolver, parseAssignments } from "../proto/nets/assignments.ts";
import { readNet } from "../proto/nets/read_net.ts";
import { readSolver, solverFromText } from "../proto/nets/read_solver.ts";
import { solverNets } from "../proto/nets/solver_nets.ts";
import { upgradeSolver } from "../proto/upgrade/upgrade_solver.ts";
import type { SnapshotEvent, TrainEvent } from "./events.ts";
import { checkLayerNames } from "../net/check_layer_names.ts";
import {
  type EngineOptions,
  keepTuning,
  layerProviders,
  openEngine,
  stateOf,
} from "../net/engine_options.ts";
import { readFileFillers } from "../net/file_fillers.ts";
import { Net } from "../net/net.ts";
import { openWeights } from "../net/read_weights.ts";
import { type CopyWeightsOptions, joinReports, type WeightsReport } from "../net/weights_report.ts";
import { checkClasses } from "./check_classes.ts";
import { extendState } from "./extend_state.ts";
import { restoreSnapshot, writeSnapshot } from "./snapshot.ts";
import { train, type TrainOptions } from "./train.ts";
import { checkSolver, inSolver } from "./check_solver.ts";
import { resolveEpochs } from "./epochs.ts";
import type { Trainable, TrainProgress } from "./trainable.ts";

/** How to make a solver. `level` and `stage` go to the train net's state, as with `caffe train`. */
export interface SolverOptions extends EngineOptions {
  /** Overrides the solver's `random_seed`. */
  seed?: number | undefined;
  /** Trains for so many passes over the data, instead of the solver's `epochs` or `max_iter`. */
  epochs?: number | undefined;
}

/** Gives the learning rate of an iteration, which counts from 0. */
export type LearningRateSchedule = (iteration: number) => number;

/** Functions to call during each training step. */
export interface SolverCallback {
  /** Called before the forward and backward passes. */
  onStart?: (() => void) | undefined;
  /** Called when the gradients of all parameters are ready, before the update. */
  onGradientsReady?: (() => void) | undefined;
}

/** How to run {@link Solver.solve}. */
export interface SolveOptions extends TrainOptions {
  /** A .solverstate or .solverstate.h5 to resume from. */
  resume?: string | undefined;
  /** Called with each event. */
  onEvent?: ((event: TrainEvent) => void) | undefined;
}

/**
 * A solver with its train net and test nets: the parts of a training step. `train` runs the loop over them.
 *
 * ```ts ignore
 * using solver = await Solver.fromFile("models/lenet/solver.prototxt");
 * while (solver.iteration < 100) solver.step();
 * ```
 */
export class Solver implements Trainable, Disposable {
  /** The native solver. */
  readonly handle: SolverHandle;
  /**
   * The solver as it was made, upgraded. The nets that it names are in `net.param` and `testNets[i].param`. It is
   * frozen, since the engine has it already: {@link learningRate} can be set; for the rest make another solver.
   */
  readonly param: Readonly<SolverParameter>;
  /** The train net. It ends with the solver. */
  readonly net: Net;
  /** The test nets. They share the train net's parameters. */
  readonly testNets: readonly Net[];
  /** What the training loop keeps in the solver's state: the score so far, and the snapshots on disk. */
  readonly progress: TrainProgress = { snapshots: [] };
  #rate: number | LearningRateSchedule | undefined;
  /** How many bytes `save` of each layer returned last. */
  readonly #savedBytes = new WeakMap<HostLayer, number>();
  #callbacks: readonly { readonly callback: SolverCallback }[] = [];

  private constructor(
    handle: SolverHandle,
    param: SolverParameter,
    train: NetParameter,
    tests: NetParameter[],
  ) {
    this.handle = handle;
    this.param = frozen(param);
    this.net = new Net(handle.net, train);
    this.testNets = handle.testNets.map((net, i) => new Net(net, tests[i]!));
  }

  /** Makes a solver from a prototxt. Throws a CremaError that names the file and line. */
  static async fromFile(path: string, options: SolverOptions = {}): Promise<Solver> {
    return await Solver.create(await readSolver(path, { set: options.set }), options);
  }

  /**
   * Makes a solver from the text of a prototxt. Relative paths and errors refer to `file`. Throws a
   * CremaError.
   */
  static async fromText(
    text: string,
    options: SolverOptions & { file?: string | undefined } = {},
  ): Promise<Solver> {
    return await Solver.create(solverFromText(text, options.file), options);
  }

  /**
   * Makes a solver from an upgraded SolverParameter. A net's relative path is looked up from the working
   * directory, as in Caffe, then from the folder of the solver's file. Throws a CremaError.
   */
  static async create(given: SolverParameter, options: SolverOptions = {}): Promise<Solver> {
    checkMessage("SolverParameter", given);
    const engine = await openEngine(options);
    const param = withOptions(given, options);
    if (param.snapshot_format === "HDF5") await loadHdf5(); // writing a snapshot cannot await it
    checkSolver(param);
    const file = locationOf(given)?.file;
    const nets = await solverNets(param, {
      readNet: (path) => readNet(resolveSource(path, file)),
      set: options.set,
    });
    const seed = (param.random_seed ?? -1) < 0 ? undefined : param.random_seed;
    const files = [nets.train, ...nets.tests].map((net) => locationOf(net)?.file ?? file);
    const providers = await layerProviders(engine, options, files.filter((each) => each !== undefined));
    const plan = (net: NetParameter, index: number) => {
      const place = locationOf(net)?.file ?? file;
      const phase = net.state?.phase ?? (index < 0 ? "TRAIN" : "TEST");
      return planLayers(net, providers, { phase, net: index, file: place, seed, solverParam: param });
    };
    const fromFiles = [nets.train, ...nets.tests].map(readFileFillers);
    const [asked, ...askedTests] = fromFiles.map(({ param }) => param) as [NetParameter, ...NetParameter[]];
    const layers = await plan(asked, -1);
    await resolveEpochs(param, layers);
    const train = plannedNet(asked, layers);
    const tests: NetParameter[] = [];
    for (const [i, net] of askedTests.entries()) {
      const planned = await plan(net, i);
      tests.push(plannedNet(net, planned));
      layers.push(...planned);
    }

    const { net: _net, net_param: _param, train_net: _train, test_net: _test, ...rest } = param;
    const whole = copyLocation(given, { ...rest, train_net_param: train, test_net_param: tests });
    const solver = new Solver(
      inSolver(param, () => SolverHandle.create(engine, whole, layers, options.compute)),
      param,
      train,
      tests,
    );
    try {
      await keepTuning(engine, options);
      for (const [i, { handle, param, params }] of [solver.net, ...solver.testNets].entries()) {
        checkLayerNames(handle, param);
        fromFiles[i]!.fill(params);
      }
      checkClasses(solver.net, solver.testNets);
      return solver;
    } catch (error) {
      solver[Symbol.dispose]();
      throw error;
    }
  }

  /** The number of updates so far. */
  get iteration(): number {
    return this.handle.iteration;
  }

  /** The learning rate of this iteration: that of lr_policy, or the one that was set. */
  get learningRate(): number {
    this.#askSchedule();
    return this.handle.learningRate;
  }

  /**
   * Sets the learning rate from this iteration on: to a number, or to what a function gives for each iteration. With
   * undefined, lr_policy decides again. A number is part of the solver's state, and a resumed run goes on with it; a
   * function is to be set again. Throws a CremaError for a rate that is negative or not finite.
   *
   * ```ts ignore
   * solver.learningRate = 0.001;
   * solver.learningRate = (iteration) => 0.01 * 0.95 ** Math.floor(iteration / 100);
   * ```
   */
  set learningRate(rate: number | LearningRateSchedule | undefined) {
    if (typeof rate !== "function") this.handle.setLearningRate(checkRate(rate));
    this.#rate = rate;
  }

  /**
   * Calls `onStart`, clears the diffs, runs iter_size forward and backward passes (or `passes` instead), and
   * calls `onGradientsReady`. Returns the mean loss of the passes.
   */
  forwardBackward(passes: () => number = () => this.handle.forwardBackward()): number {
    for (const { callback } of this.#callbacks) callback.onStart?.();
    const loss = passes();
    for (const { callback } of this.#callbacks) callback.onGradientsReady?.();
    return loss;
  }

  /** Clips, normalizes, regularizes and applies the diffs, then increments the iteration. */
  applyUpdate(): void {
    this.#askSchedule();
    this.handle.applyUpdate();
  }

  /**
   * Runs `count` training steps: {@link forwardBackward} and {@link applyUpdate}, without the tests, displays
   * and snapshots of `train` and {@link solve}. Returns the loss of the last step, before its update; NaN for
   * 0 steps.
   */
  step(count = 1): number {
    if (!Number.isInteger(count) || count < 0) {
      throw new CremaError(`Expected a number of steps but found ${count}`);
    }
    let loss = NaN;
    for (let i = 0; i < count; i++) {
      loss = this.forwardBackward();
      this.applyUpdate();
    }
    return loss;
  }

  /**
   * Trains until max_iter with tests, displays and snapshots: runs `train` to its end. Throws a CremaError as
   * `train` does.
   */
  async solve({ resume, onEvent, ...options }: SolveOptions = {}): Promise<void> {
    if (resume !== undefined) await this.restore(resume);
    for await (const event of train(this, options)) onEvent?.(event);
  }

  /** Writes the model and state as `<snapshot_prefix>_iter_<n>`. Throws a CremaError when it cannot. */
  snapshot(): SnapshotEvent {
    return writeSnapshot(this);
  }

  /**
   * Restores a .solverstate or .solverstate.h5 and the weights that it names. Throws a CremaError when they
   * do not fit this net.
   */
  async restore(path: string): Promise<void> {
    await restoreSnapshot(this, path);
  }

  /**
   * Adds functions to call in each training step, after those added before. Dispose the returned object to
   * remove them.
   */
  addCallback(callback: SolverCallback): Disposable {
    // An object of its own for each call: the same callback may be added twice.
    const added = { callback };
    this.#callbacks = [...this.#callbacks, added];
    return {
      [Symbol.dispose]: () => {
        this.#callbacks = this.#callbacks.filter((each) => each !== added);
      },
    };
  }

  /**
   * Shares the parameters of another net, by layer name, with the train net and the test nets. Steps then
   * train both.
   */
  shareWeights(net: Net): void {
    for (const own of [this.net, ...this.testNets]) own.shareWith(net);
  }

  /**
   * Copies parameters by layer name from .caffemodel, HDF5, .safetensors or .npz files or bytes into the train net, and into layers that only
   * a test net has, as `copyFrom` of `Net` does.
   */
  async copyFrom(...weights: (string | Uint8Array)[]): Promise<WeightsReport> {
    return await this.copyTrainedLayersFrom(weights);
  }

  /** As {@link copyFrom}, with options: see `copyTrainedLayersFrom` of `Net`. */
  async copyTrainedLayersFrom(
    weights: string | Uint8Array | readonly (string | Uint8Array)[],
    options: CopyWeightsOptions = {},
  ): Promise<WeightsReport> {
    const trained = new Set(this.net.params.keys());
    const nets = [
      this.net,
      ...this.testNets.filter((net) => net.params.keys().some((name) => !trained.has(name))),
    ];
    const reports: WeightsReport[] = [];
    for (const each of [weights].flat()) {
      const copyTo = await openWeights(each);
      for (const { handle } of nets) reports.push(copyTo(handle, options));
    }
    return joinReports(reports);
  }

  /**
   * What layers in TypeScript of all nets keep: how far data layers have read, where random numbers stand, and what `save` returns.
   * With `quick`, `save` is not called where it returned more than {@link QUICK_BYTES} last time. Throws a CremaError that names
   * the layer whose method throws.
   */
  sourceStates({ quick = false }: { quick?: boolean | undefined } = {}): SourceState[] {
    return [this.net, ...this.testNets].flatMap((net, i) =>
      numbered(net.handle.hostLayers).flatMap(({ name, layer, among }) => {
        const saves = !quick || (this.#savedBytes.get(layer) ?? 0) <= QUICK_BYTES;
        const state = saveLayer(layer, { layer: name }, saves);
        if (state === undefined) return [];
        if (saves) this.#savedBytes.set(layer, state.saved?.length ?? 0);
        return [{ ...state, layer: name, net: i - 1, ...among > 0 && { index: among } }];
      })
    );
  }

  /**
   * Everything except the parameters, as the bytes of a SolverState: iteration, history, random generators,
   * and `sources`, which are the present ones by default. Quick ones get what they lack. The caller adds `learned_net`.
   */
  saveState(sources?: SourceState[]): Uint8Array {
    const { snapshots, score } = this.progress, present = this.sourceStates();
    return extendState(this.handle.saveState(), {
      source: sources === undefined ? present : completed(sources, present),
      ...snapshots.length > 0 && { snapshot: [...snapshots] },
      ...score !== undefined && { score },
      ...typeof this.#rate === "number" && { learning_rate: this.#rate },
    });
  }

  /**
   * Restores a SolverState. Layers that it does not mention, as when Caffe wrote it, keep their positions and
   * states. Throws a CremaError when it is from another net, or a layer's `restore` throws.
   */
  restoreState(bytes: Uint8Array): void {
    const { source = [], snapshot = [], score, learning_rate } = decode("SolverState", bytes);
    this.handle.restoreState(bytes);
    this.progress.snapshots = snapshot;
    this.progress.score = score;
    if (typeof this.#rate !== "function") this.learningRate = learning_rate;
    for (const [index, net] of [[-1, this.net] as const, ...this.testNets.entries()]) {
      for (const { name, layer, among } of numbered(net.handle.hostLayers)) {
        const state = source.find((each) => isOf(each, { layer: name, net: index, index: among }));
        if (state !== undefined) restoreLayer(layer, state, { layer: name });
      }
    }
  }

  /** Remembers what gives the learning rate. Returns what gives it back, after it was set or a state restored. */
  keepLearningRate(): () => void {
    const rate = this.#rate;
    return () => {
      this.learningRate = rate;
    };
  }

  /** Has the engine take the rate of a schedule, if there is one. */
  #askSchedule(): void {
    if (typeof this.#rate !== "function") return;
    this.handle.setLearningRate(checkRate(this.#rate(this.iteration), this.iteration));
  }

  /** Frees the solver and its nets. */
  [Symbol.dispose](): void {
    this.handle[Symbol.dispose]();
  }
}

/** How much of what `save` returned is copied in every iteration, for a snapshot from before a pass that fails. */
const QUICK_BYTES = 2 ** 16;

/** Whether two states are of the same layer. */
function isOf(a: SourceState, b: SourceState): boolean {
  return a.layer === b.layer && (a.net ?? -1) === (b.net ?? -1) && (a.index ?? 0) === (b.index ?? 0);
}

/** The states, with what `save` returns now for layers that were asked for less. */
function completed(sources: readonly SourceState[], present: readonly SourceState[]): SourceState[] {
  const lacking = present.filter(({ saved }) => saved !== undefined);
  const those = sources.map((state) => {
    const saved = state.saved ?? lacking.find((each) => isOf(each, state))?.saved;
    return { ...state, ...saved !== undefined && { saved } };
  });
  return [...those, ...lacking.filter((each) => !sources.some((state) => isOf(state, each)))];
}

/** The layers, each with its index among those of its name: names need not differ. */
function numbered<L extends { name: string }>(layers: readonly L[]): (L & { among: number })[] {
  return layers.map((layer, i) => ({
    ...layer,
    among: layers.slice(0, i).filter(({ name }) => name === layer.name).length,
  }));
}

/** Throws a CremaError unless a learning rate can be used. Returns it. */
function checkRate<Rate extends number | undefined>(rate: Rate, iteration?: number): Rate {
  if (rate === undefined || (typeof rate === "number" && Number.isFinite(rate) && rate >= 0)) return rate;
  const where = iteration === undefined ? "" : ` from the schedule at iteration ${iteration}`;
  throw new CremaError(`Expected a learning rate of 0 or more${where} but found ${rate}`);
}

/** The solver's own fields and lists frozen; nets and other messages that the caller gave are left alone. */
function frozen(param: SolverParameter): Readonly<SolverParameter> {
  for (const [field, value] of Object.entries(param)) {
    if (!Array.isArray(value) || value.some((each) => typeof each === "object")) continue;
    Object.assign(param, { [field]: Object.freeze([...value]) });
  }
  return Object.freeze(param);
}

/** The solver with the changes that the options ask for. */
function withOptions(
  given: SolverParameter,
  { seed, epochs, level, stage, set }: SolverOptions,
): SolverParameter {
  const assigned = set === undefined
    ? given
    : upgradeSolver(assignSolver(given, parseAssignments(set, "solver")));
  const param: SolverParameter = { ...assigned };
  if (seed !== undefined) param.random_seed = seed;
  if (epochs !== undefined) {
    param.epochs = epochs;
    delete param.max_iter;
  }
  if (level !== undefined || stage !== undefined) {
    const stages = stage && [...given.train_state?.stage ?? [], ...stage];
    param.train_state = { ...given.train_state, ...stateOf({ level, stage: stages }) };
  }
  copyLocation(assigned, param);
  if (epochs !== undefined) setFieldLocation(param, "epochs", { file: `epochs: ${epochs}` });
  return param;
}
