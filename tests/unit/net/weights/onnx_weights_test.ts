import assert from "node:assert/strict";
import { join } from "node:path";
import { exportOnnx } from "../../../../net/export/mod.ts";
import { Net, readWeights, renameWeights } from "../../../../net/mod.ts";
import type { TensorProto } from "../../../../onnx/messages.ts";
import { encodeModel } from "../../../../onnx/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { bitsOf, expectRefused, inFolder, parameter } from "./parameters.ts";

const modelOf = (...initializer: TensorProto[]) =>
  encodeModel({ ir_version: 7, graph: { name: "g", initializer } });

const raw = (values: Float32Array | Float16Array | Uint16Array | Float64Array) =>
  new Uint8Array(values.buffer);

Deno.test("initializers of all floats are read in each form, those of integers are left out", () =>
  inFolder(async (folder) => {
    const path = join(folder, "m.onnx");
    await Deno.writeFile(join(folder, "m.data"), raw(Float32Array.of(0, 8, 9)));
    const place = [{ key: "location", value: "m.data" }, { key: "offset", value: "4" }, {
      key: "length",
      value: "8",
    }];
    await Deno.writeFile(
      path,
      modelOf(
        { name: "conv.weight", dims: [2, 1], data_type: 1, raw_data: raw(Float32Array.of(1, 2)) },
        { name: "listed", dims: [2], data_type: 1, float_data: [3, 4] },
        { name: "half", dims: [2], data_type: 10, int32_data: [0x3e00, 0xc000] },
        { name: "brain", dims: [1], data_type: 16, raw_data: raw(Uint16Array.of(0x3fc0)) },
        { name: "double", dims: [], data_type: 11, double_data: [0.1] },
        { name: "shape", dims: [1], data_type: 7, int64_data: [-1] },
        { name: "apart", dims: [2], data_type: 1, data_location: 1, external_data: place },
        { name: "none", dims: [0], data_type: 1 },
      ),
    );
    const { parameters, leftOut } = await readWeights(path);
    assert.deepEqual(
      bitsOf(parameters),
      bitsOf([
        parameter("conv.weight", [2, 1], [1, 2]),
        parameter("listed", [2], [3, 4]),
        parameter("half", [2], [1.5, -2]),
        parameter("brain", [1], [1.5]),
        parameter("double", [], [0.1]),
        parameter("apart", [2], [8, 9]),
        parameter("none", [0]),
      ]),
    );
    assert.deepEqual(leftOut, [{ name: "shape", type: "int64" }]);
  }));

Deno.test("models that are damaged, or that lead elsewhere, are refused", () =>
  inFolder(async (folder) => {
    const path = join(folder, "m.onnx");
    const apart = (location: string, offset = "0") => ({
      name: "a",
      dims: [1],
      data_type: 1,
      data_location: 1,
      external_data: [{ key: "location", value: location }, { key: "offset", value: offset }],
    });
    await Deno.writeFile(join(folder, "m.data"), new Uint8Array(4));
    await Deno.symlink("/etc/hostname", join(folder, "link.data"));
    const float = { name: "a", dims: [2], data_type: 1 };
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array([1, 2, 3]), /Expected an ONNX model/],
      [
        modelOf({ ...float, raw_data: new Uint8Array(7) }),
        /Expected 8 bytes for initializer 'a', \(2\) of float32, but found 7/,
      ],
      [modelOf({ ...float, float_data: [1] }), /but found 1 values/],
      [modelOf({ ...float, dims: [-2], float_data: [1] }), /a shape of whole lengths but found \(-2\)/],
      [modelOf({ ...float, float_data: [1, 2] }, { ...float, float_data: [1, 2] }), /found 'a' twice/],
      [modelOf(apart("../m.data")), /external data below the model's folder but found '\.\.\/m\.data'/],
      [modelOf(apart("/etc/hostname")), /below the model's folder but found '\/etc\/hostname'/],
      [modelOf(apart("link.data")), /below the model's folder but found 'link\.data'/],
      [modelOf(apart("m.data", "1")), /offset 1 in 4 bytes of 'm\.data'/],
      [modelOf(apart("m.data", "-1")), /offset -1/],
    ];
    for (const [bytes, message] of cases) {
      await Deno.writeFile(path, bytes);
      await expectRefused(path, readWeights(path), message);
    }
    await Deno.writeFile(path, modelOf(apart("gone")));
    await expectRefused(
      join(folder, "gone"),
      readWeights(path),
      /the model's external data but found: no such file/,
    );
    await assert.rejects(
      Net.fromText(NET, { weights: path }),
      /found an ONNX model\. `crema weights convert`/,
    );
  }));

const NET = `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param {
  num_output: 2 weight_filler { type: "xavier" } bias_filler { type: "gaussian" } } }`;

Deno.test("the weights of an exported net are those of the net, by layer and number", async () => {
  using net = await Net.fromText(NET, { seed: 3 });
  const model = await exportOnnx(netFromText(NET), { weights: net.handle.save(false) });
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  await Deno.writeFile(path, model);
  const { parameters } = await readWeights(path);
  await Deno.remove(path);
  assert.deepEqual(
    bitsOf(renameWeights(parameters, [{ from: "*/weights", to: "*/0" }, { from: "*/bias", to: "*/1" }])),
    bitsOf(net.params.get("ip")!.map((blob, i) => parameter(`ip/${i}`, blob.shape, blob.read()))),
  );
});
