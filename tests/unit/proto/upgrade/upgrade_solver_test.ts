import assert from "node:assert/strict";
import { solverFromText } from "../../../../proto/nets/read_solver.ts";
import { upgradeSolver } from "../../../../proto/upgrade/upgrade_solver.ts";

Deno.test("every solver_type gets its present name", () => {
  const names = {
    SGD: "SGD",
    NESTEROV: "Nesterov",
    ADAGRAD: "AdaGrad",
    RMSPROP: "RMSProp",
    ADADELTA: "AdaDelta",
    ADAM: "Adam",
  };
  for (const [old, type] of Object.entries(names)) {
    assert.deepEqual(solverFromText(`solver_type: ${old}`), { type });
  }
  assert.deepEqual(solverFromText("solver_type: 2"), { type: "AdaGrad" });
});

Deno.test("solver_type together with type is refused", () => {
  assert.throws(() => solverFromText('type: "Adam"\nsolver_type: SGD', "s.prototxt"), {
    name: "CremaError",
    message:
      "s.prototxt:2:1: Expected either 'type' or the older 'solver_type' but found both. Remove solver_type.",
  });
});

Deno.test("nets written in place are upgraded, the solver given is not changed", () => {
  const solver = {
    net_param: { layers: [{ name: "a" }] },
    train_net_param: { layers: [{ name: "b" }] },
    test_net_param: [{ layers: [{ name: "c" }] }],
  };
  const copy = structuredClone(solver);
  assert.deepEqual(upgradeSolver(solver), {
    net_param: { layer: [{ name: "a" }] },
    train_net_param: { layer: [{ name: "b" }] },
    test_net_param: [{ layer: [{ name: "c" }] }],
  });
  assert.deepEqual(solver, copy);
});
