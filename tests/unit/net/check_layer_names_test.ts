import assert from "node:assert/strict";
import { checkLayerNames } from "../../../net/check_layer_names.ts";
import { Net } from "../../../net/net.ts";
import { Solver } from "../../../train/solver.ts";

const ip = (name: string, bottom: string, top: string) =>
  `layer { ${name} type: "InnerProduct" bottom: "${bottom}" top: "${top}" inner_product_param { num_output: 4 } }`;

const net = (...layers: string[]) =>
  [
    'layer { type: "Input" top: "x" input_param { shape { dim: 2 dim: 4 } } }',
    ...layers,
  ].join("\n");

const HINT = "Weights are saved and loaded by layer name: rename one of the two.";

Deno.test("two layers of one name are refused where one has parameters", async () => {
  const named = 'name: "ip"';
  await assert.rejects(Net.fromText(net(ip(named, "x", "a"), ip(named, "a", "b")), { file: "n.prototxt" }), {
    message:
      "n.prototxt:3:9: Expected layers with parameters to have names of their own but found two layers " +
      `named 'ip' (InnerProduct and InnerProduct), the first at line 2. ${HINT}`,
  });
  const relu = 'layer { name: "ip" type: "ReLU" bottom: "x" top: "a" }';
  await assert.rejects(Net.fromText(net(relu, ip(named, "a", "b")), { file: "n.prototxt" }), {
    message:
      "n.prototxt:3:9: Expected layers with parameters to have names of their own but found two layers " +
      `named 'ip' (ReLU and InnerProduct), the first at line 2. ${HINT}`,
  });
});

Deno.test("two layers without a name are refused where both have parameters", async () => {
  await assert.rejects(
    Net.fromText(net(ip("", "x", "a"), ip("", "a", "b")), { file: "n.prototxt" }),
    /^CremaError: n.prototxt:3:1: .* found two layers without a name \(InnerProduct and InnerProduct\)/,
  );
  const relu = 'layer { type: "ReLU" bottom: "a" top: "b" }';
  using one = await Net.fromText(net(ip("", "x", "a"), relu));
  assert.equal(one.layers.length, 3);
});

Deno.test("layers without parameters may have one name", () => {
  const layer = { name: "same", type: "ReLU", needsBackward: true, bottoms: [], tops: [], params: [] };
  assert.equal(checkLayerNames({ layers: [layer, layer] }, {}), undefined);
});

Deno.test("a solver checks the names in its nets", async () => {
  const text = (state: string) =>
    `base_lr: 0.1 lr_policy: "fixed" max_iter: 1 test_iter: 1 test_interval: 1
net_param {
${net(ip('name: "ip"', "x", "a"), ip(`name: "ip" ${state}`, "a", "b"))}
}`;
  for (const state of ["", "include { phase: TRAIN }", "include { phase: TEST }"]) {
    await assert.rejects(
      Solver.fromText(text(state), { file: "s.prototxt" }),
      /s.prototxt:5:9: .* named 'ip'/,
    );
  }
});

Deno.test("a net without a name of its own for a layer saves and loads its weights", async () => {
  const relu = 'layer { type: "ReLU" bottom: "a" top: "b" }';
  const path = await Deno.makeTempFile({ suffix: ".caffemodel" });
  try {
    using saved = await Net.fromText(
      net('layer { type: "Power" bottom: "x" top: "p" }', ip("", "p", "a"), relu),
    );
    saved.layers[2]!.blobs[0]!.data.fill(3);
    await saved.save(path);
    using loaded = await Net.fromText(
      net('layer { type: "Power" bottom: "x" top: "p" }', ip("", "p", "a"), relu),
      {
        weights: path,
      },
    );
    assert.ok(loaded.layers[2]!.blobs[0]!.data.every((value) => value === 3));
  } finally {
    await Deno.remove(path);
  }
});
