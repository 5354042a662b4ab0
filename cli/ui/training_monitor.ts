import type { TrainEvent } from "../../train/mod.ts";
import { CaffeLog } from "../../train/log/caffe_log.ts";
import type { Severity } from "../../train/log/glog_line.ts";
import { IterationRate } from "./iteration_rate.ts";
import { PointHistory } from "./point_history.ts";
import type { ScriptModule } from "./script_layers.ts";

/** One update, as the page draws it: the iteration, its loss, the mean loss, and the learning rate. */
export type StepPoint = readonly [iteration: number, loss: number, smoothed: number, learningRate: number];

/** A test, as the page draws it. */
export interface TestPoint {
  /** Updates done before the test. */
  iteration: number;
  /** Index of the test net. */
  net: number;
  /** The mean of each output. */
  outputs: Record<string, number>;
}

/** How a training is doing. */
export interface TrainingStatus {
  /** Name of the train net. */
  net: string;
  state: "starting" | "training" | "testing" | "stopping" | "done" | "stopped" | "failed";
  /** Updates done. */
  iteration: number;
  /** Updates wanted. */
  maxIteration: number;
  /** Updates per second, over the last few seconds; 0 before the second. */
  rate: number;
  /** Seconds that are left at that rate, tests not counted; undefined before the second update. */
  secondsLeft: number | undefined;
  /** Bytes of the process. */
  memory: number;
  /** What the error of a failed training says. */
  error: string | undefined;
}

/** What has happened since the last time. */
export interface TrainingChanges {
  status: TrainingStatus;
  steps: StepPoint[];
  tests: TestPoint[];
  lines: string[];
  /** The modules of script layers, if anything about them has changed. */
  scripts?: ScriptModule[] | undefined;
}

/** Lines of the log that are kept for a page that is opened later. */
const LINES = 300;

/** Takes the events of a training, and tells pages about them: all so far, or what is new. Costs microseconds a step. */
export class TrainingMonitor {
  readonly #steps = new PointHistory<StepPoint>();
  readonly #tests: TestPoint[] = [];
  readonly #lines: string[] = [];
  readonly #log: CaffeLog;
  readonly #listeners = new Set<(changes: TrainingChanges) => void>();
  #new: Omit<TrainingChanges, "status"> = { steps: [], tests: [], lines: [] };
  #status: Omit<TrainingStatus, "rate" | "secondsLeft" | "memory"> = {
    net: "",
    state: "starting",
    iteration: 0,
    maxIteration: 0,
    error: undefined,
  };
  readonly #rate = new IterationRate();
  #scripts: ScriptModule[] = [];

  /** `display` is the solver's. */
  constructor(display: number) {
    this.#log = new CaffeLog((line) => this.#line(line), display);
  }

  /** Takes an event. */
  event(event: TrainEvent): void {
    this.#log.event(event);
    const status = this.#status;
    switch (event.type) {
      case "start":
        Object.assign(status, {
          net: event.net,
          iteration: event.iteration,
          maxIteration: event.maxIteration,
          state: "training",
        });
        break;
      case "step": {
        const point = [event.iteration, event.loss, event.smoothedLoss, event.learningRate] as const;
        this.#steps.add(point);
        if (this.#listeners.size > 0) this.#new.steps.push(point);
        status.iteration = event.iteration + 1;
        status.state = "training";
        this.#rate.step(performance.now());
        break;
      }
      case "testStart":
        status.state = "testing";
        break;
      case "test": {
        const { iteration, net, outputs } = event;
        this.#tests.push({ iteration, net, outputs });
        if (this.#listeners.size > 0) this.#new.tests.push({ iteration, net, outputs });
        status.state = "training";
        this.#rate.pause();
        break;
      }
      case "request":
        if (event.action === "stop") status.state = "stopping";
        break;
      case "done":
        status.state = event.stoppedEarly ? "stopped" : "done";
        break;
    }
  }

  /** Says that the training failed. */
  fail(error: unknown): void {
    this.#status.state = "failed";
    this.#status.error = error instanceof Error ? error.message : String(error);
  }

  /** Adds a line to the log that belongs to no event. */
  note(place: string, message: string, severity: Severity = "I"): void {
    this.#log.line(place, message, severity);
  }

  /** All so far, for a page that has just been opened: of many steps every second, fourth and so on. */
  get all(): TrainingChanges {
    return {
      status: this.status,
      steps: [...this.#steps.points],
      tests: [...this.#tests],
      lines: [...this.#lines],
      scripts: this.#scripts,
    };
  }

  /** Takes the modules of script layers, as they are now. */
  scripts(modules: ScriptModule[]): void {
    this.#scripts = modules;
    if (this.#listeners.size > 0) this.#new.scripts = modules;
  }

  /** How it is doing. */
  get status(): TrainingStatus {
    const { iteration, maxIteration } = this.#status, rate = this.#rate.perSecond;
    return {
      ...this.#status,
      rate,
      secondsLeft: rate > 0 ? (maxIteration - iteration) / rate : undefined,
      memory: Deno.memoryUsage().rss,
    };
  }

  /** Calls the listener with what is new at each {@link flush}, until the function that is returned is called. */
  listen(listener: (changes: TrainingChanges) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#new = { steps: [], tests: [], lines: [] };
    };
  }

  /** Tells the listeners what is new. */
  flush(): void {
    if (this.#listeners.size === 0) return;
    const changes = { status: this.status, ...this.#new };
    this.#new = { steps: [], tests: [], lines: [] };
    for (const listener of this.#listeners) listener(changes);
  }

  #line(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES) this.#lines.shift();
    if (this.#listeners.size > 0) this.#new.lines.push(line);
  }
}
