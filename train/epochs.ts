import { CremaError } from "../base/error.ts";
import type { PlannedLayer } from "../ffi/host/plan_layers.ts";
import type { SolverParameter } from "../proto/messages.ts";
import { locationOf } from "../proto/text/location.ts";

/** The largest int32: max_iter is one. */
const MOST_ITERATIONS = 2 ** 31 - 1;

/**
 * Gives a solver the `max_iter` and `test_interval` that its `epochs` and `test_interval_epochs` stand for, rounded up
 * to whole iterations. An epoch is one pass over the records of the train net's data layer, whose `layers` are given; of
 * several data layers that which needs most iterations. Throws a CremaError when no layer knows its number of records,
 * or the solver has both forms.
 */
export async function resolveEpochs(
  param: SolverParameter,
  layers: readonly PlannedLayer[],
): Promise<void> {
  const { epochs, test_interval_epochs: interval } = param;
  if (epochs === undefined && interval === undefined) return;
  checkAlone(param, "epochs", "max_iter");
  checkAlone(param, "test_interval_epochs", "test_interval");
  let length = 0;
  for (const { records } of layers) {
    if (records === undefined) continue;
    length = Math.max(length, await records.count() / (records.batchSize * (param.iter_size ?? 1)));
  }
  if (length === 0) {
    const [field, instead] = epochs === undefined
      ? ["test_interval_epochs", "test_interval"] as const
      : ["epochs", "max_iter"] as const;
    throw new CremaError(
      `Expected a data layer in the train net whose number of records is known, for ${field}, but found none`,
      { ...locationOf(param, field) ?? locationOf(param), hint: `Give ${instead} instead.` },
    );
  }
  if (epochs !== undefined) param.max_iter = iterations(param, "epochs", length);
  if (interval !== undefined) param.test_interval = iterations(param, "test_interval_epochs", length);
}

function checkAlone(
  param: SolverParameter,
  field: "epochs" | "test_interval_epochs",
  other: "max_iter" | "test_interval",
): void {
  if (param[field] === undefined || param[other] === undefined) return;
  throw new CremaError(`Expected ${other} or ${field} but found both`, {
    ...locationOf(param, field) ?? locationOf(param),
    hint: "Remove one of them." + (field === "epochs" ? " The option --epochs replaces both." : ""),
  });
}

function iterations(
  param: SolverParameter,
  field: "epochs" | "test_interval_epochs",
  length: number,
): number {
  const value = param[field]!;
  // A float32 such as 0.1 is a little more than the decimal that was written.
  const count = Math.ceil(value * length - 1e-6 * length);
  if (count >= 1 && count <= MOST_ITERATIONS) return count;
  throw new CremaError(`Expected ${field} to be above 0 and below 2^31 iterations but found ${value}`, {
    ...locationOf(param, field) ?? locationOf(param),
  });
}
