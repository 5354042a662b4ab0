/**
 * Misuses nets, solvers, blobs and layers at random for a while. Checks that nothing worse than an exception comes of it, and
 * that another net still computes what it should: `deno task fuzz --seconds 60 --seed 7`.
 *
 * Prints one line of JSON. The same seed makes the same choices.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- what was done is printed

import { Net } from "../../net/net.ts";
import { Solver } from "../../train/solver.ts";
import { Dice } from "./dice.ts";
import { wild } from "./wild.ts";

const LAYER = new URL("wild_layer.ts", import.meta.url).href;

const [seconds = 10, seed = 1] = Deno.args.map(Number);
wild.dice = new Dice(seed);
const { dice } = wild;

function script(name: string, bottom: string, top: string, param = ""): string {
  return `layer { name: "${name}" type: "Script" bottom: "${bottom}" top: "${top}"
    script_param { module: "${LAYER}" layer: "WildLayer" param_str: "${param}" } ${
    param === "" ? 'param { name: "w" }' : ""
  } }`;
}

function inputs(): string {
  const size = () => 1 + dice.below(5);
  return `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: ${size()} dim: ${size()} dim: ${size()} } } }
    layer { name: "filled" type: "DummyData" top: "t" dummy_data_param { shape { dim: 4 } data_filler { type: "gaussian" } } }`;
}

const product = (bottom: string, top: string) =>
  `layer { name: "${top}" type: "InnerProduct" bottom: "${bottom}" top: "${top}"
    inner_product_param { num_output: ${1 + dice.below(4)} weight_filler { type: "xavier" } } }`;
const loss = (bottom: string) =>
  `layer { name: "loss" type: "Power" bottom: "${bottom}" top: "loss" loss_weight: 1 }`;

/** A net with script layers between, beside and after the engine's own, and in place. */
function netText(): string {
  return dice.pick([
    () => `${inputs()} ${script("a", "x", "a")} ${product("a", "b")} ${script("c", "b", "c")} ${loss("c")}`,
    () => `${inputs()} ${product("x", "b")} ${script("in_place", "b", "b", "plain")} ${loss("b")}`,
    () =>
      `force_backward: true ${inputs()} ${script("a", "x", "a")} ${script("b", "x", "b")}
       layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "b" top: "sum" }
       layer { name: "relu" type: "ReLU" bottom: "sum" top: "sum" } ${loss("sum")}`,
    () =>
      `${inputs()} ${
        script("a", "t", "a")
      } layer { name: "soft" type: "Softmax" bottom: "a" top: "soft" softmax_param { axis: 0 } }
       layer { name: "no" type: "Split" bottom: "soft" top: "one" top: "two" } ${script("b", "one", "b")}`,
  ])!();
}

/** A prototxt with a random mistake. */
function broken(text: string): string {
  const at = dice.below(text.length);
  const replacement = dice.pick(["", "{", "}", '"', "-1", "dim: 99999999", "\0", "layer"])!;
  return text.slice(0, at) + replacement + text.slice(at + dice.below(6));
}

async function make(): Promise<void> {
  const random = dice.roll();
  if (random < 0.15) {
    const text = dice.roll() < 0.3 ? broken(netText()) : netText();
    const type = dice.pick(["SGD", "Adam", "Nesterov"]);
    wild.solvers.push(
      await Solver.fromText(
        `net_param { ${text} } type: "${type}" base_lr: 0.01 lr_policy: "fixed" max_iter: 100 random_seed: ${
          dice.below(9)
        }`,
      ),
    );
  } else {
    const phase = dice.pick(["TRAIN", "TEST"] as const)!;
    wild.nets.push(await Net.fromText(random < 0.3 ? broken(netText()) : netText(), { phase }));
  }
  for (const [list, most] of [[wild.nets, 6], [wild.solvers, 2]] as const) {
    // Most are disposed; some are left to the garbage collector.
    while (list.length > most) dice.roll() < 0.8 ? list.shift()![Symbol.dispose]() : list.shift();
  }
}

/** A net that is not misused must still compute what it should. */
async function checkReference(): Promise<void> {
  using net = await Net.fromText(
    `force_backward: true layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
     layer { name: "p" type: "Power" bottom: "x" top: "p" power_param { power: 2 } }
     layer { name: "s" type: "Script" bottom: "p" top: "s" script_param { module: "${LAYER}" layer: "WildLayer" } }
     layer { name: "loss" type: "Power" bottom: "s" top: "loss" loss_weight: 1 }`,
    { phase: "TRAIN" },
  );
  net.forward({ inputs: { x: [1, 2, 3, 4, 5, 6] } });
  net.backward();
  const gradient = [...net.blob("x").diff].join();
  if (net.loss !== 182 || gradient !== "4,8,12,16,20,24") {
    throw new Error(`Expected a loss of 182 but found ${net.loss}, and a gradient of ${gradient}`);
  }
}

let actions = 0, threw = 0;
const end = performance.now() + 1000 * seconds;
while (performance.now() < end) {
  wild.wildness = 0;
  if (actions % 100 === 0) await checkReference();
  wild.wildness = 0.15;
  actions++;
  try {
    if (dice.roll() < 0.2 || wild.nets.length === 0) await make();
    else {
      const blobs = [...dice.pick(wild.nets)!.blobs.values(), ...wild.blobs];
      wild.act(dice.roll() < 0.6 ? wild.mischief() : wild.misuse(dice.pick(blobs)!));
    }
  } catch {
    threw++;
  }
}
wild.wildness = 0;
for (const each of [...wild.nets, ...wild.solvers]) each[Symbol.dispose]();
await checkReference();
console.log(JSON.stringify({ seed, actions, threw, tried: Object.fromEntries(wild.tried) }));
