/** A net that learns from made-up data in microseconds: gaussian inputs, class 1, two layers, a loss. */
export function tinyNet(
  { hidden = 8, loss = BUILT_IN_LOSS }: { hidden?: number; loss?: string } = {},
): string {
  return `
name: "tiny"
layer {
  name: "data" type: "DummyData" top: "data" top: "label"
  dummy_data_param {
    shape { dim: 16 dim: 10 } shape { dim: 16 }
    data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" value: 1 }
  }
}
layer {
  name: "hidden" type: "InnerProduct" bottom: "data" top: "hidden"
  inner_product_param { num_output: ${hidden} weight_filler { type: "xavier" } }
}
layer { name: "relu" type: "ReLU" bottom: "hidden" top: "hidden" }
layer { name: "drop" type: "Dropout" bottom: "hidden" top: "hidden" }
layer {
  name: "score" type: "InnerProduct" bottom: "hidden" top: "score"
  inner_product_param { num_output: 3 weight_filler { type: "xavier" } }
}
layer { name: "accuracy" type: "Accuracy" bottom: "score" bottom: "label" top: "accuracy" include { phase: TEST } }
${loss}
`;
}

/** The loss of {@link tinyNet}. */
export const BUILT_IN_LOSS =
  'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }';

/** The loss of {@link tinyNet} as a script layer. */
export function scriptLoss(module: string, layer: string, more = ""): string {
  return `layer {
  name: "loss" type: "Script" bottom: "score" bottom: "label" top: "loss" loss_weight: 1
  script_param { module: "${module}" layer: "${layer}" ${more} }
}`;
}

/**
 * A solver for {@link tinyNet}; fields given replace its own. It has no random_seed, as most solvers have none: a test that
 * compares two runs gives one.
 */
export function tinySolver(fields: Record<string, string | number | boolean> = {}): string {
  const all = {
    net: '"net.prototxt"',
    base_lr: 0.05,
    momentum: 0.9,
    weight_decay: 0.001,
    lr_policy: '"inv"',
    gamma: 0.001,
    power: 0.75,
    display: 10,
    max_iter: 40,
    snapshot_prefix: '"tiny"',
    ...fields,
  };
  return Object.entries(all).map(([name, value]) => `${name}: ${value}\n`).join("");
}

/** Writes `net.prototxt` and `solver.prototxt` into a folder. */
export async function writeTiny(
  folder: string,
  solver: string = tinySolver(),
  net: string = tinyNet(),
): Promise<void> {
  await Deno.writeTextFile(`${folder}/net.prototxt`, net);
  await Deno.writeTextFile(`${folder}/solver.prototxt`, solver);
}
