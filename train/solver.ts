import { loadHdf5 } from "../data/arrays/load_hdf5.ts";
import { resolveSource } from "../data/sources/source_path.ts";
import { planLayers, plannedNet } from "../ffi/host/plan_layers.ts";
import { SolverHandle } from "../ffi/solver_handle.ts";
import { decode } from "../proto/codec/binary.ts";
import { CremaError } from "../base/error.ts";
import { copyLocation, locationOf } from "../proto/text/location.ts";
import type { NetParameter, SolverParameter, SourceState } from "../proto/messages.ts";
import { readNet } from "../proto/nets/read_net.ts";
import { readSolver, solverFromText } from "../proto/nets/read_solver.ts";
import { solverNets } from "../proto/nets/solver_nets.ts";
import type { SnapshotEvent, TrainEvent } from "./events.ts";
import { type EngineOptions, layerProviders, openEngine, stateOf } from "../net/engine_options.ts";
import { Net } from "../net/net.ts";
import { extendState } from "./extend_state.ts";
import { restoreSnapshot, writeSnapshot } from "./snapshot.ts";
import { train, type TrainOptions } from "./train.ts";
import type { Trainable } from "./trainable.ts";

/** What a solver is made with. `level` and `stage` go to the train net's state, as with `caffe train`. */
export interface SolverOptions extends EngineOptions {
  /** Used instead of the solver's `random_seed`. */
  seed?: number | undefined;
}

/** What to do between the parts of each training step. */
export interface SolverCallback {
  /** Called before the forward and backward passes. */
  onStart?: (() => void) | undefined;
  /** Called when the gradients of all parameters are there, before the update. */
  onGradientsReady?: (() => void) | undefined;
}

/** How to solve. */
export interface SolveOptions extends TrainOptions {
  /** A .solverstate, or .solverstate.h5, to go on from. */
  resume?: string | undefined;
  /** Gets what happens. */
  onEvent?: ((event: TrainEvent) => void) | undefined;
}

/**
 * A solver with its train net and test nets: the pieces of a training step. `train` runs the loop over them.
 *
 * ```ts ignore
 * using solver = await Solver.fromFile("models/lenet/solver.prototxt");
 * while (solver.iteration < 100) solver.step();
 * ```
 */
export class Solver implements Trainable, Disposable {
  /** The native solver. */
  readonly handle: SolverHandle;
  /** The solver as it was made, upgraded; the nets it names are in `net.param` and `testNets[i].param`. */
  readonly param: SolverParameter;
  /** The net that is trained. It ends with the solver. */
  readonly net: Net;
  /** The nets that are tested. They share the train net's parameters. */
  readonly testNets: readonly Net[];
  #callbacks: readonly { readonly callback: SolverCallback }[] = [];

  private constructor(
    handle: SolverHandle,
    param: SolverParameter,
    train: NetParameter,
    tests: NetParameter[],
  ) {
    this.handle = handle;
    this.param = param;
    this.net = new Net(handle.net, train);
    this.testNets = handle.testNets.map((net, i) => new Net(net, tests[i]!));
  }

  /** Makes a solver from a prototxt. Throws a CremaError that names the file and line. */
  static async fromFile(path: string, options: SolverOptions = {}): Promise<Solver> {
    return await Solver.create(await readSolver(path), options);
  }

  /** Makes a solver from a prototxt's text; `file` is what relative paths and errors refer to. Throws a CremaError. */
  static async fromText(
    text: string,
    options: SolverOptions & { file?: string | undefined } = {},
  ): Promise<Solver> {
    return await Solver.create(solverFromText(text, options.file), options);
  }

  /**
   * Makes a solver from its upgraded parameter. Nets that it names by a relative path are sought from the working
   * directory, as Caffe does, then beside the solver's file. Throws a CremaError.
   */
  static async create(given: SolverParameter, options: SolverOptions = {}): Promise<Solver> {
    const engine = openEngine(options);
    const param = withOptions(given, options);
    if (param.snapshot_format === "HDF5") await loadHdf5(); // snapshots are written without a wait
    const file = locationOf(given)?.file;
    const nets = await solverNets(param, { readNet: (path) => readNet(resolveSource(path, file)) });
    const seed = (param.random_seed ?? -1) < 0 ? undefined : param.random_seed;
    const files = [nets.train, ...nets.tests].map((net) => locationOf(net)?.file ?? file);
    const providers = await layerProviders(engine, options, files.filter((each) => each !== undefined));
    const plan = (net: NetParameter, index: number) => {
      const place = locationOf(net)?.file ?? file;
      const phase = net.state?.phase ?? (index < 0 ? "TRAIN" : "TEST");
      return planLayers(net, providers, { phase, net: index, file: place, seed });
    };
    const layers = await plan(nets.train, -1);
    const train = plannedNet(nets.train, layers);
    const tests: NetParameter[] = [];
    for (const [i, net] of nets.tests.entries()) {
      const planned = await plan(net, i);
      tests.push(plannedNet(net, planned));
      layers.push(...planned);
    }

    const { net: _net, net_param: _param, train_net: _train, test_net: _test, ...rest } = param;
    const whole = { ...rest, train_net_param: train, test_net_param: tests };
    return new Solver(SolverHandle.create(engine, whole, layers), param, train, tests);
  }

