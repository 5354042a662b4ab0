import { expectSameInOnnx } from "../judge.ts";

const data = (...dims: number[]) =>
  `layer { name: "data" type: "Input" top: "data" input_param { shape { ${
    dims.map((dim) => `dim: ${dim}`).join(" ")
  } } } }`;

Deno.test("a convolution, its ReLU in place, an InnerProduct and a Softmax are the same in ONNX", async () => {
  await expectSameInOnnx(`${data(2, 3, 8, 9)}
    layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param {
      num_output: 4 kernel_size: 3 stride: 2 pad: 1 weight_filler { type: "xavier" }
      bias_filler { type: "gaussian" } } }
    layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" relu_param { negative_slope: 0.1 } }
    layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param {
      num_output: 5 weight_filler { type: "xavier" } bias_filler { type: "gaussian" } } }
    layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }`);
});
