import assert from "node:assert/strict";
import { join } from "node:path";
import { root } from "../../../tools/root.ts";
import { live } from "../../conformance/judge.ts";
import { EngineComparison } from "./compare_engines.ts";
import { differential } from "./differential.ts";
import { knownDifferences } from "./known_differences.ts";
import { inputLayer, type LayerPlan, type NetPlan, planText } from "./net_plan.ts";
import { randomNet } from "./random_net.ts";
import { shrinkNet } from "./shrink_net.ts";

const ignore = !live;

Deno.test("random nets have 3 to 12 layers, of all types, and follow from their seeds", () => {
  const types = new Set<string>();
  for (let seed = 0; seed < 400; seed++) {
    const plan = randomNet(seed);
    assert.ok(plan.layers.length >= 3 && plan.layers.length <= 12, `${plan.layers.length} layers`);
    assert.equal(planText(randomNet(seed)), planText(plan));
    for (const { type } of plan.layers) types.add(type);
  }
  assert.equal(types.size, 54);
});

Deno.test("a net shrinks to the layer that matters", async () => {
  const plan = randomNet(
    Array.from({ length: 100 }, (_, seed) => seed).find((seed) =>
      randomNet(seed).layers.length > 8 && randomNet(seed).layers.some(({ type }) => type === "LRN")
    )!,
  );
  const smallest = await shrinkNet(
    plan,
    ({ layers }) => Promise.resolve(layers.some(({ type }) => type === "LRN")),
  );
  assert.deepEqual(smallest.layers.map(({ type }) => type), ["Input", "LRN"]);
});

Deno.test({
  name: `random nets give the same on both engines${live ? "" : " (libcaffe is not here)"}`,
  ignore,
  fn: async () => {
    // The same nets each time: `deno task fuzz --differential` makes others.
    const result = await differential({ seed: 1, count: 40 });
    assert.deepEqual(result.unexplained, []);
    assert.deepEqual(result.ended, {});
    assert.equal(result.refused, 0);
    assert.ok(result.agreed >= 30 && result.trained >= 5, JSON.stringify(result));
  },
});

/** A net of which both engines tell the same but for one known difference. */
function net(
  layers: readonly (Pick<LayerPlan, "type" | "bottoms" | "tops"> & Partial<LayerPlan>)[],
  rest: Partial<NetPlan> = {},
): NetPlan {
  const shapes: Record<string, readonly number[]> = { x: [2, 4, 2, 3] };
  for (const { type, bottoms, tops } of layers) {
    for (const top of tops) shapes[top] = type === "Flatten" ? [2, 24] : shapes[bottoms[0]!]!;
  }
  return {
    seed: "known",
    phase: "TRAIN",
    forceBackward: true,
    layers: [
      inputLayer("x", shapes["x"]!),
      ...layers.map((layer, i) => ({ name: `l${i}`, inPlace: false, settings: "", params: 0, ...layer })),
    ],
    shapes,
    inputs: { x: { kind: "normal" } },
    constant: [],
    passes: 1,
    ...rest,
  };
}

const smallNets: Readonly<Record<string, NetPlan>> = {
  "Flatten above Reshape": net([
    {
      type: "Reshape",
      bottoms: ["x"],
      tops: ["r"],
      settings: "reshape_param { shape { dim: 0 } num_axes: 1 }",
    },
    { type: "Flatten", bottoms: ["r"], tops: ["f"] },
  ]),
  "Scale's overwritten gradients": net([
    {
      type: "Scale",
      bottoms: ["x"],
      tops: ["s"],
      settings: "scale_param { axis: 0 num_axes: -1 }",
      params: 1,
    },
  ], { passes: 2 }),
  "Parameter's overwritten gradients": net([
    {
      type: "Parameter",
      bottoms: [],
      tops: ["p"],
      settings: "parameter_param { shape { dim: 2 dim: 3 } }",
      params: 1,
    },
    { type: "TanH", bottoms: ["p"], tops: ["t"] },
  ], { passes: 2, shapes: { x: [2, 4, 2, 3], p: [2, 3], t: [2, 3] } }),
  "LRN and Power in place": net([
    { type: "Bias", bottoms: ["x"], tops: ["b"], params: 1 },
    {
      type: "Power",
      bottoms: ["b"],
      tops: ["p"],
      inPlace: true,
      settings: "power_param { scale: 3 shift: 1 }",
    },
  ]),
  "Loss weights in the diffs of layers in place": net([
    { type: "Bias", bottoms: ["x"], tops: ["b"], params: 1 },
    { type: "TanH", bottoms: ["b"], tops: ["t"], inPlace: true, settings: "loss_weight: 0.5" },
  ], { passes: 2 }),
  "LRN's backward after a layer in place": net([
    { type: "LRN", bottoms: ["x"], tops: ["n"], settings: "lrn_param { local_size: 3 alpha: 1 }" },
    { type: "Bias", bottoms: ["n"], tops: ["b"], inPlace: true, params: 1 },
  ]),
  "Layers in place over values that a gradient needs": net([
    { type: "Sigmoid", bottoms: ["x"], tops: ["s"] },
    { type: "Bias", bottoms: ["s"], tops: ["b"], inPlace: true, params: 1 },
  ]),
};

Deno.test("the list of libcaffe's known faults is that of docs/engines.md", async () => {
  const page = await Deno.readTextFile(join(root, "docs/engines.md"));
  const [, list = ""] = /## Where libcaffe is wrong\n([^]*?)(?=\n## |$)/.exec(page) ?? [];
  const titles = Array.from(list.matchAll(/^- \*\*(.*?)\.\*\*/gm), ([, title]) => title);
  assert.deepEqual(titles, knownDifferences.map(({ title }) => title));
  assert.deepEqual(Object.keys(smallNets), titles);
});

Deno.test({
  name: `each known fault of libcaffe is there, but for the one that the shim mends${
    live ? "" : " (libcaffe is not here)"
  }`,
  ignore,
  fn: async () => {
    await using engines = new EngineComparison();
    for (const [title, plan] of Object.entries(smallNets)) {
      const verdict = await engines.compare(plan);
      const isMended = title === "Scale's overwritten gradients";
      assert.equal(verdict.kind, isMended ? "agree" : "known", `${title}: ${JSON.stringify(verdict)}`);
      if (verdict.kind === "known") assert.equal(verdict.difference.title, title);
    }
  },
});