  /** The number of updates so far. */
  get iteration(): number {
    return this.handle.iteration;
  }

  /** The learning rate that lr_policy gives at this iteration. */
  get learningRate(): number {
    return this.handle.learningRate;
  }

  /**
   * Clears the diffs and runs iter_size forward and backward passes (or what `passes` does for them), between the calls of
   * `onStart` and `onGradientsReady`. Returns their mean loss.
   */
  forwardBackward(passes: () => number = () => this.handle.forwardBackward()): number {
    for (const { callback } of this.#callbacks) callback.onStart?.();
    const loss = passes();
    for (const { callback } of this.#callbacks) callback.onGradientsReady?.();
    return loss;
  }

  /** Clips, normalizes, regularizes and applies the diffs; then the iteration goes up by one. */
  applyUpdate(): void {
    this.handle.applyUpdate();
  }

  /**
   * Training steps, one unless told: {@link forwardBackward}, {@link applyUpdate}, and nothing else; tests, displays and
   * snapshots are `train`'s and {@link solve}'s. Returns the last step's loss before its update, NaN without a step.
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
   * Trains until max_iter with tests, displays and snapshots, as `train` does, which tells more on the way. Throws a
   * CremaError as `train` does.
   */
  async solve({ resume, onEvent, ...options }: SolveOptions = {}): Promise<void> {
    if (resume !== undefined) await this.restore(resume);
    for await (const event of train(this, options)) onEvent?.(event);
  }

  /** Writes model and state as `<snapshot_prefix>_iter_<n>`. Throws a CremaError when they cannot be written. */
  snapshot(): SnapshotEvent {
    return writeSnapshot(this);
  }

  /** Goes on from a .solverstate, or HDF5, and the weights that it names. Throws a CremaError when they are not of this net. */
  async restore(path: string): Promise<void> {
    await restoreSnapshot(this, path);
  }

  /** Has functions called in each training step, in the order in which they were added. Disposing what is returned ends that. */
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

  /** Uses the parameters of another net, by layer name, in the train net and the test nets: steps then train both. */
  shareWeights(net: Net): void {
    for (const own of [this.net, ...this.testNets]) own.shareWith(net);
  }

  /** Takes parameters by layer name from .caffemodel files, HDF5 or bytes. Throws a CremaError when they do not fit. */
  async copyFrom(...weights: (string | Uint8Array)[]): Promise<void> {
    await this.net.copyFrom(...weights);
  }

  /**
   * All but the parameters as the bytes of a SolverState: iteration, history, random generators, and where each data
   * layer stands. `learned_net` is left to the caller.
   */
  saveState(): Uint8Array {
    return extendState(this.handle.saveState(), { source: this.#sources() });
  }

  /**
   * Goes on from a SolverState. Layers that the state does not tell of, as when Caffe wrote it, stay where they are.
   * Throws a CremaError when it is of another net.
   */
  restoreState(bytes: Uint8Array): void {
    const { source = [] } = decode("SolverState", bytes);
    this.handle.restoreState(bytes);
    for (const [index, net] of [[-1, this.net] as const, ...this.testNets.entries()]) {
      for (const { name, layer } of net.handle.hostLayers) {
        const state = source.find((each) => each.layer === name && (each.net ?? -1) === index);
        if (state === undefined || layer.restoreState === undefined) continue;
        try {
          layer.restoreState(state);
        } catch (cause) {
          if (cause instanceof CremaError && cause.layer !== undefined) throw cause;
          const message = cause instanceof Error ? cause.message : String(cause);
          throw new CremaError(`restoreState threw: ${message}`, { layer: name, cause });
        }
      }
    }
  }

  /** Frees the solver and its nets. */
  [Symbol.dispose](): void {
    this.handle[Symbol.dispose]();
  }

  #sources(): SourceState[] {
    return [this.net, ...this.testNets].flatMap((net, i) =>
      net.handle.hostLayers.flatMap(({ name, layer }) =>
        layer.saveState === undefined ? [] : [{ ...layer.saveState(), layer: name, net: i - 1 }]
      )
    );
  }
}

/** The solver with what options change in it. */
function withOptions(given: SolverParameter, { seed, level, stage }: SolverOptions): SolverParameter {
  const param: SolverParameter = { ...given };
  if (seed !== undefined) param.random_seed = seed;
  if (level !== undefined || stage !== undefined) {
    const stages = stage && [...given.train_state?.stage ?? [], ...stage];
    param.train_state = { ...given.train_state, ...stateOf({ level, stage: stages }) };
  }
  return copyLocation(given, param);
}
