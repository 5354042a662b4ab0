import type { ClassPrecision } from "../detection_scores.ts";
import type { TrainEvent } from "../events.ts";
import type { Score } from "../score.ts";
import { classLines } from "./class_lines.ts";
import { floatText } from "./float_text.ts";
import { glogLine, type Severity } from "./glog_line.ts";
import { scoreText } from "./score_text.ts";

/** Takes complete lines, without their newline. */
export type LineSink = (line: string) => void;

/**
 * Writes training events as the lines of `caffe train`, so that tools for Caffe's logs can read them. The source files and
 * lines in them are those of Caffe 1.0, for classes of detections those of SSD's fork.
 */
export class CaffeLog {
  readonly #sink: LineSink;
  readonly #displayInterval: number;
  readonly #showsClasses: boolean;

  /**
   * `displayInterval` is the solver's `display`, which the lines repeat; `showsClasses` is its
   * `show_per_class_result`.
   */
  constructor(sink: LineSink, displayInterval: number, showsClasses = false) {
    this.#sink = sink;
    this.#displayInterval = displayInterval;
    this.#showsClasses = showsClasses;
  }

  /** Writes a line that belongs to no event. */
  line(place: string, message: string, severity: Severity = "I"): void {
    this.#sink(glogLine(severity, place, message));
  }

  /** Writes the lines of an event; most steps have none. */
  event(event: TrainEvent): void {
    switch (event.type) {
      case "start":
        this.line("solver.cpp:289", `Solving ${event.net}`);
        return this.line("solver.cpp:290", `Learning Rate Policy: ${event.learningRatePolicy}`);
      case "display":
        return this.#display(event);
      case "testStart":
        return this.line("solver.cpp:347", `Iteration ${event.iteration}, Testing net (#${event.net})`);
      case "test":
        if (event.loss !== undefined) this.line("solver.cpp:401", `Test loss: ${floatText(event.loss)}`);
        this.#classes(event.classes ?? []);
        return this.#scores("solver.cpp:414", "Test", event.scores);
      case "testInterrupted":
        return this.line("solver.cpp:395", "Test interrupted.");
      case "snapshot":
        this.line("solver.cpp:464", `Snapshotting to binary proto file ${event.model}`);
        return this.line(
          "sgd_solver.cpp:284",
          `Snapshotting solver state to binary proto file ${event.state}`,
        );
      case "warning":
        return this.line("solver.cpp:239", event.message, "W");
      case "note":
        return this.line("solver.cpp:239", event.message);
      case "done":
        if (event.stoppedEarly) this.line("solver.cpp:316", "Optimization stopped early.");
        else this.line("solver.cpp:332", "Optimization Done.");
        return this.line("caffe.cpp:250", "Optimization Done.");
      case "debug":
        return this.#debug(event);
      case "debugNorms": {
        const { l1, l2 } = event;
        const pair = (norm: { data: number; diff: number }) =>
          `(${floatText(norm.data)}, ${floatText(norm.diff)})`;
        const message = `    [Backward] All net params (data, diff): L1 norm = ${pair(l1)}; L2 norm = ${
          pair(l2)
        }`;
        return this.line("net.cpp:721", message, "E");
      }
      case "step":
      case "testBatch":
      case "request":
        return;
    }
  }

  #display(event: TrainEvent & { type: "display" }): void {
    const loss = floatText(event.loss);
    if (event.final) return this.line("solver.cpp:327", `Iteration ${event.iteration}, loss = ${loss}`);
    const speed = floatText(event.iterations / (event.seconds || 1));
    const lapse = `${floatText(event.seconds)}s/${this.#displayInterval} iters`;
    this.line("solver.cpp:239", `Iteration ${event.iteration} (${speed} iter/s, ${lapse}), loss = ${loss}`);
    this.#scores("solver.cpp:258", "Train", event.scores);
    if (event.gradientNorm !== undefined) {
      this.line(
        "solver.cpp:258",
        `Iteration ${event.iteration}, gradient norm = ${floatText(event.gradientNorm)}`,
      );
    }
    if (event.learningRate !== undefined) {
      this.line("sgd_solver.cpp:112", `Iteration ${event.iteration}, lr = ${floatText(event.learningRate)}`);
    }
  }

  #scores(place: string, net: "Train" | "Test", scores: readonly Score[]): void {
    for (const [i, score] of scores.entries()) {
      this.line(place, `    ${net} net output #${i}: ${scoreText(score)}`);
    }
  }

  /** The classes of a test of detection, in the words of SSD's fork. */
  #classes(classes: readonly ClassPrecision[]): void {
    for (const { severity, text } of classLines(classes, this.#showsClasses)) {
      this.line(severity === "W" ? "solver.cpp:524" : "solver.cpp:540", text, severity);
    }
  }

  #debug({ pass, layer, role, blob, value }: TrainEvent & { type: "debug" }): void {
    const title = pass === "forward" ? "Forward" : "Backward";
    const what = `${pass === "forward" ? "data" : "diff"}: ${floatText(value)}`;
    if (role === "input") return this.line("net.cpp:581", `    [${title}] Input ${blob} ${what}`);
    const place = role === "param"
      ? (pass === "forward" ? "net.cpp:605" : "net.cpp:632")
      : (pass === "forward" ? "net.cpp:593" : "net.cpp:621");
    this.line(place, `    [${title}] Layer ${layer}, ${role} blob ${blob} ${what}`);
  }
}
