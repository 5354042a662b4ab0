import { counted } from "../base/counted.ts";
import { Command, Option } from "commander";
import { CremaError } from "../base/mod.ts";
import { Engine, watchSignals } from "../ffi/mod.ts";
import { type Assignment, assignSolver } from "../proto/nets/assignments.ts";
import { copyLocation, readSolver, type SolverParameter } from "../proto/mod.ts";
import {
  HotReload,
  listenForSignals,
  newestSnapshotOf,
  openRun,
  restoreSnapshot,
  type Run,
  runSnapshotStems,
  type SignalEffect,
  snapshotPrefix,
  Solver,
  train,
  type TrainEvent,
  TrainRequests,
} from "../train/mod.ts";
import { floatText } from "../train/log/float_text.ts";
import { addNetOptions, engineOptions, type NetCommandOptions } from "./options/net_command_options.ts";
import { integer, portNumber, positiveNumber, wholeNumber } from "./options/option_values.ts";
import { positionalFile } from "./options/positional_file.ts";
import { addWeightsOptions, type WeightsOptions } from "./options/weights_options.ts";
import { weightsLines } from "./output/weights_lines.ts";
import { readLabels } from "./classifier/read_labels.ts";
import { showReload } from "./training/show_reload.ts";
import { StrayErrors } from "./training/stray_errors.ts";
import { TrainingView } from "./training/training_view.ts";
import { LiveTraining } from "./ui/live_training.ts";
import { PageServer } from "./ui/page_server.ts";
import { TrainingSite } from "./ui/training_site.ts";

/** The options of `crema train`. */
export interface TrainCommandOptions extends NetCommandOptions, WeightsOptions {
  solver?: string | undefined;
  epochs?: number | undefined;
  patience?: number | undefined;
  stop_on_nan?: boolean | undefined;
  time_limit?: number | undefined;
  snapshot?: string | undefined;
  seed?: number | undefined;
  ui?: number | true | undefined;
  log?: string | undefined;
  run?: string | undefined;
  runsDir?: string | undefined;
  histograms?: boolean | undefined;
  labels?: string | undefined;
  watch?: boolean | undefined;
  sigint_effect: SignalEffect;
  sighup_effect: SignalEffect;
}

/** `crema train`: trains or fine-tunes a net. */
export function trainCommand(): Command {
  const effects = ["stop", "snapshot", "none"];
  const command = new Command("train")
    .description("train a net, or fine-tune it")
    .argument("[solver]", "the solver's prototxt: the same as --solver")
    .option("--solver <file>", "the solver's prototxt")
    .option("--snapshot <file>", "the .solverstate to resume from, or 'auto' for the newest complete one");
  return addNetOptions(
    addWeightsOptions(command, {
      what: "files of weights to start from (.caffemodel, .h5, .safetensors, .npz)",
    })
      .option(
        "--epochs <n>",
        "passes over the data to train for, instead of the solver's max_iter",
        positiveNumber,
      )
      .option("--patience <tests>", "stop after so many tests without a better score", wholeNumber)
      .option("--time_limit <seconds>", "stop after this time, with a snapshot", positiveNumber)
      .option("--stop_on_nan", "end with an error when a loss or gradient is not finite")
      .option("--seed <n>", "random seed, instead of the solver's random_seed", integer)
      .option("--watch", "swap in edited modules of script layers while it trains")
      .option("--run <name>", "keep log, metrics, pictures and weights in the folder runs/<name>")
      .option("--runs-dir <folder>", "the folder of all runs (default: runs)")
      .option("--histograms", "with --run: a histogram of each parameter for TensorBoard, at each test")
      .option("--ui [port]", "a live page of the training, on this machine only", portNumber)
      .option(
        "--labels <file>",
        "with --run or --ui: names of the classes, one per line, for pictures and tables",
      )
      .option("--log <file>", "also append Caffe's log lines to a file")
      .addOption(
        new Option("--sigint_effect <effect>", "what Ctrl-C does").choices(effects).default("stop"),
      )
      .addOption(
        new Option("--sighup_effect <effect>", "what SIGHUP does").choices(effects).default("snapshot"),
      ),
  ).action(async (solver: string | undefined, options: TrainCommandOptions) => {
    await runTrain(positionalFile("solver", "--solver", options.solver, solver), options);
  });
}

