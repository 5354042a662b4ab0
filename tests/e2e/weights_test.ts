import assert from "node:assert/strict";
import { writeWeights } from "../../net/mod.ts";
import { readNet } from "../../proto/mod.ts";
import { inFolder, runCrema } from "./run_crema.ts";
import { tinyNet, tinySolver, writeTiny } from "./tiny_net.ts";

const lines = (stderr: string) =>
  stderr.split("\n").filter((line) => line.includes("net.cpp:744]")).map((line) =>
    `${line[0]} ${line.slice(line.indexOf("] ") + 2)}`
  );

Deno.test("weights of another width are refused, or fine-tuned from with --skip-mismatch", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, tinySolver({ max_iter: 2 }));
    assert.equal((await runCrema(folder, "train", "--solver", "solver.prototxt")).code, 0);
    const weights = ["--weights", "tiny_iter_2.caffemodel"];
    const test = ["test", "--model", "net.prototxt", ...weights, "--iterations", "1"];
    assert.deepEqual(lines((await runCrema(folder, ...test)).stderr), ["I Weights: 2 layers copied"]);

    // Another number of classes, and a layer of another name.
    const net = tinyNet().replace("num_output: 3", "num_output: 5").replaceAll('"hidden"', '"renamed"');
    await writeTiny(folder, tinySolver({ max_iter: 2, snapshot_prefix: '"tuned"' }), net);
    const train = ["train", "--solver", "solver.prototxt", ...weights];
    const refused = await runCrema(folder, ...train);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /tiny_iter_2\.caffemodel: layer 'score': Parameter 0 .*shape \(5, 8\) but found \(3, 8\).*--skip-mismatch/,
    );
    const tuned = await runCrema(folder, ...train, "--skip-mismatch");
    assert.equal(tuned.code, 0, tuned.stderr);
    assert.deepEqual(lines(tuned.stderr), [
      "I Weights: 0 layers copied, 1 not found, 1 left out, 1 mismatched",
      "W   not found   renamed: keeps what its filler gave",
      "W   mismatched  score: Parameter 0 does not fit: Expected shape (5, 8) but found (3, 8); keeps what its filler gave",
      "I   left out    hidden: the net has no such layer",
    ]);
  }));

Deno.test("crema upgrade rewrites nets, solvers and weights of older forms", () =>
  inFolder(async (folder) => {
    const write = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}`, text);
    await write(
      "old.prototxt",
      'input: "x" input_dim: 1 input_dim: 2 input_dim: 3 input_dim: 3 layers { name: "r" type: RELU bottom: "x" top: "r" }',
    );
    await write(
      "solver.prototxt",
      'net: "new.prototxt" solver_type: NESTEROV base_lr: 0.1 lr_policy: "fixed"',
    );
    const net = await runCrema(folder, "upgrade", "net", "old.prototxt", "new.prototxt");
    assert.deepEqual([net.code, net.stdout], [0, "new.prototxt: upgraded\n"], net.stderr);
    assert.deepEqual(
      (await readNet(`${folder}/new.prototxt`)).layer!.map(({ type }) => type),
      ["Input", "ReLU"],
    );
    assert.ok(!(await Deno.readTextFile(`${folder}/new.prototxt`)).includes("layers"));
    const again = await runCrema(folder, "upgrade", "net", "new.prototxt", "new.prototxt");
    assert.equal(again.stdout, "new.prototxt: in the present form already\n");
    await runCrema(folder, "upgrade", "solver", "solver.prototxt", "solver.prototxt");
    assert.equal(
      await Deno.readTextFile(`${folder}/solver.prototxt`),
      'base_lr: 0.1\nlr_policy: "fixed"\nnet: "new.prototxt"\ntype: "Nesterov"\n',
    );
    const wrong = await runCrema(folder, "upgrade", "weights", "old.prototxt", "out.caffemodel");
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /old\.prototxt: Expected/);
  }));

Deno.test("crema weights shows, converts, renames and compares weights", () =>
  inFolder(async (folder) => {
    const parameters = [
      { name: "conv/0", shape: [2, 2], read: () => Float32Array.of(1, -1, 0, NaN) },
      { name: "conv/1", shape: [2], read: () => Float32Array.of(0.5, 0.25) },
    ];
    await writeWeights(`${folder}/a.caffemodel`, parameters);
    await Deno.writeTextFile(`${folder}/names.txt`, "*/0 *.weight\n*/1 *.bias\n");
    const weights = (...args: string[]) => runCrema(folder, "weights", ...args);

    const converted = await weights("convert", "a.caffemodel", "a.safetensors", "--rename", "names.txt");
    assert.deepEqual(
      [converted.code, converted.stdout],
      [0, "a.safetensors: 2 parameters\n"],
      converted.stderr,
    );
    const shown = await weights("show", "a.safetensors");
    assert.equal(
      shown.stdout,
      `layer  parameter  shape    mean  deviation   min  max  zeros  NaN  Inf
──────────────────────────────────────────────────────────────────────
conv   weight     (2, 2)      0     0.8165    -1    1      1    1
conv   bias       (2)     0.375      0.125  0.25  0.5

1 layer, 2 parameters, 6 values: 1 zero, 1 NaN, 0 infinite
`,
    );
    const json = JSON.parse((await weights("show", "--json", "a.caffemodel")).stdout);
    assert.deepEqual([json.layers, json.count, json.nan], [1, 6, 1]);
    assert.deepEqual(json.parameters[1], {
      ...{ name: "conv/1", layer: "conv", parameter: "1", shape: [2], type: "float32" },
      ...{ count: 2, zeros: 0, nan: 0, infinite: 0, mean: 0.375, deviation: 0.125, min: 0.25, max: 0.5 },
    });

    const same = await weights("diff", "a.caffemodel", "a.safetensors");
    assert.deepEqual([same.code, same.stdout, same.stderr], [0, "2 equal, 0 differing\n", ""]);
    const [first, second] = parameters;
    await writeWeights(`${folder}/b.npz`, [
      first!,
      { ...second!, read: () => Float32Array.of(0.5, 0.375) },
      { ...second!, name: "extra/0" },
    ]);
    const differ = await weights("diff", "a.caffemodel", "b.npz");
    assert.equal(differ.code, 1);
    assert.equal(
      differ.stdout,
      `Only in b.npz: extra
parameter  absolute  relative  values that differ
─────────────────────────────────────────────────
conv/1        0.125    0.3333              1 of 2
1 equal, 1 differing
`,
    );
    assert.match(differ.stderr, /Expected equal weights in a\.caffemodel and b\.npz but found 2 differences/);
    await Deno.writeTextFile(`${folder}/only.json`, '{"extra": null}');
    const near = await weights(
      "diff",
      "b.npz",
      "a.caffemodel",
      "--rename",
      "only.json",
      "--tolerance",
      "0.125",
      "--json",
    );
    assert.equal(near.code, 0, near.stderr);
    assert.equal(JSON.parse(near.stdout).parameters[1].absolute, 0.125);
    const refused = await weights("convert", "a.caffemodel", "a.onnx");
    assert.match(refused.stderr, /^error: Expected a file \.caffemodel.*crema export writes it/);
    assert.equal(refused.code, 1);
  }));
