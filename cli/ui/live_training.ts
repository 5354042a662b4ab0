import type { HotReloadEvent, Solver, TrainEvent, TrainRequests } from "../../train/mod.ts";
import { CremaError } from "../../base/mod.ts";
import type { Net, NetOptions } from "../../net/mod.ts";
import { drawNet } from "../../proto/nets/draw_net.ts";
import { renderGraph } from "../output/render_graph.ts";
import { type ActivationView, viewActivations } from "./activations.ts";
import { type ConfusionView, viewConfusion } from "./confusion_view.ts";
import { type FilterView, filterView } from "./filter_view.ts";
import { LayerClock, type LayerTimes } from "./layer_times.ts";
import { type ParameterView, viewParameters } from "./parameter_view.ts";
import { type SampleView, viewSamples } from "./sample_view.ts";
import { ScriptLayers } from "./script_layers.ts";
import { ServerTurns } from "./server_turns.ts";
import { type Sample, TestSamples } from "./test_samples.ts";
import { TrainingMonitor } from "./training_monitor.ts";

/** What a page may know of a training besides its solver. */
export interface LiveTrainingOptions {
  /** Gets what is changed on the page, for the log. */
  onNote?: ((message: string) => void) | undefined;
  /** How the solver's nets are made. */
  netOptions?: NetOptions | undefined;
  /** Names of the classes. */
  classes?: readonly string[] | undefined;
}

/** A training that a page may look at and steer. What it reads it copies: training goes on as it would. */
export class LiveTraining {
  /** What has happened. */
  readonly monitor: TrainingMonitor;
  readonly #solver: Solver;
  readonly #requests: TrainRequests;
  readonly #onNote: (message: string) => void;
  readonly #turns = new ServerTurns();
  readonly #undos: (() => void)[] = [];
  readonly #samples: TestSamples;
  readonly #clock: LayerClock;
  readonly #netOptions: NetOptions;
  readonly #classes: readonly string[] | undefined;
  #graph: Promise<Uint8Array> | undefined;
  #scripts: ScriptLayers | undefined;

  /** Takes the solver and where its training loop takes requests from. */
  constructor(solver: Solver, requests: TrainRequests, options: LiveTrainingOptions = {}) {
    const { onNote = () => {}, netOptions = {}, classes } = options;
    this.#solver = solver;
    this.#requests = requests;
    this.#onNote = onNote;
    this.#netOptions = netOptions;
    this.#classes = classes;
    this.#samples = new TestSamples(this.#shown);
    this.#clock = new LayerClock(solver);
    this.monitor = new TrainingMonitor(solver.param.display ?? 0);
  }

  /** Reads what the page shows and training may change: the sources of script layers. */
  async prepare(): Promise<void> {
    const scripts = await ScriptLayers.of(
      this.#solver,
      () => this.monitor.scripts(structuredClone(scripts.modules)),
    );
    this.#scripts = scripts;
    this.monitor.scripts(structuredClone(scripts.modules));
  }

  /** Says that edits of these files are looked for. */
  watch(files: readonly string[]): void {
    this.#scripts?.watch(files);
  }

  /** Takes an event of hot reload. */
  async reload(event: HotReloadEvent): Promise<void> {
    await this.#scripts?.reload(this.#solver.iteration, event);
  }

  /** Takes all events of `train` as they pass, and its error, if it ends with one. */
  async *record(events: AsyncIterable<TrainEvent>): AsyncGenerator<TrainEvent, void, void> {
    try {
      for await (const event of events) {
        this.monitor.event(event);
        this.#sample(event);
        yield event;
        if (event.type === "step" || event.type === "testBatch") await this.#turns.give();
      }
    } catch (error) {
      this.monitor.fail(error);
      this.#scripts?.fail(error);
      throw error;
    }
  }

  /** Says that a page asks for something: others will follow soon. */
  asked(): void {
    this.#turns.asked();
  }

  /** The train net as an SVG. Its boxes have titles "layer 3 conv2". */
  graph(): Promise<Uint8Array> {
    const { net } = this.#solver;
    const shapes = new Map([...net.blobs].map(([name, { shape }]) => [name, shape]));
    return this.#graph ??= renderGraph(
      drawNet(net.param, { rankdir: "TB", shapes, labelEdges: false }),
      "svg",
    );
  }

  /** Histograms of the parameters and of their gradients in the last iteration. */
  parameters(): ParameterView[] {
    return viewParameters(this.#solver.net);
  }

  /** The time that each layer of the train net has taken lately. */
  times(): LayerTimes {
    return this.#clock.view();
  }

  /** The filters of the first convolution; undefined if there is none. */
  filters(): FilterView | undefined {
    return filterView(this.#solver.net);
  }

  /** The blobs whose values can be shown, and examples to choose from: the first of the batch that was tested last. */
  samples(): { blobs: string[]; samples: SampleView[] } {
    // Not the copies that engines make of blobs with several readers.
    const tops = (this.#shown.param.layer ?? []).flatMap(({ top = [] }) => top);
    const blobs = [...new Set(tops)].filter((name) => !this.#samples.inputNames.includes(name));
    return { blobs, samples: this.#views(this.#samples.listBatch()) };
  }

  /** The confusion matrix of the last test; undefined before it, and for a net that doesn't classify images. */
  confusion(): ConfusionView | undefined {
    const { last } = this.#samples;
    return last && viewConfusion(last, this.#nameOf);
  }

  /** Examples of a cell of {@link confusion}. */
  cell(label: number, guess: number): SampleView[] {
    return this.#views(this.#samples.listCell(label, guess));
  }

  /**
   * What a blob holds for an example that was listed last, with the parameters as they are now. Throws a CremaError for
   * another example or blob.
   */
  async activations(key: string, blob: string): Promise<ActivationView> {
    const sample = this.#samples.find(key);
    if (sample === undefined) {
      throw new CremaError("Expected an image that is listed but found another: choose one again");
    }
    return await viewActivations(this.#shown, sample, blob, this.#netOptions);
  }

  /** Asks for a snapshot, or for a stop with one, between two iterations. */
  ask(action: "snapshot" | "stop"): void {
    this.#requests.ask(action);
  }

  /** Sets the learning rate from the next iteration on. Throws a CremaError for one that is negative or not finite. */
  setLearningRate(rate: number): void {
    const undo = this.#solver.keepLearningRate();
    this.#solver.learningRate = rate;
    this.#undos.push(undo);
    this.#onNote(`The page has set the learning rate to ${rate}`);
  }

  /** Takes the last {@link setLearningRate} back. Returns false if there is none. */
  undoLearningRate(): boolean {
    const undo = this.#undos.pop();
    if (undo === undefined) return false;
    undo();
    this.#onNote(`The page has taken its learning rate back; it is ${this.#solver.learningRate} again`);
    return true;
  }

  /** The net that examples are of: the first test net, else the train net. */
  get #shown(): Net {
    return this.#solver.testNets[0] ?? this.#solver.net;
  }

  #sample(event: TrainEvent): void {
    if (event.type === "step" && this.#solver.testNets.length === 0) this.#samples.batch();
    if (!("net" in event) || event.net !== 0) return;
    if (event.type === "testStart") this.#samples.start(event.iteration);
    else if (event.type === "testBatch") this.#samples.batch();
    else if (event.type === "test") this.#samples.end();
  }

  #views(samples: readonly Sample[]): SampleView[] {
    return viewSamples(samples, this.#samples.images, this.#shown, this.#nameOf);
  }

  readonly #nameOf = (index: number): string => this.#classes?.[index] ?? String(index);
}