/** The options that are fields of the solver, by the names that errors call them. They count before `--set`. */
function ownFields(options: TrainCommandOptions): Assignment[] {
  const fields = ["patience", "time_limit", "stop_on_nan"] as const;
  return fields.filter((field) => options[field] !== undefined).map((field) => {
    const value = `${options[field]}`;
    return {
      of: "solver",
      path: field,
      value,
      from: value === "true" ? `--${field}` : `--${field} ${value}`,
    };
  });
}

/** What another command that trains gives and gets. */
export interface TrainHooks {
  /** Gets each event, after it was shown. */
  onEvent?: ((event: TrainEvent) => void) | undefined;
  /** Names of the classes, for the pictures of a run. */
  classes?: readonly string[] | undefined;
}

/** Trains with the options of `crema train`. Throws a CremaError. */
export async function runTrain(
  file: string,
  options: TrainCommandOptions,
  { onEvent, classes }: TrainHooks = {},
): Promise<void> {
  if (options.snapshot !== undefined && options.weights !== undefined) {
    throw new CremaError("Expected --snapshot to resume or --weights to fine-tune but found both");
  }
  const { set = [], epochs } = options;
  const read = assignSolver(await readSolver(file, { set }), ownFields(options));
  const engine = Engine.open(options.engine);
  using view = new TrainingView({
    display: read.display ?? 0,
    showsClasses: read.show_per_class_result,
    logFile: options.log,
  });
  const names = options.labels === undefined ? classes : await readLabels(options.labels);
  using run = openTrainRun(options, view, names);
  if (run !== undefined) view.copyLines((place, message, severity) => run.line(place, message, severity));
  const param = run?.configure(withSeed(read, options.seed)) ?? read;
  const requests = new TrainRequests();
  using _signals = listenForSignals(requests, {
    sigint: options.sigint_effect,
    sighup: options.sighup_effect,
    engine,
  });
  using stray = new StrayErrors(() => requests.ask("stop"));
  // Until training begins there is nothing to save, and nobody takes requests.
  const starting = watchSignals(engine, {
    sigint: options.sigint_effect === "stop" ? "end" : "leave",
    sigterm: "end",
    note: options.run === undefined
      ? "training had not begun, and nothing was written."
      : "training had not begun.",
  });
  view.line("caffe.cpp:197", "Use CPU.");
  if (param.solver_mode === "GPU") {
    view.warn("caffe.cpp:197", "Crema computes on the CPU; the solver's solver_mode: GPU is ignored.");
  }
  using solver = await Solver.create(param, {
    ...engineOptions(options),
    // Fields of the solver are set already.
    ...{ set: set.filter((each) => /^\s*net:/.test(each)), seed: options.seed, epochs },
  });
  await prepare(solver, options, view, run);
  run?.attach(solver);
  stray.throwFirst(solver);
  const live = options.ui === undefined ? undefined : new LiveTraining(solver, requests, {
    onNote: (message) => view.line("page_server.ts:1", message),
    netOptions: engineOptions(options),
    classes: names,
  });
  if (live !== undefined) {
    await live.prepare();
    view.copyLines((place, message, severity) => live.monitor.note(place, message, severity));
  }
  await using page = live && new PageServer(new TrainingSite(live), {
    port: options.ui === true ? 0 : options.ui ?? 0,
    portHint: "Give --ui another port, or none for any that is free.",
  });
  if (page !== undefined) view.line("page_server.ts:1", `The page of this training: ${page.url}`);
  const recorded = (events: AsyncIterable<TrainEvent>) => {
    const seen = run?.record(events) ?? events;
    return live?.record(seen) ?? seen;
  };
  const show = (event: TrainEvent) => {
    view.event(event);
    onEvent?.(event);
  };
  view.line("caffe.cpp:239", "Starting Optimization");
  if (!options.watch) {
    starting[Symbol.dispose]();
    for await (const event of recorded(train(solver, { requests }))) show(event);
    return await endOnStray(stray, solver, view, run);
  }
  await using reload = await HotReload.start(solver, {
    onEvent: (event) => {
      showReload(view, solver.iteration, event);
      live?.reload(event);
    },
  });
  live?.watch(reload.files);
  const { length } = reload.files;
  if (length === 0) {
    view.warn("hot_reload.ts:1", "--watch: no layer of the net has a module on this machine.");
  } else view.line("hot_reload.ts:1", `Watching ${counted(length, "file")} of script layers.`);
  starting[Symbol.dispose]();
  const events = train(solver, { requests, retry: (error) => reload.revert(error) });
  for await (const event of recorded(events)) {
    show(event);
    if (event.type === "step") reload.swap();
  }
  await endOnStray(stray, solver, view, run);
}

