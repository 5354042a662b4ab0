import { nearest } from "../base/distance.ts";
import { CremaError } from "../base/error.ts";
import { messageType } from "../proto/codec/schema.ts";
import type { SolverParameter } from "../proto/messages.ts";
import { locationOf } from "../proto/text/location.ts";

/** What engines know, for suggestions. */
const KNOWN: Partial<Record<keyof SolverParameter, readonly string[]>> = {
  lr_policy: ["fixed", "step", "exp", "inv", "multistep", "poly", "sigmoid", "cosine"],
  type: ["SGD", "Nesterov", "AdaGrad", "RMSProp", "AdaDelta", "Adam", "AdamW"],
  regularization_type: ["L1", "L2"],
};

/**
 * Runs what makes a solver in an engine, and adds the file and line of the field that an error is about, and what was
 * likely meant. Errors of layers have a place already.
 */
export function inSolver<Result>(param: SolverParameter, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof CremaError) || error.file !== undefined || error.layer !== undefined) throw error;
    const { fields } = messageType("SolverParameter");
    const named = (error.reason.match(/\w+/g) ?? []).filter((word) =>
      Object.hasOwn(fields, word)
    ) as (keyof SolverParameter)[];
    const field = named.find((name) => param[name] !== undefined) ?? named[0];
    const place = (field && locationOf(param, field)) ?? locationOf(param);
    throw new CremaError(error.reason, {
      ...place,
      hint: suggestion(param, field) ?? error.hint,
      cause: error,
    });
  }
}

function suggestion(param: SolverParameter, field: keyof SolverParameter | undefined): string | undefined {
  const known = field && KNOWN[field], found = field && param[field];
  if (known === undefined || typeof found !== "string" || known.includes(found)) return undefined;
  const near = nearest(found, known);
  return near === undefined ? undefined : `Did you mean '${near}'?`;
}

/**
 * Throws a CremaError, with file and line, for what no engine refuses but nobody means: stepvalues out of order, of which
 * Caffe would skip some.
 */
export function checkSolver(param: SolverParameter): void {
  const { stepvalue = [] } = param;
  const wrong = stepvalue.findIndex((value, i) => i > 0 && value < stepvalue[i - 1]!);
  if (wrong < 0) return;
  throw new CremaError(
    `Expected stepvalues in ascending order but found ${stepvalue[wrong]} after ${stepvalue[wrong - 1]}`,
    { ...locationOf(param, "stepvalue", wrong) ?? locationOf(param) },
  );
}

/**
 * Throws a CremaError, with the solver's file, when it does not say at which rate to train; `learningRate` is asked for
 * the present one, which a program may have set.
 */
export function checkLearningRate(param: SolverParameter, learningRate: () => number): void {
  const missing = (field: keyof SolverParameter, example: string) =>
    new CremaError(`Expected ${field} to say how fast to learn but found none`, {
      ...locationOf(param),
      hint: `Add \`${field}: ${example}\`, for example.`,
    });
  let rate: number;
  try {
    rate = inSolver(param, learningRate);
  } catch (error) {
    throw param.lr_policy === undefined ? missing("lr_policy", '"fixed"') : error;
  }
  if (param.base_lr === undefined && rate === 0) throw missing("base_lr", "0.01");
}
