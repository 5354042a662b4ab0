import assert from "node:assert/strict";
import { NetSpec, toProto } from "../../../../proto/spec/net_spec.ts";
import type { Top } from "../../../../proto/spec/spec_layer.ts";
import { layers as L } from "../../../../proto/spec/spec_layers.ts";
import type { NetParameter } from "../../../../proto/messages.ts";

/** A block as users write it: it names its layers and knows no NetSpec. */
function convRelu(bottom: Top | undefined, name: string, num_output: number): Top {
  const conv = L.Convolution(bottom, { name, num_output, kernel_size: 1 });
  return L.ReLU(conv, { name: `${name}/relu`, in_place: true });
}

const summary = (net: NetParameter) =>
  net.layer!.map(({ name, bottom = [], top = [] }) => `${name}: ${bottom} -> ${top}`);

Deno.test("a layer's name is its top's name too, with a NetSpec and without", () => {
  const n = new NetSpec("blocks");
  n.data = L.Input();
  n.sum = L.Eltwise(convRelu(n.data, "a", 2), convRelu(n.data, "b", 2));
  const expected = [
    ...["data:  -> data", "a: data -> a", "a/relu: a -> a", "b: data -> b", "b/relu: b -> b"],
    "sum: a,b -> sum",
  ];
  assert.deepEqual(summary(n.toProto()), expected);

  const data = L.Input({ name: "data" });
  const sum = L.Eltwise(convRelu(data, "a", 2), convRelu(data, "b", 2), { name: "sum" });
  assert.deepEqual(summary(toProto(sum)), expected);
});

Deno.test("top names the tops of a layer, apart from the layer", () => {
  const [data, label] = L.DummyData({ name: "made_up", top: ["data", "label"], ntop: 2 });
  const loss = L.SoftmaxWithLoss(data, label, { name: "loss1/loss", top: "loss1/loss1" });
  const layers = ["made_up:  -> data,label", "loss1/loss: data,label -> loss1/loss1"];
  assert.deepEqual(summary(toProto(loss)), layers);
});

Deno.test("a property names the blob of a layer that has a name of its own", () => {
  const n = new NetSpec();
  n.data = L.Input({ name: "input" });
  [n.a, n.b] = L.Slice(n.data, { name: "slice", top: ["x", "y"], ntop: 2 });
  assert.deepEqual(summary(n.toProto()), ["input:  -> data", "slice: data -> a,b"]);
});

Deno.test("names made from types avoid those that layers give", () => {
  const relu = L.ReLU(L.ReLU(L.Input({ name: "ReLU1" })));
  assert.deepEqual(summary(toProto(relu)), [
    ...["ReLU1:  -> ReLU1", "ReLU2: ReLU1 -> ReLU2", "ReLU3: ReLU2 -> ReLU3"],
  ]);
});

Deno.test("two blobs of one name are an error, names that are not as many as the tops as well", () => {
  const data = L.Input({ name: "data" });
  const twice = L.Eltwise(convRelu(data, "a", 1), convRelu(data, "a", 1));
  assert.throws(
    () => toProto(twice),
    /Expected each blob to have a name of its own but found two named 'a', of the types Convolution and Con/,
  );
  const n = new NetSpec();
  n.data = L.Input();
  n.a = L.Tile(n.data);
  n.b = L.Eltwise(n.a, convRelu(n.data, "a", 1));
  assert.throws(() => n.toProto(), /two named 'a', of the types Tile and Convolution/);

  assert.throws(
    () => L.Slice(data, { top: ["a", "b"] }),
    /Expected 1 name in top of a Slice layer but found 2/,
  );
  assert.throws(() => L.Slice(data, { top: "a", ntop: 2 }), /Expected 2 names in top .* but found 1/);
  assert.throws(() => L.ReLU(data, { top: "a", in_place: true }), /Expected no top of a ReLU layer .* 'a'/);
  assert.throws(() => L.ReLU(data, { top: "" }), /Expected names in top of a ReLU layer but found/);
});