/** Opens the run that the options ask for, if they do. Throws a CremaError. */
function openTrainRun(
  options: TrainCommandOptions,
  view: TrainingView,
  classes: readonly string[] | undefined,
): Run | undefined {
  const { run, runsDir, histograms, labels, snapshot } = options;
  if (run === undefined) {
    const given = runsDir !== undefined
      ? "--runs-dir"
      : labels !== undefined && options.ui === undefined
      ? "--labels"
      : histograms
      ? "--histograms"
      : undefined;
    if (given === undefined) return undefined;
    throw new CremaError(`Expected --run with ${given} but found no name of a run`);
  }
  const args = { command: "crema train", arguments: Deno.args, options };
  const onWarning = (message: string) => view.warn("run.ts:1", message);
  return openRun(run, {
    runs: runsDir,
    resume: snapshot === "auto",
    args,
    histograms,
    classes,
    classesFile: labels,
    onWarning,
  });
}

/** The solver with the seed of the command line, if there is one. */
function withSeed(param: SolverParameter, seed: number | undefined): SolverParameter {
  return seed === undefined ? param : copyLocation(param, { ...param, random_seed: seed });
}

/** Ends a training that has come to its end: throws the first stray error, once what was learned is in a snapshot. */
async function endOnStray(
  stray: StrayErrors,
  solver: Solver,
  view: TrainingView,
  run: Run | undefined,
): Promise<void> {
  if (run !== undefined) {
    const { best } = run;
    const text = best === undefined
      ? ""
      : `; best: ${best.output} ${floatText(best.value)} at ${best.iteration}`;
    view.line("run.ts:1", `The run is in ${run.folder}${text}`);
  }
  // One more turn for what the last iteration began.
  await new Promise((resolve) => setTimeout(resolve));
  if (stray.any && solver.param.snapshot_after_train === false) view.event(solver.snapshot());
  stray.throwFirst(solver);
}

/** Loads the snapshot or the weights to start from. */
async function prepare(
  solver: Solver,
  options: TrainCommandOptions,
  view: TrainingView,
  run: Run | undefined,
): Promise<void> {
  if (options.snapshot !== undefined) {
    const path = options.snapshot === "auto" ? await newest(solver, view, run) : options.snapshot;
    if (path === undefined) {
      const prefix = snapshotPrefix(solver.param);
      return view.line(
        "caffe.cpp:211",
        `No snapshot '${prefix}_*': starting from the beginning`,
      );
    }
    view.line("caffe.cpp:211", `Resuming from ${path}`);
    return await restoreSnapshot(solver, path);
  }
  const weights = options.weights ?? solver.param.weights ?? [];
  if (weights.length === 0) return;
  for (const each of weights) view.line("caffe.cpp:155", `Finetuning from ${each}`);
  const report = await solver.copyTrainedLayersFrom(weights, options);
  for (const { severity, text } of weightsLines(report)) {
    if (severity === "W") view.warn("net.cpp:744", text);
    else view.line("net.cpp:744", text);
  }
}

async function newest(
  solver: Solver,
  view: TrainingView,
  run: Run | undefined,
): Promise<string | undefined> {
  const found = await newestSnapshotOf(solver, {
    stems: run && runSnapshotStems(run.folder),
    onUnreadable: ({ state }, error) => {
      view.warn("caffe.cpp:211", `The snapshot ${state} is passed over: ${error.message}`);
    },
  });
  return found?.state;
}
