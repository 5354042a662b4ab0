import assert from "node:assert/strict";
import { join } from "node:path";
import { Net } from "../../../../net/net.ts";
import { layerTypeList } from "../../../../net/layer_type_list.ts";
import { libcaffeTest } from "../../ffi/libcaffe/built.ts";
import { temporaryFolder } from "../../data/fixture.ts";

const input = `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 2 } } }\n`;

async function outputOf(layer: string, options: Parameters<typeof Net.fromText>[1]): Promise<number[]> {
  using net = await Net.fromText(input + layer, { file: "net.prototxt", ...options });
  return [...net.forward({ inputs: { x: [3, 4, 0, 2] } })["y"]!].map((value) => Math.round(100 * value));
}

const UNIT = `layer { name: "y" type: "L2Normalize" bottom: "x" top: "y" }`;

for (const engine of ["embedded", "libcaffe"]) {
  const test = engine === "libcaffe" ? libcaffeTest : Deno.test;
  test(`a type that the engine lacks comes from the library: ${engine}`, async () => {
    assert.deepEqual(await outputOf(UNIT, { engine }), [60, 80, 0, 100]);
    assert.ok(layerTypeList(engine).includes("L2Normalize"));
  });

  test(`--layers wins over the library: ${engine}`, async () => {
    using folder = temporaryFolder();
    const module = join(folder.path, "own.js");
    Deno.writeTextFileSync(
      module,
      `export class OwnLayer {
      static type = "Own"; static aliases = ["L2Normalize", "Other"];
      reshape([x], [y]) { y.reshape(x.shape); }
      forward([x], [y]) { y.data.fill(7); }
    }`,
    );
    for (const type of ["L2Normalize", "Own", "Other"]) {
      const layer = UNIT.replace("L2Normalize", type);
      assert.deepEqual(await outputOf(layer, { engine, layers: [module] }), [700, 700, 700, 700], type);
    }
  });

  test(`a misspelled type of the library is named: ${engine}`, async () => {
    await assert.rejects(
      outputOf(UNIT.replace("L2Normalize", "L2Normalise"), { engine }),
      /^CremaError: net\.prototxt:2:1: layer 'y': Expected a layer type .* but found 'L2Normalise'\. Did you mean 'L2Normalize'\?$/,
    );
  });
}

Deno.test("an engine's own type is not the library's: EuclideanLoss takes no param_str", async () => {
  const loss = `layer { name: "y" type: "EuclideanLoss" bottom: "x" bottom: "x" top: "y" }`;
  using net = await Net.fromText(input + loss);
  assert.equal(net.layer("y").layer, undefined);
});
