import { loadHdf5 } from "../data/arrays/load_hdf5.ts";
import type { NetHandle } from "../ffi/mod.ts";
import { CremaError } from "../base/mod.ts";
import { checkHdf5Names } from "../net/hdf5_weights.ts";
import { locationOf, type SourceState } from "../proto/mod.ts";
import { Breather } from "./breather.ts";
import { checkLimits } from "./check_limits.ts";
import { DebugPass, type DebugSink } from "./debug_pass.ts";
import { checkLearningRate } from "./check_solver.ts";
import { checkDetectionOutputs, type DetectionScoring, detectionScoring } from "./detection_scoring.ts";
import type { DisplayEvent, DoneEvent, NoteEvent, StepEvent, TestEvent, TrainEvent } from "./events.ts";
import { findNonFinite, nonFiniteParam } from "./find_non_finite.ts";
import { gradientNormOf } from "./gradient_norm_of.ts";
import { nothingLearned } from "./nothing_learned.ts";
import { takeLayerWarnings } from "./layer_warnings.ts";
import { readScores } from "./read_scores.ts";
import { TrainRequests } from "./requests.ts";
import { scoresByName } from "./score.ts";
import { ScoreWatch } from "./score_watch.ts";
import { SmoothedLoss } from "./smoothed_loss.ts";
import { checkSnapshots, lockSnapshots, writeSnapshot, writesSnapshots } from "./snapshot.ts";
import type { Trainable } from "./trainable.ts";
import { TestPass } from "./test_pass.ts";

/** How to train. */
export interface TrainOptions {
  /** Trains until this many updates are done. Default: the solver's max_iter. */
  maxIteration?: number | undefined;
  /** Requests for a stop or a snapshot. */
  requests?: TrainRequests | undefined;
  /** Stops training when it is aborted, like a request to stop. */
  signal?: AbortSignal | undefined;
  /**
   * Called when a pass fails. If it returns true, the cause is gone and the pass is tried again; otherwise
   * the error ends the training. {@link HotReload.revert} is made for this.
   */
  retry?: ((error: unknown) => boolean) | undefined;
}

/**
 * Trains until max_iter, as Caffe's Solver::Solve does, and yields an event for everything that happens.
 * Tests every `test_interval` iterations, reports every `display`, writes a snapshot every `snapshot` and at
 * the end, then reports and tests once more. The events come in the order of Caffe's log lines. Between
 * iterations, the event loop gets a turn about forty times per second.
 *
 * Leaving the loop over the events (`break`) ends training at that point without a snapshot. A request to
 * stop (`options.requests`) ends it with a snapshot, as Ctrl-C does in `caffe train`. When a pass fails, a
 * solver that writes snapshots writes one of the last update before the error is thrown.
 *
 * Throws a CremaError when the solver cannot train, a layer fails, or a snapshot cannot be written.
 */
export async function* train(
  solver: Trainable,
  options: TrainOptions = {},
): AsyncGenerator<TrainEvent, void, void> {
  yield* new Training(solver, options).run();
}

/** One training run: Caffe's Solver::Solve, with the state that it keeps between iterations. */
class Training {
  readonly #solver: Trainable;
  readonly #requests: TrainRequests;
  readonly #breather = new Breather();
  readonly #smoothed: SmoothedLoss;
  readonly #maxIteration: number;
  readonly #detection: DetectionScoring | undefined;
  readonly #retry: (error: unknown) => boolean;
  #lastDisplay = { iteration: 0, time: 0 };
  /** What stops training before the last iteration. */
  #stopping: DoneEvent["reason"];
  readonly #watch: ScoreWatch | undefined;
  #started = 0;
  #warnedOfNan = false;
  /** Updates at the last snapshot, or at the start: what a failure would not lose. */
  #saved = 0;
  /** Where the layers in TypeScript stood after the last update. */
  #sources: SourceState[] = [];
  #passFailed = false;
  readonly #keepsBest: boolean;
  readonly #writesSnapshots: boolean;

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
    const maxIteration = options.maxIteration ?? param.max_iter;
    if (maxIteration === undefined) {
      throw new CremaError("Expected max_iter to say how long to train but found none", {
        ...locationOf(param),
        hint: "Add `max_iter: 10000`, for example.",
      });
    }
    this.#maxIteration = maxIteration;
    this.#detection = detectionScoring(param);
    if (this.#detection !== undefined) checkDetectionOutputs(param, solver.testNets);
    checkLearningRate(param, () => solver.learningRate);
    this.#watch = ScoreWatch.of(param, solver.testNets, solver.progress.score);
    checkLimits(param);
    this.#keepsBest = param.snapshot_best ?? false;
    this.#writesSnapshots = writesSnapshots(param);
    checkSnapshots(param);
  }

