import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { Solver } from "../../../train/solver.ts";
import { temporaryFolder } from "../data/fixture.ts";
import { libcaffeTest } from "../ffi/libcaffe/built.ts";

const net = (weights: string, bias: string) =>
  `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 3
  weight_filler { ${weights} }
  bias_filler { ${bias} } } }
layer { name: "scale" type: "Scale" bottom: "ip" top: "s" scale_param { bias_term: true
  filler { type: "file" file: "scale.txt" } bias_filler { value: 7 } } }`;

const WEIGHTS = 'type: "constant" value: 0.5', BIAS = 'type: "file" file: "bias.txt"';

for (const engine of ["embedded", "libcaffe"]) {
  const test = engine === "libcaffe" ? libcaffeTest : Deno.test;
  test(`fillers with files set the first values of parameters: ${engine}`, async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/net.prototxt`;
    Deno.writeTextFileSync(`${folder.path}/bias.txt`, "1 0\n-2.5e-1\n");
    Deno.writeTextFileSync(`${folder.path}/scale.txt`, "1 2 3");
    using made = await Net.fromText(net(WEIGHTS, BIAS), { file, engine });
    assert.deepEqual(made.params.get("ip")!.map((blob) => [...blob.read()]), [
      [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
      [1, 0, -0.25],
    ]);
    assert.deepEqual(made.params.get("scale")!.map((blob) => [...blob.read()]), [[1, 2, 3], [7, 7, 7]]);
  });
}

Deno.test("a solver's nets have the values of their fillers' files", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/bias.txt`, "4 5 6");
  Deno.writeTextFileSync(`${folder.path}/scale.txt`, "1 2 3");
  Deno.writeTextFileSync(`${folder.path}/net.prototxt`, `force_backward: true ${net(WEIGHTS, BIAS)}`);
  Deno.writeTextFileSync(
    `${folder.path}/solver.prototxt`,
    'net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 1 test_iter: 1 test_interval: 1',
  );
  using solver = await Solver.fromFile(`${folder.path}/solver.prototxt`);
  for (const { params } of [solver.net, ...solver.testNets]) {
    assert.deepEqual([...params.get("ip")![1]!.read()], [4, 5, 6]);
    assert.deepEqual([...params.get("scale")![0]!.read()], [1, 2, 3]);
  }
});

Deno.test("a filler's file that is missing, too short, or no list of numbers is an error of its layer", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/net.prototxt`;
  const make = async (bias: string) => {
    using _made = await Net.fromText(net(WEIGHTS, bias), { file });
  };
  Deno.writeTextFileSync(`${folder.path}/scale.txt`, "1 2 3");
  await assert.rejects(make(BIAS), /bias\.txt: Expected the values of a filler but found no such file/);
  Deno.writeTextFileSync(`${folder.path}/bias.txt`, "1 2");
  await assert.rejects(
    make(BIAS),
    /net\.prototxt:4:\d+: layer 'ip': Expected 3 numbers in '.*bias\.txt', for \(3\), but found 2/,
  );
  Deno.writeTextFileSync(`${folder.path}/bias.txt`, "1 2 three");
  await assert.rejects(
    make(BIAS),
    /net\.prototxt:4:\d+: layer 'ip': Expected numbers in .* but found 'three'/,
  );
  await assert.rejects(make('type: "file"'), /layer 'ip': Expected a filler of type 'file' to have file/);
  await assert.rejects(
    make('type: "constant" file: "bias.txt"'),
    /'file' of a fork of Caffe|knows but found/,
  );
});
