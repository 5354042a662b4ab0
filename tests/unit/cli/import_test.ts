import assert from "node:assert/strict";
import { join } from "node:path";
import { importCommand } from "../../../cli/import.ts";
import { Net } from "../../../net/net.ts";
import { encodeModel, floatTensor, GraphBuilder, intTensor, type OnnxValue } from "../../../onnx/mod.ts";

/** Writes a model of an image input x, in a folder of its own, and imports it. */
async function inFolder(
  build: (graph: GraphBuilder, x: OnnxValue) => OnnxValue,
  check: (folder: string, model: string, run: (...args: string[]) => Promise<string>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-import-" });
  try {
    const graph = new GraphBuilder("small");
    graph.output(build(graph, graph.input("x", ["N", 2, 4, 4])), "y", ["N", 3]);
    const bytes = encodeModel({ ir_version: 7, graph: graph.graph(), opset_import: [{ version: 13 }] });
    const model = join(folder, "small.onnx");
    await Deno.writeFile(model, bytes);
    await check(folder, model, async (...args) => {
      const written: Uint8Array[] = [], write = Deno.stdout.writeSync;
      Deno.stdout.writeSync = (part) => (written.push(part.slice()), part.length);
      try {
        await importCommand().parseAsync([model, ...args], { from: "user" });
      } finally {
        Deno.stdout.writeSync = write;
      }
      return written.map((part) => new TextDecoder().decode(part)).join("");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const classifier = (graph: GraphBuilder, x: OnnxValue): OnnxValue => {
  const weights = graph.constant(floatTensor(new Float32Array(96).fill(0.25), [32, 3]));
  return graph.node("MatMul", [graph.node("Reshape", [x, graph.ints([0, -1])]), weights]);
};

Deno.test("crema import writes a net and its weights, which run, and says what it did", async () => {
  await inFolder(classifier, async (folder, _model, run) => {
    const told = await run("--input", "x=2,2,4,4");
    assert.match(told, /small\.onnx: opset 13/);
    assert.match(told, /MatMul +1 +1\n/);
    assert.match(told, /Inputs: +x \(2, 2, 4, 4\)\nOutputs: +y \(2, 3\)\nParameters: +96 in 3 layers/);
    assert.match(told, /crema classify --model .*small\.prototxt --weights .*small\.caffemodel/);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
    assert.deepEqual(names, ["small.caffemodel", "small.onnx", "small.prototxt"]);
    using net = await Net.fromFile(join(folder, "small.prototxt"), {
      weights: join(folder, "small.caffemodel"),
    });
    net.blob("x").data.fill(1);
    net.forward();
    assert.deepEqual([...net.blob("y").data], new Array(6).fill(8));
  });
});

Deno.test("crema import --json prints the report, and -o names the files", async () => {
  await inFolder(classifier, async (folder, _model, run) => {
    const name = join(folder, "other");
    const report = JSON.parse(await run("-o", name, "--json"));
    assert.equal(report.net, `${name}.prototxt`);
    assert.deepEqual(report.inputs, [{ name: "x", shape: [1, 2, 4, 4] }]);
    assert.match(report.remarks[0], /'x' has an open batch/);
    assert.equal((await Deno.stat(report.weights)).isFile, true);
  });
});

Deno.test("crema import replaces no file unasked, takes a folder, and drops endings", async () => {
  await inFolder(classifier, async (folder, _model, run) => {
    const own = join(folder, "small.prototxt");
    await Deno.writeTextFile(own, "mine");
    await assert.rejects(run(), /small\.prototxt: Expected to write a new file but found one.*--force/);
    assert.equal(await Deno.readTextFile(own), "mine");
    assert.match(await run("--force"), /wrote .*small\.prototxt/);
    await Deno.mkdir(join(folder, "nets"));
    for (const [output, name] of [["nets", "small"], ["nets/a.prototxt", "a"], ["nets/b.caffemodel", "b"]]) {
      await run("-o", join(folder, output!));
      for (const ending of ["prototxt", "caffemodel"]) {
        assert.ok((await Deno.stat(join(folder, `nets/${name}.${ending}`))).isFile);
      }
    }
  });
});

Deno.test("what can't be imported is one error that lists all nodes, and no file is written", async () => {
  const build = (graph: GraphBuilder, x: OnnxValue) => {
    const sine = graph.shaped(graph.node("Sin", [x]), [1, 2, 4, 4]);
    const picked = graph.node("GatherND", [sine, graph.constant(intTensor([0, 0], [1, 2]))]);
    return graph.node("Erf", [graph.node("Relu", [picked])]);
  };
  await inFolder(build, async (folder, model, run) => {
    await assert.rejects(run(), (error: Error) => {
      assert.ok(
        error.message.startsWith(`${model}: Expected nodes that layers compute but found 3 that none do:`),
      );
      for (const op of ["Sin", "GatherND", "Erf"]) {
        assert.match(error.message, new RegExp(`\\(${op}\\): Expected`));
      }
      assert.match(
        error.message,
        /crema new layer Erf\n {2}crema new layer GatherND\n {2}crema new layer Sin$/,
      );
      return true;
    });
    await assert.rejects(
      run("--input", "z=1,2,4,4"),
      /Expected the shape of an input \('x'\) but found one for 'z'/,
    );
    await assert.rejects(run("-o", join(folder, "none", "net")), /but found/);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["small.onnx"]);
  });
});
