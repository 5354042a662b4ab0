import { loadHdf5 } from "../data/sources/load_hdf5.ts";
import type { NetHandle } from "../ffi/mod.ts";
import { CremaError } from "../base/mod.ts";
import { Breather } from "./breather.ts";
import { DebugPass, type DebugSink } from "./debug_pass.ts";
import type { DebugEvent, DebugNormsEvent, TrainEvent } from "./events.ts";
import { readScores } from "./read_scores.ts";
import { TrainRequests } from "./requests.ts";
import { type Score, scoresByName } from "./score.ts";
import { SmoothedLoss } from "./smoothed_loss.ts";
import { checkSnapshots, lockSnapshots, writeSnapshot } from "./snapshot.ts";
import type { Trainable } from "./trainable.ts";
import { TestPass } from "./test_pass.ts";

/** How to train. */
export interface TrainOptions {
  /** Trains until this many updates are done; the solver's max_iter by default. */
  maxIteration?: number | undefined;
  /** Where others ask for a stop or a snapshot. */
  requests?: TrainRequests | undefined;
  /** Stops the training when aborted, like a request to stop. */
  signal?: AbortSignal | undefined;
  /**
   * Asked when a pass fails, before the error ends the training: true when the cause is gone, and the pass shall be tried
   * again. {@link HotReload.revert} answers so.
   */
  retry?: ((error: unknown) => boolean) | undefined;
}

/**
 * Trains until max_iter, as Caffe's Solver::Solve does, and tells what happens: tests every test_interval, displays
 * every display, snapshots every snapshot and at the end, then a last display and test. The events come in the order
 * of Caffe's log lines. Between two iterations the event loop gets its turn about forty times a second.
 *
 * Ending the iteration over the events (`break`) ends the training at that point, without a snapshot; a request to
 * stop (`options.requests`) ends it as Ctrl-C ends `caffe train`, with one.
 *
 * Throws a CremaError when the solver cannot train, a layer fails, or a snapshot cannot be written.
 */
export async function* train(
  solver: Trainable,
  options: TrainOptions = {},
): AsyncGenerator<TrainEvent, void, void> {
  yield* new Training(solver, options).run();
}

/** One training: Caffe's Solver::Solve, with what it remembers between iterations. */
class Training {
  readonly #solver: Trainable;
  readonly #requests: TrainRequests;
  readonly #breather = new Breather();
  readonly #smoothed: SmoothedLoss;
  readonly #maxIteration: number;
  readonly #retry: (error: unknown) => boolean;
  #stopping = false;
  #warnedOfNan = false;