  async *run(): AsyncGenerator<TrainEvent> {
    const solver = this.#solver, { param } = solver;
    this.#started = performance.now();
    using _lock = lockSnapshots(param);
    if (param.snapshot_format === "HDF5") {
      checkHdf5Names(solver.net.handle);
      await loadHdf5();
    }
    yield {
      type: "start",
      iteration: solver.iteration,
      maxIteration: this.#maxIteration,
      net: solver.net.name,
      learningRatePolicy: param.lr_policy ?? "",
    };
    if (solver.iteration < this.#maxIteration) {
      for (const message of nothingLearned(solver.net.handle)) {
        yield { type: "warning", iteration: solver.iteration, message };
      }
    }
    if (this.#watch !== undefined) yield this.#note(this.#watch.description);
    this.#saved = solver.iteration;
    try {
      yield* this.#endOfPatience();
      if (this.#stopping === undefined) yield* this.#steps();
      yield* this.#afterSteps();
    } catch (error) {
      if (this.#passFailed) yield* this.#rescue();
      throw error;
    }
    const { iteration } = solver;
    yield {
      type: "done",
      iteration,
      stoppedEarly: this.#stopping !== undefined,
      reason: this.#stopping,
      seconds: (performance.now() - this.#started) / 1000,
    };
  }

  /** What Caffe's Solver::Solve does after the last step: a snapshot, a display and a test. */
  async *#afterSteps(): AsyncGenerator<TrainEvent> {
    const { param, iteration } = this.#solver;
    this.#notePositions(!this.#keepsBest);
    if ((param.snapshot_after_train ?? true) && !isDue(param.snapshot, iteration)) yield this.#snapshot();
    if (!this.#stopping && isDue(param.display, iteration)) yield this.#finalDisplay();
    if (!this.#stopping && isDue(param.test_interval, iteration)) yield* this.#tests();
  }

  /** Notes where the layers stand; `quick` where only a pass that fails would need it. */
  #notePositions(quick: boolean): void {
    if (this.#writesSnapshots) this.#sources = this.#solver.sourceStates({ quick });
  }

  #snapshot(): TrainEvent {
    this.#saved = this.#solver.iteration;
    return writeSnapshot(this.#solver);
  }

  /**
   * Writes a snapshot of the last update after a pass has failed, unless there is one already. The failed pass
   * changed no parameters, but it may have read some of its batches. The snapshot has the positions before them.
   */
  *#rescue(): Generator<TrainEvent> {
    const { iteration } = this.#solver;
    if (!this.#writesSnapshots || iteration === this.#saved) return;
    let event: TrainEvent;
    try {
      event = writeSnapshot(this.#solver, this.#sources);
    } catch (error) {
      // The error that ends the training is the one to throw.
      const message = `No snapshot of iteration ${iteration} could be written: ${(error as Error).message}`;
      event = { type: "warning", iteration, message };
    }
    yield event;
  }

  /** Caffe's Solver::Step, up to the last iteration. */
  async *#steps(): AsyncGenerator<TrainEvent> {
    const solver = this.#solver, { param } = solver;
    this.#lastDisplay = { iteration: solver.iteration, time: performance.now() };
    while (solver.iteration < this.#maxIteration) {
      const { iteration } = solver;
      const tests = isDue(param.test_interval, iteration) &&
        (iteration > 0 || (param.test_initialization ?? true));
      this.#notePositions(!(tests && this.#keepsBest));
      if (tests) {
        yield* this.#tests();
        yield* this.#endOfPatience();
        if (this.#stopping) return;
      }
      const { learningRate } = solver;
      const displays = isDue(param.display, iteration);
      const loss = yield* this.#forwardBackward(displays && (param.debug_info ?? false));
      const smoothedLoss = this.#smoothed.add(loss);
      yield* this.#nonFinite(iteration, loss);
      yield* this.#layerWarnings(solver.net.handle);
      // The outputs are read before the update, as Caffe prints them.
      const outputs = displays ? readOutputs(solver.net.handle) : undefined;
      const gradientNorm = displays && param.display_gradient_norm ? gradientNormOf(solver) : undefined;
      solver.applyUpdate();
      const step: StepEvent = { type: "step", iteration, loss, smoothedLoss, learningRate };
      yield step;
      if (outputs !== undefined) yield this.#display(step, { ...outputs, gradientNorm });
      if (this.#breather.isDue) await this.#breather.breathe();
      yield* this.#requestAndSnapshot();
      if (this.#stopping) return;
    }
  }

  /** Computes the gradients of one iteration and returns its loss. With `debug`, yields the blobs' events. */
  *#forwardBackward(debug: boolean): Generator<TrainEvent, number> {
    const solver = this.#solver;
    if (!debug) return this.#attempt(() => solver.forwardBackward());
    return yield* this.#attemptDebug((sink) =>
      solver.forwardBackward(() => this.#debugForwardBackward(sink))
    );
  }

  /** Reports an iteration, with the time since the last report. */
  #display(
    { iteration, smoothedLoss, learningRate }: StepEvent,
    outputs: Outputs & Pick<DisplayEvent, "gradientNorm">,
  ): DisplayEvent {
    const last = this.#lastDisplay, time = performance.now();
    this.#lastDisplay = { iteration, time };
    return {
      type: "display",
      iteration,
      loss: smoothedLoss,
      ...outputs,
      learningRate,
      iterations: iteration - last.iteration,
      seconds: (time - last.time) / 1000,
      final: false,
    };
  }

  /** Runs forward once more after the last update, and reports that. */
  #finalDisplay(): DisplayEvent {
    const { iteration, net: { handle } } = this.#solver;
    const loss = this.#attempt(() => handle.forward());
    return {
      type: "display",
      iteration,
      loss: this.#smoothed.add(loss),
      ...readOutputs(handle),
      iterations: 0,
      seconds: 0,
      final: true,
    };
  }

  /** Takes one request, and writes the snapshot that it asks for or that the solver schedules. */
  *#requestAndSnapshot(): Generator<TrainEvent> {
    const solver = this.#solver;
    const action = this.#requests.take();
    if (action !== undefined) yield { type: "request", iteration: solver.iteration, action };
    if (isDue(solver.param.snapshot, solver.iteration) || action === "snapshot") yield this.#snapshot();
    if (action === "stop") this.#stopping = "request";
    yield* this.#endOfTime();
  }

  /** Runs all test nets. Takes requests between two batches. */
  async *#tests(): AsyncGenerator<TrainEvent> {
    const solver = this.#solver;
    for (const [net, testNet] of solver.testNets.entries()) {
      const { iteration } = solver;
      yield { type: "testStart", iteration, net };
      const pass = new TestPass(testNet.handle, this.#detection);
      const batches = solver.param.test_iter?.[net] ?? 0;
      for (let batch = 0; batch < batches; batch++) {
        yield* this.#requestsDuringTest();
        if (this.#stopping) {
          yield { type: "testInterrupted", iteration, net };
          return;
        }
        if (solver.param.debug_info) {
          yield* this.#attemptDebug((sink) =>
            pass.runBatch(() => new DebugPass(testNet.handle, testNet.param, iteration, sink).forward())
          );
        } else this.#attempt(() => pass.runBatch());
        yield { type: "testBatch", iteration, net, batch };
        if (this.#breather.isDue) await this.#breather.breathe();
      }
      yield* this.#layerWarnings(testNet.handle);
      const scores = pass.means();
      const event: TestEvent = {
        type: "test",
        iteration,
        net,
        loss: solver.param.test_compute_loss ? pass.meanLoss() : undefined,
        scores,
        outputs: scoresByName(scores),
        ...this.#detection !== undefined && { classes: pass.classPrecisions() },
      };
      yield event;
      yield* this.#score(event);
    }
  }

  /** Follows the score of a test, and keeps the best snapshot. */
  *#score(event: TestEvent): Generator<TrainEvent> {
    if (this.#watch === undefined) return;
    const isBest = this.#watch.take(event);
    this.#solver.progress.score = this.#watch.state;
    // A resumed run does this test again, from where the test nets' data was.
    if (isBest && this.#keepsBest) yield writeSnapshot(this.#solver, this.#sources, "best");
  }

  *#endOfPatience(): Generator<TrainEvent> {
    const verdict = this.#watch?.verdict;
    if (verdict === undefined || this.#stopping !== undefined) return;
    yield this.#note(verdict);
    this.#stopping = "patience";
  }

  /** Stops as a request does when the time limit is over. */
  *#endOfTime(): Generator<TrainEvent> {
    const { param: { time_limit: limit } } = this.#solver;
    if (limit === undefined || this.#stopping || performance.now() - this.#started < 1000 * limit) return;
    yield this.#note(`The time_limit of ${limit} s is over: training stops.`);
    this.#stopping = "time";
  }

  #note(message: string): NoteEvent {
    return { type: "note", iteration: this.#solver.iteration, message };
  }

  /** Takes all requests, and writes a snapshot for each that asks for one. */
  *#requestsDuringTest(): Generator<TrainEvent> {
    const solver = this.#solver, { iteration } = solver;
    for (let action = this.#requests.take(); action !== undefined; action = this.#requests.take()) {
      yield { type: "request", iteration, action };
      if (action === "snapshot") yield this.#snapshot();
      else this.#stopping = "request";
    }
    yield* this.#endOfTime();
  }

  /** Runs a pass, and runs it again after each failure that `retry` has made good. */
  #attempt<Result>(pass: () => Result): Result {
    while (true) {
      try {
        return pass();
      } catch (error) {
        if (this.#retry(error)) continue;
        this.#passFailed = true;
        throw error;
      }
    }
  }

  /** Runs a pass that reports its blobs, as `#attempt` does. Yields the events of the run that succeeded. */
  *#attemptDebug<Result>(pass: (sink: DebugSink) => Result): Generator<TrainEvent, Result> {
    let events: TrainEvent[] = [];
    const result = this.#attempt(() => {
      events = [];
      return pass((event) => events.push(event));
    });
    yield* events;
    return result;
  }

  /** Does what the engine's forward-backward does, layer by layer. */
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

  *#layerWarnings(net: NetHandle): Generator<TrainEvent> {
    const { iteration } = this.#solver;
    for (const message of takeLayerWarnings(net)) yield { type: "warning", iteration, message };
  }

