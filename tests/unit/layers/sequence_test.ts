// Worked examples of the layers that forks have for sequences, and of their Python layers for shapes. Their gradients
// are checked by finite differences in check_layer_test.ts.
import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { assertClose, libraryNet } from "./library_net.ts";

Deno.test("Lstm computes what Caffe's LSTM does with the same parameters, begun anew in each pass", async () => {
  const [steps, sequences, hidden] = [4, 2, 3];
  using net = await Net.fromText(
    `layer { name: "in" type: "Input" top: "x" top: "cont" input_param { shape { dim: [${steps}, ${sequences}, 2] }
      shape { dim: [${steps}, ${sequences}] } } }
    layer { name: "ours" type: "Lstm" bottom: "x" top: "a" lstm_param { num_output: ${hidden} clipping_threshold: 0.1
      weight_filler { type: "gaussian" std: 1 } bias_filler { type: "gaussian" std: 1 } } }
    layer { name: "caffes" type: "LSTM" bottom: "x" bottom: "cont" top: "b" recurrent_param { num_output: ${hidden} } }`,
    { phase: "TEST", seed: 1 },
  );
  const [w, u, b] = net.params.get("ours")!.map(({ data }) => data);
  for (const [i, values] of [w, b, u].entries()) net.params.get("caffes")![i]!.data.set(values!);
  const x = Float32Array.from({ length: steps * sequences * 2 }, (_, i) => Math.sin(i));
  for (let pass = 0; pass < 2; pass++) {
    net.forward({ inputs: { x, cont: [0, 0, 1, 1, 1, 1, 1, 1] } });
    assertClose(net.blob("a").data, net.blob("b").data);
    assert.ok(net.blob("a").data.every((value) => value !== 0));
  }
});

Deno.test("Lstm goes on from the last pass where its second bottom says so, and begins anew elsewhere", async () => {
  const text = (steps: number) =>
    `layer { name: "in" type: "Input" top: "x" top: "cont" input_param { shape { dim: [${steps}, 1, 2] } shape { dim: [${steps}, 1] } } }
    layer { name: "l" type: "Lstm" bottom: "x" bottom: "cont" top: "h" lstm_param { num_output: 2
      weight_filler { type: "gaussian" std: 1 } } }`;
  using whole = await Net.fromText(text(4), { phase: "TEST", seed: 1 });
  using half = await Net.fromText(text(2), { phase: "TEST", seed: 1 });
  const x = [1, 2, -1, 0.5, 0.3, 0.7, -2, 1], cont = [0, 1, 1, 0];
  whole.forward({ inputs: { x, cont } });
  const found = [0, 1].flatMap((k) => {
    half.forward({ inputs: { x: x.slice(4 * k, 4 * k + 4), cont: cont.slice(2 * k, 2 * k + 2) } });
    return [...half.blob("h").data];
  });
  assertClose(found, [...whole.blob("h").data]);
});

Deno.test("Transpose and Reverse change the order of axes, and along them", async () => {
  using net = await Net.fromText(
    `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: [2, 3] } } }
    layer { name: "t" type: "Transpose" bottom: "x" top: "t" transpose_param { dim: 1 dim: 0 } }
    layer { name: "r" type: "Reverse" bottom: "x" top: "r" }
    layer { name: "c" type: "Reverse" bottom: "x" top: "c" reverse_param { axis: 1 } }`,
    { phase: "TEST" },
  );
  net.forward({ inputs: { x: [0, 1, 2, 3, 4, 5] } });
  assert.deepEqual(net.blob("t").shape, [3, 2]);
  assert.deepEqual([...net.blob("t").data], [0, 3, 1, 4, 2, 5]);
  assert.deepEqual([...net.blob("r").data], [3, 4, 5, 0, 1, 2]);
  assert.deepEqual([...net.blob("c").data], [2, 1, 0, 5, 4, 3]);
  const twice = libraryNet({ type: "Transpose", bottoms: { x: [2, 3] }, param: { dim: [0, 0] } });
  await assert.rejects(twice, /Expected dim to name each of 2 axes once but found \[0, 0\]/);
});

Deno.test("L1Loss is the mean absolute distance of the items", async () => {
  using net = await libraryNet({ type: "L1Loss", bottoms: { a: [2, 2], b: [2, 2] }, tops: ["loss"] });
  net.forward({ inputs: { a: [1, 2, 3, 4], b: [1, 0, 4, 0] } });
  assertClose([net.loss], [3.5]);
});

Deno.test("Python layers of converted networks: PadTensor, TensorShape and darknet_reorg, which is Reorg", async () => {
  const python = (module: string, layer: string, more = "") =>
    `layer { name: "${layer}" type: "Python" bottom: "x" top: "${layer}" python_param { module: "${module}" layer: "${layer}" ${more} } }`;
  using net = await Net.fromText(
    `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: [1, 4, 2, 2] } } }
    ${python("shape", "TensorShape")} ${python("yolov2", "darknet_reorg")}
    ${
      python(
        "pad",
        "PadTensor",
        String
          .raw`param_str: "{\'pad_t\': 1, \'pad_b\': 0, \'pad_l\': 0, \'pad_r\': 1, \'pad_mode\': \'constant\'}"`,
      )
    }
    layer { name: "reorg" type: "Reorg" bottom: "x" top: "reorg" reorg_param { stride: 2 } }`,
    { phase: "TEST" },
  );
  net.forward({ inputs: { x: Float32Array.from({ length: 16 }, (_, i) => i + 1) } });
  assert.deepEqual([...net.blob("TensorShape").data], [1, 4, 2, 2]);
  assert.deepEqual(net.blob("PadTensor").shape, [1, 4, 3, 3]);
  assert.deepEqual([...net.blob("PadTensor").data.subarray(0, 9)], [0, 0, 0, 1, 2, 0, 3, 4, 0]);
  assert.deepEqual(net.blob("darknet_reorg").shape, net.blob("reorg").shape);
  assert.deepEqual([...net.blob("darknet_reorg").data], [...net.blob("reorg").data]);
});