  constructor(solver: Trainable, options: TrainOptions) {
    this.#solver = solver;
    const { param } = solver;
    this.#requests = options.requests ?? new TrainRequests();
    this.#retry = options.retry ?? (() => false);
    options.signal?.addEventListener("abort", () => this.#requests.ask("stop"));
    if (options.signal?.aborted) this.#requests.ask("stop");
    if (param.average_loss !== undefined && param.average_loss < 1) {
      throw new CremaError(`Expected average_loss to be 1 or more but found ${param.average_loss}`);
    }
    this.#smoothed = new SmoothedLoss(param.average_loss ?? 1);
    this.#maxIteration = options.maxIteration ?? param.max_iter ?? 0;
    checkSnapshots(param);
  }

  async *run(): AsyncGenerator<TrainEvent> {
    const solver = this.#solver, { param } = solver;
    const started = performance.now();
    using _lock = lockSnapshots(param);
    if (param.snapshot_format === "HDF5") await loadHdf5();
    yield {
      type: "start",
      iteration: solver.iteration,
      maxIteration: this.#maxIteration,
      net: solver.net.name,
      learningRatePolicy: param.lr_policy ?? "",
    };
    yield* this.#steps();
    const { iteration } = solver;
    const onInterval = (interval: number | undefined) => !!interval && iteration % interval === 0;
    if ((param.snapshot_after_train ?? true) && !onInterval(param.snapshot)) yield writeSnapshot(solver);
    if (!this.#stopping && onInterval(param.display)) {
      const loss = this.#attempt(() => solver.net.handle.forward());
      yield {
        type: "display",
        iteration,
        loss: this.#smoothed.add(loss),
        ...readOutputs(solver.net.handle),
        iterations: 0,
        seconds: 0,
        final: true,
      };
    }
    if (!this.#stopping && onInterval(param.test_interval)) yield* this.#tests();
    yield {
      type: "done",
      iteration,
      stoppedEarly: this.#stopping,
      seconds: (performance.now() - started) / 1000,
    };
  }

  /** Caffe's Solver::Step up to the last iteration. */
  async *#steps(): AsyncGenerator<TrainEvent> {
    const solver = this.#solver, { param } = solver;
    const interval = param.test_interval ?? 0, displayInterval = param.display ?? 0;
    let lastDisplay = solver.iteration, lastTime = performance.now();
    while (solver.iteration < this.#maxIteration) {
      const { iteration } = solver;
      if (
        interval > 0 && iteration % interval === 0 && (iteration > 0 || (param.test_initialization ?? true))
      ) {
        yield* this.#tests();
        if (this.#stopping) return;
      }
      const display = displayInterval > 0 && iteration % displayInterval === 0;
      const learningRate = solver.learningRate;
      let loss;
      if (display && param.debug_info) {
        let debug: (DebugEvent | DebugNormsEvent)[] = [];
        loss = this.#attempt(() => {
          debug = [];
          return solver.forwardBackward(() => this.#debugForwardBackward((event) => debug.push(event)));
        });
        yield* debug;
      } else {
        loss = this.#attempt(() => solver.forwardBackward());
      }
      const smoothedLoss = this.#smoothed.add(loss);
      yield* this.#nanWarning(iteration, loss);
      // The outputs are read before the update, as Caffe prints them.
      const outputs = display ? readOutputs(solver.net.handle) : undefined;
      solver.applyUpdate();
      yield { type: "step", iteration, loss, smoothedLoss, learningRate };
      if (outputs !== undefined) {
        const now = performance.now();
        yield {
          type: "display",
          iteration,
          loss: smoothedLoss,
          ...outputs,
          learningRate,
          iterations: iteration - lastDisplay,
          seconds: (now - lastTime) / 1000,
          final: false,
        };
        [lastDisplay, lastTime] = [iteration, now];
      }
      if (this.#breather.isDue) await this.#breather.breathe();
      const request = this.#requests.take();
      if (request !== undefined) yield { type: "request", iteration: solver.iteration, action: request };
      const scheduled = !!param.snapshot && solver.iteration % param.snapshot === 0;
      if (scheduled || request === "snapshot") yield writeSnapshot(solver);
      if (request === "stop") {
        this.#stopping = true;
        return;
      }
    }
  }

  /** Runs all test nets, taking requests between two batches. */
  async *#tests(): AsyncGenerator<TrainEvent> {
    const solver = this.#solver;
    for (const [net, testNet] of solver.testNets.entries()) {
      const { iteration } = solver;
      yield { type: "testStart", iteration, net };
      const pass = new TestPass(testNet.handle);
      const batches = solver.param.test_iter?.[net] ?? 0;
      for (let batch = 0; batch < batches; batch++) {
        for (let request = this.#requests.take(); request !== undefined; request = this.#requests.take()) {
          yield { type: "request", iteration, action: request };
          if (request === "snapshot") yield writeSnapshot(solver);
          else this.#stopping = true;
        }
        if (this.#stopping) {
          yield { type: "testInterrupted", iteration, net };
          return;
        }
        if (solver.param.debug_info) {
          let debug: (DebugEvent | DebugNormsEvent)[] = [];
          const forward = () => {
            debug = [];
            return new DebugPass(testNet.handle, testNet.param, iteration, (event) => debug.push(event))
              .forward();
          };
          this.#attempt(() => pass.runBatch(forward));
          yield* debug;
        } else this.#attempt(() => pass.runBatch());
        if (this.#breather.isDue) await this.#breather.breathe();
      }
      const scores = pass.means();
      yield {
        type: "test",
        iteration,
        net,
        ...(solver.param.test_compute_loss ? { loss: pass.meanLoss() } : {}),
        scores,
        outputs: scoresByName(scores),
      };
    }
  }

  /** Runs a pass, again for as long as `retry` makes failures good. */
  #attempt<Result>(pass: () => Result): Result {
    while (true) {
      try {
        return pass();
      } catch (error) {
        if (!this.#retry(error)) throw error;
      }
    }
  }

  /** What the engine's forward-backward does, layer by layer. */
  #debugForwardBackward(sink: DebugSink): number {
    const { net, param, iteration } = this.#solver;
    const batches = param.iter_size ?? 1;
    const pass = new DebugPass(net.handle, net.param, iteration, sink);
    net.handle.clearDiffs();
    let loss = 0;
    for (let batch = 0; batch < batches; batch++) {
      loss = Math.fround(loss + pass.forward());
      pass.backward();
    }
    return Math.fround(loss / batches);
  }

  *#nanWarning(iteration: number, loss: number): Generator<TrainEvent> {
    if (Number.isFinite(loss) || this.#warnedOfNan) return;
    this.#warnedOfNan = true;
    const message = `The loss became ${loss} at iteration ${iteration}; training goes on, as in Caffe. ` +
      "A smaller base_lr or clip_gradients often helps.";
    yield { type: "warning", iteration, message };
  }
}

function readOutputs(net: NetHandle): { scores: Score[]; outputs: Record<string, number> } {
  const scores = readScores(net);
  return { scores, outputs: scoresByName(scores) };
}
