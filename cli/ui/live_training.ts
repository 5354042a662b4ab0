import type { HotReloadEvent, Solver, TrainEvent, TrainRequests } from "../../train/mod.ts";
import { drawNet } from "../../proto/nets/draw_net.ts";
import { renderGraph } from "../output/render_graph.ts";
import { type FilterView, filterView } from "./filter_view.ts";
import { type ParameterView, viewParameters } from "./parameter_view.ts";
import { ScriptLayers } from "./script_layers.ts";
import { ServerTurns } from "./server_turns.ts";
import { TrainingMonitor } from "./training_monitor.ts";

/** A training that a page may look at and steer. What it reads it copies: training goes on as it would. */
export class LiveTraining {
  /** What has happened. */
  readonly monitor: TrainingMonitor;
  readonly #solver: Solver;
  readonly #requests: TrainRequests;
  readonly #onNote: (message: string) => void;
  readonly #turns = new ServerTurns();
  readonly #undos: (() => void)[] = [];
  #graph: Promise<Uint8Array> | undefined;
  #scripts: ScriptLayers | undefined;

  /** Takes the solver and where its training loop takes requests from. `onNote` gets what is changed, for the log. */
  constructor(solver: Solver, requests: TrainRequests, onNote: (message: string) => void = () => {}) {
    this.#solver = solver;
    this.#requests = requests;
    this.#onNote = onNote;
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

  /** The filters of the first convolution; undefined if there is none. */
  filters(): FilterView | undefined {
    return filterView(this.#solver.net);
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
}
