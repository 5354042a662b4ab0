import assert from "node:assert/strict";
import { join } from "node:path";
import { encode } from "../../../proto/mod.ts";
import { decode } from "../../../proto/codec/binary.ts";
import { Net } from "../../../net/net.ts";
import { libcaffeTest } from "../ffi/libcaffe/built.ts";

const NET = `name: "n"
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "a" type: "InnerProduct" bottom: "x" top: "a" inner_product_param { num_output: 3 } }
layer { name: "b" type: "InnerProduct" bottom: "a" top: "b" inner_product_param { num_output: 2 } }`;

const wider = NET.replace("num_output: 2", "num_output: 4");

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-weights-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const engine of ["embedded", "libcaffe"]) {
  const test = engine === "libcaffe" ? libcaffeTest : Deno.test;

  test(`weights that are empty, cut, of another net or another kind are refused by name: ${engine}`, () =>
    inFolder(async (folder) => {
      const write = async (name: string, bytes: Uint8Array) => {
        await Deno.writeFile(join(folder, name), bytes);
        return join(folder, name);
      };
      using net = await Net.fromText(NET, { engine });
      const before = net.params.get("b")![0]!.read();
      const whole = net.handle.save();
      const layers = decode("NetParameter", whole).layer!;
      // The last layer begins where the file of all others would end.
      const last = encode("NetParameter", { layer: layers.slice(-1) }).length;
      const state = encode("SolverState", {
        iter: 3,
        learned_net: "n",
        history: [{ data: new Float32Array(2) }],
      });
      const cases: [string, Uint8Array, RegExp][] = [
        ["empty.caffemodel", new Uint8Array(), /Expected weights but found nothing: 0 bytes/],
        [
          "cut.caffemodel",
          whole.slice(0, -last),
          /Expected the weights of \d layers but found those of \d. The file was cut/,
        ],
        [
          "state.solverstate",
          state,
          /Expected a binary NetParameter but found the state of a solver.*--snapshot/,
        ],
        [
          "other.caffemodel",
          encode("NetParameter", {
            layer: [{ name: "c", blobs: [{ data: Float32Array.of(1), shape: { dim: [1] } }] }],
          }),
          /Expected weights for some layer of the net \(a, b\) but found those of c/,
        ],
      ];
      for (const [name, bytes, message] of cases) {
        const path = await write(name, bytes);
        await assert.rejects(net.copyFrom(path), (error: Error) => {
          assert.match(error.message, message);
          assert.ok(error.message.startsWith(`${path}: `), error.message);
          return true;
        });
        await assert.rejects(net.copyFrom(bytes), message);
      }
      const path = await write("wider.caffemodel", (await Net.fromText(wider, { engine })).handle.save());
      await assert.rejects(net.copyFrom(path), {
        message: new RegExp(`^${path}: layer 'b': Parameter 0 does not fit`),
      });
      assert.deepEqual(net.params.get("b")![0]!.read(), before);
      await net.copyFrom(await write("whole.caffemodel", whole));
    }));
}
