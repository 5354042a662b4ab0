// Ours: cli-progress would replace 40 lines, cuts off the end of long lines, and takes 45 ms to import.
import type { TrainEvent } from "../../train/mod.ts";
import { floatText } from "../../train/log/float_text.ts";

/** The fewest characters of a bar. */
const NARROWEST = 5;
/** Characters of the percentage and the spaces around it. */
const PERCENT = 6;

/** Where the bar is drawn. */
export interface ProgressTerminal {
  /** Writes text as it is. */
  write(text: string): void;
  /** Characters per line. */
  columns(): number;
  /** Whether to use colours. */
  color: boolean;
}

/**
 * A live line for training on a terminal: bar, iteration, loss, learning rate, iterations per second, time left, last
 * test. What is worth keeping (tests, snapshots, warnings, the end) scrolls above it as plain lines.
 */
export class ProgressBar {
  readonly #terminal: ProgressTerminal;
  readonly #clock: () => number;
  #max = 0;
  #done = 0;
  #loss = NaN;
  #rate = NaN;
  #lastTest: { name: string; value: string } | undefined;
  #drawnAt = -Infinity;
  /** Times and iterations of the last seconds, for the current speed. */
  readonly #marks: { time: number; done: number }[] = [];

  /** Draws on a terminal; `clock` gives milliseconds. */
  constructor(terminal: ProgressTerminal, clock: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#clock = clock;
  }

  /** Takes an event; draws at most ten times per second. */
  event(event: TrainEvent): void {
    switch (event.type) {
      case "start":
        this.#done = event.iteration;
        this.#max = event.maxIteration;
        this.#marks.push({ time: this.#clock(), done: this.#done });
        this.note(
          `Training ${event.net || "net"} from iteration ${event.iteration} to ${event.maxIteration}`,
        );
        return this.#draw();
      case "step":
        this.#done = event.iteration + 1;
        this.#loss = event.smoothedLoss;
        this.#rate = event.learningRate;
        if (this.#clock() - this.#drawnAt >= 100) this.#draw();
        return;
      case "test": {
        const scores = event.scores.slice(0, 6).map(({ name, value }) => `${name} ${floatText(value)}`).join(
          ", ",
        );
        const net = event.net > 0 ? ` (#${event.net})` : "";
        const [first] = event.scores;
        this.#lastTest = first && { name: first.name, value: floatText(first.value) };
        this.note(`Iteration ${event.iteration}: test${net} ${scores}`);
        return this.#draw();
      }
      case "snapshot":
        this.note(`Iteration ${event.iteration}: ${event.best ? "best " : ""}snapshot ${event.state}`);
        return this.#draw();
      case "warning":
        this.note(`${this.#paint("Warning:", 33)} ${event.message}`);
        return this.#draw();
      case "note":
        this.note(event.message);
        return this.#draw();
      case "request":
        this.note(`Iteration ${event.iteration}: ${event.action} requested`);
        return this.#draw();
      case "done": {
        const state = event.stoppedEarly ? "stopped early" : "done";
        this.note(`Optimization ${state} at iteration ${event.iteration} after ${duration(event.seconds)}.`);
        return;
      }
      case "display":
      case "testStart":
      case "testBatch":
      case "testInterrupted":
      case "debug":
      case "debugNorms":
        return;
    }
  }

  /** Writes a line above the bar. */
  note(text: string): void {
    this.#terminal.write(`\r\x1b[2K${text}\n`);
    this.#drawnAt = -Infinity;
  }

  /** Removes the bar. */
  clear(): void {
    this.#terminal.write("\r\x1b[2K");
  }

  #draw(): void {
    const now = this.#clock();
    this.#drawnAt = now;
    this.#marks.push({ time: now, done: this.#done });
    // At least two marks stay, so that there is always a speed.
    while (this.#marks.length > 2 && now - (this.#marks[0]?.time ?? now) > 5000) this.#marks.shift();
    const oldest = this.#marks[0] ?? { time: now, done: this.#done };
    const speed = (this.#done - oldest.done) / Math.max((now - oldest.time) / 1000, 1e-9);
    const share = this.#done / Math.max(this.#max, 1);
    const test = this.#lastTest;
    // In the order in which they are left out where the line is short.
    const left = new Map([
      ["speed", speed > 0 ? `${speed >= 100 ? Math.round(speed) : speed.toPrecision(3)} it/s` : ""],
      ["rate", Number.isNaN(this.#rate) ? "" : `lr ${floatText(this.#rate)}`],
      ["name", test === undefined ? "" : `test ${test.name} ${test.value}`],
      ["test", test === undefined ? "" : `test ${test.value}`],
      ["loss", Number.isNaN(this.#rate) ? "" : `loss ${floatText(this.#loss)}`],
      ["time", speed > 0 ? `${duration((this.#max - this.#done) / speed)} left` : ""],
    ]);
    const text = () =>
      [
        `${this.#done}/${this.#max}`,
        ...["loss", "rate", "speed", "time", left.has("name") ? "name" : "test"].map((part) =>
          left.get(part)
        ),
      ].filter((part) => part !== undefined && part !== "").join("  ");
    // A terminal writes "^C" behind the line; where that breaks it, its first part stays.
    const columns = this.#terminal.columns() - 3;
    for (const part of [...left.keys()]) {
      if (text().length + NARROWEST + PERCENT <= columns) break;
      left.delete(part);
    }
    const width = Math.min(30, columns - text().length - PERCENT);
    const percent = `${String(Math.floor(share * 100)).padStart(3)}%`;
    const bar = width < NARROWEST ? "" : `${this.#bar(share, width)} ${percent} `;
    this.#terminal.write(`\r\x1b[2K${bar}${text().slice(0, Math.max(columns, 0))}`);
  }

  #bar(share: number, width: number): string {
    const eighths = Math.round(Math.min(Math.max(share, 0), 1) * width * 8);
    const full = Math.floor(eighths / 8);
    const part = full < width ? [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8] : "";
    return this.#paint(("█".repeat(full) + part).padEnd(width), 36);
  }

  #paint(text: string, code: number): string {
    return this.#terminal.color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

/**
 * A duration in few characters.
 *
 * ```ts
 * import { duration } from "./progress_bar.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(duration(75.2), "1m15s");
 * assert.equal(duration(4.25), "4.3s");
 * ```
 */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours}h${String(minutes).padStart(2, "0")}m`;
  return minutes > 0 ? `${minutes}m${String(whole % 60).padStart(2, "0")}s` : `${whole}s`;
}
