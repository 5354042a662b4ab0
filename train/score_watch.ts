import { counted } from "../base/counted.ts";
import { nearest } from "../base/distance.ts";
import { CremaError } from "../base/error.ts";
import type { Net } from "../net/net.ts";
import type { ScoreState, SolverParameter } from "../proto/messages.ts";
import { locationOf } from "../proto/text/location.ts";
import type { TestEvent } from "./events.ts";
import { outputsOf } from "./read_scores.ts";

/** Names of outputs of which less is better, and of those of which more is. */
const LESS = /loss|err|mse|mae|distance|perplexity/i,
  MORE = /acc|top|precision|recall|f1|auc|iou|map|eval|score/i;

/** The output that a watch follows. */
interface Watched {
  net: number;
  output: string;
  lossWeight: number;
}

/**
 * Follows an output of a test net: which test had the best value, and how many came since. That is `patience`,
 * `patience_output`, `patience_mode` and `snapshot_best` of a solver.
 */
export class ScoreWatch {
  /** What is followed. */
  readonly output: string;
  /** The index of its test net. */
  readonly net: number;
  /** Whether the least or the greatest value is the best. */
  readonly mode: "MIN" | "MAX";
  readonly #patience: number;
  #state: ScoreState;

  private constructor({ net, output }: Watched, mode: "MIN" | "MAX", patience: number, state: ScoreState) {
    this.net = net;
    this.output = output;
    this.mode = mode;
    this.#patience = patience;
    // A state of another output says nothing about this one.
    this.#state = state.output === output && state.net === net ? state : { output, net };
  }

  /**
   * The watch that a solver asks for, if it does, going on from `state`. Throws a CremaError when there is no such
   * output, or it can't be known which direction is better.
   */
  static of(
    param: SolverParameter,
    testNets: readonly Net[],
    state: ScoreState = {},
  ): ScoreWatch | undefined {
    const { patience = 0 } = param;
    if (patience < 0) throw fail(param, "patience", `Expected a patience of 0 or more but found ${patience}`);
    if (patience === 0 && !param.snapshot_best) return undefined;
    const watched = choose(param, testNets);
    return new ScoreWatch(watched, param.patience_mode ?? direction(param, watched), patience, state);
  }

  /** One sentence: which output is followed, and what for. */
  get description(): string {
    const better = this.mode === "MIN" ? "less" : "more";
    const stop = this.#patience > 0
      ? `; training stops after ${counted(this.#patience, "test")} without a better one`
      : "";
    return `The score is '${this.output}' of test net #${this.net}, of which ${better} is better (patience_output, ` +
      `patience_mode)${stop}.`;
  }

  /** What is kept in the solver's state. */
  get state(): ScoreState {
    return this.#state;
  }

  /** The best value so far; undefined before the first test. */
  get best(): { value: number; iteration: number } | undefined {
    const { best, best_iter } = this.#state;
    return best === undefined || best_iter === undefined ? undefined : { value: best, iteration: best_iter };
  }

  /**
   * Takes the result of a test. Returns whether it is the best so far. A test that was taken already, before a resume,
   * counts once, and one of another net not at all.
   */
  take({ net, iteration, outputs }: Pick<TestEvent, "net" | "iteration" | "outputs">): boolean {
    const { best, worse = 0, iter = -1 } = this.#state;
    if (net !== this.net || iteration <= iter) return false;
    const value = outputs[this.output] ?? NaN;
    const isBetter = this.mode === "MIN" ? value < (best ?? Infinity) : value > (best ?? -Infinity);
    this.#state = isBetter
      ? { output: this.output, net, best: value, best_iter: iteration, worse: 0, iter: iteration }
      : { ...this.#state, worse: worse + 1, iter: iteration };
    return isBetter;
  }

  /** Why training is to stop: one sentence, if so many tests were no better than the best. */
  get verdict(): string | undefined {
    const { worse = 0, best, best_iter } = this.#state;
    if (this.#patience === 0 || worse < this.#patience) return undefined;
    const since = best === undefined
      ? "was never a number"
      : `was best at iteration ${best_iter}, with ${best}`;
    return `'${this.output}' ${since}, and ${
      counted(worse, "test")
    } have not been better: training stops (patience: ` +
      `${this.#patience}).`;
  }
}

function choose(param: SolverParameter, testNets: readonly Net[]): Watched {
  const { patience_output: wanted } = param;
  const field = (param.patience ?? 0) > 0 ? "patience" : "snapshot_best";
  const all = testNets.flatMap(({ handle }, net) =>
    outputsOf(handle).flatMap(({ name, blob }) => {
      const count = handle.blobs[blob]?.count ?? 1;
      const lossWeight = handle.lossWeight(blob);
      return Array.from({ length: Math.max(count, 1) }, (_, i): Watched => ({
        ...{ net, lossWeight },
        output: count > 1 ? `${name}[${i}]` : name,
      }));
    })
  );
  if (all.length === 0) {
    throw fail(param, field, `Expected a test net with an output to watch, for ${field}, but found none`);
  }
  // Of detections, whose number varies, the test gives one value by the blob's name.
  const found = all.find(({ output }) => output === wanted) ??
    all.find(({ output }) => output === `${wanted}[0]` && param.eval_type === "detection");
  if (wanted !== undefined && found !== undefined) return { ...found, output: wanted };
  const names = [...new Set(all.map(({ output }) => output))];
  if (wanted !== undefined) {
    const near = nearest(wanted, names);
    const reason = `Expected patience_output to be an output of a test net (${
      brief(names)
    }) but found '${wanted}'`;
    throw fail(param, "patience_output", reason + (near === undefined ? "" : `, did you mean '${near}'?`));
  }
  const accuracies = all.filter(({ net, output }) => net === 0 && /^acc/i.test(output));
  const only = all.length === 1 ? all[0] : accuracies.length === 1 ? accuracies[0] : undefined;
  if (only !== undefined) return only;
  const hint = `Add patience_output: "${names[0]}", for example.`;
  throw fail(param, field, `Expected patience_output to choose one of ${brief(names)} but found none`, hint);
}

function brief(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(", ")}, …` : names.join(", ");
}

function direction(param: SolverParameter, { output, lossWeight }: Watched): "MIN" | "MAX" {
  if (lossWeight !== 0 || LESS.test(output)) return "MIN";
  if (MORE.test(output)) return "MAX";
  throw fail(
    param,
    "patience_output",
    `Expected patience_mode to say whether less or more of '${output}' is better but found none`,
    "Add patience_mode: MIN or patience_mode: MAX.",
  );
}

function fail(
  param: SolverParameter,
  field: keyof SolverParameter,
  reason: string,
  hint?: string,
): CremaError {
  return new CremaError(reason, { ...locationOf(param, field) ?? locationOf(param), hint });
}
