/** A solver's settings, for 50 iterations on data that stays the same. */
export interface SolverCase {
  readonly name: string;
  /** The solver's prototxt without its net. */
  readonly solver: string;
  readonly tolerance?: number | undefined;
  readonly why?: string | undefined;
}

/** How many iterations each solver runs. */
export const ITERATIONS = 50;

/**
 * A smooth net, so that rounding does not grow; "fixed" is not trained, "slow" learns at a tenth of the rate.
 */
export const SOLVER_NET = `
layer { name: "in" type: "Input" top: "x" top: "label" input_param {
  shape { dim: 16 dim: 6 } shape { dim: 16 } } }
layer { name: "fixed" type: "InnerProduct" bottom: "x" top: "fixed" param { lr_mult: 0 } param { lr_mult: 0 }
  inner_product_param { num_output: 7 } }
layer { name: "tanh1" type: "TanH" bottom: "fixed" top: "fixed" }
layer { name: "hidden" type: "InnerProduct" bottom: "fixed" top: "hidden"
  param { lr_mult: 1 } param { lr_mult: 2 decay_mult: 0 } inner_product_param { num_output: 9 } }
layer { name: "tanh2" type: "TanH" bottom: "hidden" top: "hidden" }
layer { name: "slow" type: "InnerProduct" bottom: "hidden" top: "slow" param { lr_mult: 0.1 decay_mult: 3 }
  inner_product_param { num_output: 4 bias_term: false } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "slow" bottom: "label" top: "loss" }`;

const SGD = 'type: "SGD" base_lr: 0.2 momentum: 0.9 weight_decay: 0.001';

const policy = (name: string, text: string): SolverCase => ({
  name: `policy ${name}`,
  solver: `${SGD} lr_policy: "${name}" ${text}`,
});

const type = (name: string, text: string): SolverCase => ({
  name: `type ${name}`,
  solver: `type: "${name}" lr_policy: "fixed" weight_decay: 0.002 ${text}`,
});

/** Every solver type, every lr_policy, and what changes gradients before an update. */
export const solverCases: readonly SolverCase[] = [
  type("SGD", "base_lr: 0.2 momentum: 0.9"),
  type("Nesterov", "base_lr: 0.2 momentum: 0.9"),
  type("AdaGrad", "base_lr: 0.05"),
  type("RMSProp", "base_lr: 0.01 rms_decay: 0.95 delta: 1e-4"),
  type("AdaDelta", "base_lr: 1 momentum: 0.95 delta: 1e-4"),
  type("Adam", "base_lr: 0.01 momentum: 0.9 momentum2: 0.99 delta: 1e-4"),
  policy("fixed", ""),
  policy("step", "stepsize: 15 gamma: 0.3"),
  policy("exp", "gamma: 0.95"),
  policy("inv", "gamma: 0.1 power: 0.75"),
  policy("multistep", "gamma: 0.5 stepvalue: 10 stepvalue: 25 stepvalue: 26"),
  {
    name: "policy multistep, equal steps",
    solver: `${SGD} lr_policy: "multistep" gamma: 0.5 stepvalue: 9 stepvalue: 9 stepvalue: 18 stepvalue: 30`,
  },
  policy("poly", "power: 1.5"),
  policy("sigmoid", "gamma: 0.2 stepsize: 20"),
  { name: "iter_size", solver: `${SGD} lr_policy: "fixed" iter_size: 3` },
  { name: "clip_gradients", solver: `${SGD} lr_policy: "fixed" clip_gradients: 0.05` },
  {
    name: "L1",
    solver:
      'type: "SGD" base_lr: 0.1 momentum: 0.5 weight_decay: 0.01 regularization_type: "L1" lr_policy: "fixed"',
    why: "a weight that reaches 0 takes the sign of rounding",
  },
  { name: "no momentum", solver: 'type: "SGD" base_lr: 0.2 lr_policy: "fixed"' },
  {
    name: "Adam, step",
    solver: 'type: "Adam" base_lr: 0.02 lr_policy: "step" stepsize: 20 gamma: 0.1 iter_size: 2',
  },
];
