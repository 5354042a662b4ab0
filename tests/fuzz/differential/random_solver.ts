import type { NetDraft } from "./net_draft.ts";

/** Settings of a random solver. */
export function randomSolver(net: NetDraft): string {
  const type = net.pick(["SGD", "SGD", "Nesterov", "AdaGrad", "RMSProp", "AdaDelta", "Adam"]);
  const policy = net.pick([
    'lr_policy: "fixed"',
    'lr_policy: "step" stepsize: 2 gamma: 0.5',
    'lr_policy: "exp" gamma: 0.9',
    'lr_policy: "inv" gamma: 0.1 power: 0.75',
    'lr_policy: "multistep" stepvalue: 1 stepvalue: 3 gamma: 0.5',
    'lr_policy: "poly" power: 2',
  ]);
  const settings = [
    `type: "${type}" base_lr: ${type === "AdaDelta" ? 1 : net.number(0.01, 0.1)} ${policy}`,
    type === "AdaGrad" || type === "RMSProp" ? "" : `momentum: ${net.pick([0.5, 0.9, 0.95])}`,
    type === "Adam" ? "momentum2: 0.99 delta: 1e-4" : "",
    type === "RMSProp" ? "rms_decay: 0.9 delta: 1e-4" : "",
    type === "AdaGrad" ? "delta: 1e-4" : "",
    net.chance(0.5) ? `weight_decay: ${net.number(0.01, 0.2)}` : "",
    net.chance(0.2) ? 'regularization_type: "L1"' : "",
    net.chance(0.2) ? `clip_gradients: ${net.number(0.1, 2)}` : "",
    net.chance(0.2) ? "iter_size: 2" : "",
  ];
  return settings.filter((each) => each !== "").join(" ");
}
