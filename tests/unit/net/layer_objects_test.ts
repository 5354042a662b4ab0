import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { libcaffeTest } from "../ffi/libcaffe/built.ts";

/** A module of a layer that adds what its param_str says. */
const MODULE = `data:text/javascript,${
  encodeURIComponent(`export class AddLayer {
    reshape([x], [y]) { y.reshapeLike(x); this.added = Number(this.paramStr); }
    forward([x], [y]) { y.data.set(x.data.map((value) => value + this.added)); }
  }`)
}`;

const add = (name: string, bottom: string, top: string, added: number) =>
  `layer { ${name} type: "Script" bottom: "${bottom}" top: "${top}"
    script_param { module: "${MODULE}" layer: "AddLayer" param_str: "${added}" } }`;

for (const engine of ["embedded", "libcaffe"]) {
  const test = engine === "libcaffe" ? libcaffeTest : Deno.test;

  test(`each layer in TypeScript shows its own object, also among layers of its name: ${engine}`, async () => {
    using net = await Net.fromText(
      `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }
       layer { name: "twice" type: "ReLU" bottom: "x" top: "a" }
       ${add('name: "twice"', "a", "b", 1)}
       ${add('name: "twice"', "b", "c", 2)}
       ${add("", "c", "d", 3)}
       ${add("", "d", "e", 4)}`,
      { engine },
    );
    const added = net.layers.map(({ layer }) => (layer as { added?: number } | undefined)?.added);
    assert.deepEqual(added, [undefined, undefined, 1, 2, 3, 4]);
    assert.deepEqual([...net.forward({ inputs: { x: [0, 0] } })["e"]!], [10, 10]);
  });
}
