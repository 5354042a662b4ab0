import { existsSync } from "node:fs";
import { join } from "node:path";
import { CremaError } from "../../base/mod.ts";
import { replaceFile } from "../../base/replace_file.ts";
import { isSystemError } from "../../base/system_error.ts";
import { copyLocation } from "../../proto/text/location.ts";
import type { SolverParameter } from "../../proto/messages.ts";
import type { DisplayEvent, StepEvent, TestEvent, TrainEvent } from "../events.ts";
import { CaffeLog } from "../log/caffe_log.ts";
import type { Severity } from "../log/glog_line.ts";
import { LogFile } from "../log/log_file.ts";
import { tolerantSink } from "../log/tolerant_sink.ts";
import type { Solver } from "../solver.ts";
import { isBetter, judgeTest, testLoss } from "./best_test.ts";
import { DrawingBudget } from "./drawing_budget.ts";
import { environmentRecord } from "./environment_record.ts";
import { MetricsFile } from "./metrics_file.ts";
import { drawFirstBatch, keepFirstBatch } from "./pictures/first_batch.ts";
import { RunPictures } from "./pictures/run_pictures.ts";
import { makeRunFolder, RUNS } from "./run_folder.ts";
import { RunLock } from "./run_lock.ts";
import { readRecord, type RunRecord, writeRecord } from "./run_record.ts";
import { writeSettings } from "./run_settings.ts";
import { linkLast, writeBest, writeLast } from "./run_snapshots.ts";
import { readHistory, StepHistory } from "./step_history.ts";
import { RunEvents } from "./tensorboard/run_events.ts";

/** How to open a run. */
export interface RunOptions {
  /** The folder of all runs. Default: "runs". */
  runs?: string | undefined;
  /** Whether a run that is there goes on. Otherwise it is an error. */
  resume?: boolean | undefined;
  /** What `args.json` says of how the run was started: anything that JSON can hold. Default: the program's arguments. */
  args?: unknown;
  /** Whether TensorBoard gets a histogram of each parameter, at each test. */
  histograms?: boolean | undefined;
  /** Names of the classes, by number, for pictures and tables. */
  classes?: readonly string[] | undefined;
  /** The file that says them, for messages. */
  classesFile?: string | undefined;
  /** Called when something can't be written, as on a full disk. Training goes on. */
  onWarning?: ((message: string) => void) | undefined;
}

/** Opens a run: makes its folder, `runs/NAME/`. Throws a CremaError when it exists, or when it is training. */
export function openRun(name: string, options: RunOptions = {}): Run {
  return new Run(name, options);
}

/** The part of the time that pictures may take while the training runs, and that the record may take. */
const SHARE = 0.003;

/** What a warning calls all that is drawn. */
const PICTURES = "the pictures";

/**
 * A training with a folder of its own: settings, log, metrics, pictures, TensorBoard's events, the best and the last weights.
 * It reads what the training tells and shows, and changes no bit of it.
 *
 * ```ts ignore
 * using run = openRun("demo");
 * using solver = await Solver.create(run.configure(await readSolver("solver.prototxt")));
 * run.attach(solver);
 * for await (const event of train(solver)) run.event(event);
 * ```
 *
 * `for await (const event of run.record(train(solver)))` does the same, and notes the error of a training that fails.
 */
export class Run implements Disposable {
  /** The run's name. */
  readonly name: string;
  /** The path of its folder. */
  readonly folder: string;
  readonly #options: RunOptions;
  readonly #lock: RunLock;
  readonly #isNew: boolean;
  readonly #before: RunRecord | undefined;
  readonly #logFile: LogFile;
  readonly #opened = new Date();
  readonly #pictureBudget = new DrawingBudget(SHARE);
  readonly #recordBudget = new DrawingBudget(SHARE);
  readonly #warned = new Set<string>();
  #log: CaffeLog;
  #solver: Solver | undefined;
  #pictures: RunPictures | undefined;
  #record: RunRecord | undefined;
  #metrics: MetricsFile | undefined;
  #history = new StepHistory();
  #events: RunEvents | undefined;
  #began = 0;
  /** Updates at the last snapshot of this training. */
  #saved = -1;
  #wantsFirstBatch = false;

  /** Use `openRun`. */
  constructor(name: string, options: RunOptions) {
    this.name = name;
    this.#options = options;
    const { folder, isNew } = makeRunFolder(name, options.runs ?? RUNS, options.resume ?? false);
    this.folder = folder;
    this.#isNew = isNew;
    this.#lock = RunLock.take(folder);
    try {
      this.#before = isNew ? undefined : readRecord(folder);
      this.#logFile = new LogFile(join(folder, "log.txt"));
    } catch (error) {
      this.#lock[Symbol.dispose]();
      throw error;
    }
    this.#log = this.#caffeLog(0);
  }

  /** The best test so far. */
  get best(): RunRecord["best"] {
    return this.#record?.best;
  }

