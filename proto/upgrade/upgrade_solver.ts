import { CremaError } from "../../base/error.ts";
import { copyLocation, locationOf } from "../text/location.ts";
import type { SolverParameter, SolverParameterSolverType } from "../messages.ts";
import { upgradeNet } from "./upgrade.ts";
import type { UpgradeOptions } from "./upgrade_warning.ts";

const SOLVER_TYPES: Readonly<Record<SolverParameterSolverType, string>> = {
  SGD: "SGD",
  NESTEROV: "Nesterov",
  ADAGRAD: "AdaGrad",
  RMSPROP: "RMSProp",
  ADADELTA: "AdaDelta",
  ADAM: "Adam",
};

/**
 * Brings a solver to the present form: the enum `solver_type` becomes the string `type`, and the nets inside
 * it are upgraded. The solver itself is not changed. Throws a CremaError when both `solver_type` and `type`
 * are given.
 *
 * ```ts
 * import { upgradeSolver } from "./upgrade_solver.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(upgradeSolver({ solver_type: "NESTEROV" }), { type: "Nesterov" });
 * ```
 */
export function upgradeSolver(solver: SolverParameter, options: UpgradeOptions = {}): SolverParameter {
  const { solver_type, ...rest } = solver;
  const upgraded: SolverParameter = { ...rest };
  if (solver_type !== undefined) {
    if (solver.type !== undefined) {
      throw new CremaError("Expected either 'type' or the older 'solver_type' but found both", {
        ...locationOf(solver, "solver_type"),
        hint: "Remove solver_type.",
      });
    }
    upgraded.type = SOLVER_TYPES[solver_type];
  }
  if (solver.net_param !== undefined) upgraded.net_param = upgradeNet(solver.net_param, options);
  if (solver.train_net_param !== undefined) {
    upgraded.train_net_param = upgradeNet(solver.train_net_param, options);
  }
  if (solver.test_net_param !== undefined) {
    upgraded.test_net_param = solver.test_net_param.map((net) => upgradeNet(net, options));
  }
  return copyLocation(solver, upgraded);
}