  /** Warns of a loss that is not finite; with `stop_on_nan`, throws, also for a gradient that is not. */
  *#nonFinite(iteration: number, loss: number): Generator<TrainEvent> {
    const solver = this.#solver, { stop_on_nan: stops = false } = solver.param;
    const isFinite = Number.isFinite(loss) && !(stops && !Number.isFinite(gradientNormOf(solver)));
    if (isFinite || (this.#warnedOfNan && !stops)) return;
    this.#warnedOfNan = true;
    const what = Number.isFinite(loss) ? "A gradient was not finite" : `The loss became ${loss}`;
    const found = findNonFinite(solver, this.#writesSnapshots ? this.#sources : undefined, {
      gradients: stops,
    });
    const where = found === undefined ? "" : `; the first value that is not finite is in ${found}`;
    const advice = "A smaller base_lr or clip_gradients often helps.";
    if (stops) {
      // The update has not been made. What was learned before it is worth keeping, unless it is at fault.
      this.#passFailed = nonFiniteParam(solver) === undefined;
      throw new CremaError(
        `Expected finite values (stop_on_nan) but found others at iteration ${iteration}: ${
          what.replace(/^./, (first) => first.toLowerCase())
        }${where}`,
        { hint: advice },
      );
    }
    const message = `${what} at iteration ${iteration}${where}. Training goes on, as in Caffe. ${advice}`;
    yield { type: "warning", iteration, message };
  }
}

/** Whether something that happens every `interval` iterations (never for 0) happens at this one. */
function isDue(interval: number | undefined, iteration: number): boolean {
  return !!interval && iteration % interval === 0;
}

/** The outputs of a net, as a display reports them. */
type Outputs = Pick<DisplayEvent, "scores" | "outputs">;

function readOutputs(net: NetHandle): Outputs {
  const scores = readScores(net);
  return { scores, outputs: scoresByName(scores) };
}