  /**
   * The solver as this run trains it: its snapshots go into the run's folder, and it has a seed, so that the run can be
   * repeated: that of the run before it was resumed, or a random one.
   */
  configure(param: SolverParameter): SolverParameter {
    const given = param.random_seed ?? -1;
    const seed = given >= 0
      ? given
      : this.#seedBefore() ?? crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
    const prefix = join(this.folder, "snapshots", this.name);
    return copyLocation(param, { ...param, snapshot_prefix: prefix, random_seed: seed });
  }

  /**
   * Takes the solver of this run, before it trains: writes its settings and the environment, and has its nets keep what the
   * run looks at. Throws a CremaError when there are names of classes, but not one for each class of the test net.
   */
  attach(solver: Solver): void {
    const { param } = solver;
    this.#pictures = new RunPictures(this.folder, this.name, solver.testNets, this.#options);
    this.#solver = solver;
    this.#log = this.#caffeLog(param.display ?? 0, param.show_per_class_result);
    // Not before: a command that is refused does not take the place of the one that trained.
    this.#try("args.json", () => {
      const { args = { arguments: Deno.args } } = this.#options;
      replaceFile(
        join(this.folder, "args.json"),
        `${JSON.stringify({ ...toObject(args), folder: Deno.cwd() }, null, 2)}\n`,
      );
    });
    this.#try("the settings", () => {
      const environment = environmentRecord(solver);
      replaceFile(join(this.folder, "environment.json"), `${JSON.stringify(environment, null, 2)}\n`);
      writeSettings(this.folder, solver);
    });
    this.#wantsFirstBatch = !existsSync(join(this.folder, "first_batch.svg"));
    if (this.#wantsFirstBatch) keepFirstBatch(solver.net);
  }

  /** Adds a line to `log.txt` that belongs to no event; `place` is a source file and a line. */
  line(place: string, message: string, severity: Severity = "I"): void {
    this.#log.line(place, message, severity);
  }

  /** Takes an event of `train`, while the blobs have the values of that moment. Throws a CremaError before {@link attach}. */
  event(event: TrainEvent): void {
    const solver = this.#solver;
    if (solver === undefined) throw new CremaError("Expected attach(solver) before the first event of a run");
    this.#log.event(event);
    switch (event.type) {
      case "start":
        return this.#start(solver, event.iteration, event.maxIteration);
      case "step":
        return this.#step(solver, event);
      case "display":
        return this.#display(event);
      case "testStart":
        return this.#try(PICTURES, () => this.#pictures?.testStart(event.net, event.iteration));
      case "testBatch":
        return this.#try(PICTURES, () => this.#pictures?.testBatch(event.net));
      case "test":
        return this.#test(solver, event);
      case "snapshot":
        this.#saved = event.iteration;
        return this.#try("last.solverstate", () => linkLast(event, this.folder));
      case "done":
        return this.#done(solver, event.stoppedEarly);
    }
  }

  /** Takes all events of `train` as they pass, and its error, if it ends with one. */
  async *record(events: AsyncIterable<TrainEvent>): AsyncGenerator<TrainEvent, void, void> {
    try {
      for await (const event of events) {
        this.event(event);
        yield event;
      }
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** Says that the training failed, and why. {@link record} does so by itself. */
  fail(error: unknown): void {
    if (this.#record?.state !== "running") return;
    const message = error instanceof Error ? error.message : String(error);
    this.line("run.ts:1", `The run failed: ${message}`, "E");
    this.#end("failed", message);
  }

  /** Ends the run, if it has not ended. A folder in which no training has begun is removed. */
  [Symbol.dispose](): void {
    if (this.#record?.state === "running") this.#end("stopped");
    this.#events?.[Symbol.dispose]();
    this.#metrics?.[Symbol.dispose]();
    this.#logFile[Symbol.dispose]();
    if (this.#isNew && this.#record === undefined) {
      this.#try("the folder", () => Deno.removeSync(this.folder, { recursive: true }));
    }
    this.#lock[Symbol.dispose]();
  }

  #start(solver: Solver, iteration: number, maxIteration: number): void {
    const before = this.#before;
    this.#began = performance.now();
    const now = new Date().toISOString();
    this.#record = {
      name: this.name,
      net: solver.net.name,
      state: "running",
      started: before?.started ?? this.#opened.toISOString(),
      updated: now,
      iteration,
      maxIteration,
      seconds: before?.seconds ?? 0,
      resumed: before === undefined ? 0 : before.resumed + 1,
      ...before?.best && { best: before.best },
    };
    this.#writeRecord();
    // What was measured after the snapshot is measured again.
    this.#history = new StepHistory(readHistory(this.folder).filter((point) => point.iteration <= iteration));
    this.#try("metrics.csv", () => this.#metrics = new MetricsFile(this.folder, iteration));
    this.#try("TensorBoard's events", () => {
      this.#events = new RunEvents(this.folder, before === undefined ? undefined : iteration);
    });
  }

  #step(solver: Solver, event: StepEvent): void {
    const { iteration, loss, learningRate, smoothedLoss } = event;
    this.#history.add(iteration, loss, learningRate);
    if (this.#record !== undefined) this.#record.iteration = iteration + 1;
    if (this.#wantsFirstBatch) this.#drawFirst(solver, iteration);
    // A solver that displays nothing is measured two hundred times.
    if (solver.param.display) return;
    const interval = Math.max(1, Math.floor((this.#record?.maxIteration ?? 0) / 200));
    if (iteration % interval === 0) {
      this.#measure({ iteration, net: "train", learningRate, loss: smoothedLoss, outputs: {} });
    }
  }

  #drawFirst(solver: Solver, iteration: number): void {
    this.#wantsFirstBatch = false;
    this.#try("first_batch.svg", () => {
      const drawn = drawFirstBatch(solver.net, (label) => this.#options.classes?.[label] ?? String(label));
      if (drawn === undefined) return;
      replaceFile(join(this.folder, "first_batch.svg"), drawn.svg);
      this.#events?.add(iteration, [{ tag: "train/first_batch", image: drawn.image }]);
    });
  }

  #display({ iteration, loss, outputs, learningRate }: DisplayEvent): void {
    this.#measure({ iteration, net: "train", loss, outputs, learningRate });
    this.#draw();
  }

  #test(solver: Solver, event: TestEvent): void {
    const { iteration, net, outputs } = event;
    this.#pictures?.testEnd(net);
    this.#measure({ iteration, net: net === 0 ? "test" : `test${net}`, loss: testLoss(event), outputs });
    if (this.#options.histograms && net === 0) {
      this.#try("TensorBoard's events", () => this.#events?.addHistograms(iteration, solver.net));
    }
    if (net === 0) this.#keepBest(solver, event);
    this.#draw();
  }

  #keepBest(solver: Solver, event: TestEvent): void {
    const test = judgeTest(event, solver.testNets[event.net]);
    if (test === undefined || this.#record === undefined || !isBetter(test, this.#record.best)) return;
    this.#try("best.solverstate", () => {
      writeBest(solver, this.folder);
      this.#record!.best = test;
      this.#writeRecord();
    });
  }

  #measure(row: Omit<Parameters<MetricsFile["add"]>[0], "time" | "seconds">): void {
    const time = new Date().toISOString(), seconds = this.#seconds();
    this.#try("metrics.csv", () => this.#metrics?.add({ ...row, time, seconds }));
    this.#try("TensorBoard's events", () => this.#events?.addRow(row));
  }

  /** Draws what there is, as often as time allows. */
  #draw(): void {
    this.#recordBudget.spend(() => this.#writeRecord());
    this.#pictureBudget.spend(() => this.#drawPictures());
  }

  #drawPictures(): void {
    this.#try(PICTURES, () => {
      this.#pictures?.curves(this.#history.points, this.#metrics?.rows ?? []);
      this.#pictures?.tests();
    });
  }

  #done(solver: Solver, stoppedEarly: boolean): void {
    if (this.#saved !== solver.iteration) {
      this.#try("last.solverstate", () => writeLast(solver, this.folder));
    }
    for (const line of this.#pictures?.classLines() ?? []) this.line("run.ts:1", line);
    this.#end(stoppedEarly ? "stopped" : "done");
  }

  #end(state: RunRecord["state"], error?: string): void {
    this.#drawPictures();
    if (this.#record === undefined) return;
    this.#record.state = state;
    if (error !== undefined) this.#record.error = error;
    this.#writeRecord();
  }

  #writeRecord(): void {
    const record = this.#record;
    if (record === undefined) return;
    this.#try("run.json", () => {
      writeRecord(this.folder, { ...record, updated: new Date().toISOString(), seconds: this.#seconds() });
    });
  }

  /** Seconds of training, those before this process included. */
  #seconds(): number {
    const now = (performance.now() - this.#began) / 1000;
    return Number(((this.#before?.seconds ?? 0) + now).toFixed(3));
  }

  #seedBefore(): number | undefined {
    if (this.#isNew) return undefined;
    try {
      const { seed } = JSON.parse(Deno.readTextFileSync(join(this.folder, "environment.json")));
      return Number.isSafeInteger(seed) && seed >= 0 ? seed : undefined;
    } catch {
      return undefined; // the file is damaged or not there: any seed will do
    }
  }

  #caffeLog(display: number, showsClasses?: boolean): CaffeLog {
    const sink = tolerantSink(
      (line) => this.#logFile.write(line),
      (error) => this.#warn("log.txt", error.message),
    );
    return new CaffeLog(sink, display, showsClasses);
  }

  /** Writes something. What the system can't write is told once: training must not end for it. */
  #try(what: string, write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!isSystemError(error) && !(error instanceof CremaError)) throw error;
      this.#warn(what, error.message);
    }
  }

  #warn(what: string, message: string): void {
    if (this.#warned.has(what)) return;
    this.#warned.add(what);
    this.#options.onWarning?.(
      `Expected to write ${what} of the run '${this.folder}' but found: ${message}. Training goes on.`,
    );
  }
}

function toObject(args: unknown): Record<string, unknown> {
  return typeof args === "object" && args !== null && !Array.isArray(args)
    ? { ...args }
    : { arguments: args };
}
