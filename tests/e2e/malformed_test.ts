import assert from "node:assert/strict";
import { inFolder, runCrema } from "./run_crema.ts";
import { tinyNet, tinySolver, writeTiny } from "./tiny_net.ts";

interface Case {
  name: string;
  /** Breaks the good files. */
  break?: (folder: string) => Promise<void> | void;
  args?: string[];
  /** What standard error must say. */
  says: RegExp;
}

const write = (file: string, text: string | Uint8Array) => async (folder: string) =>
  typeof text === "string"
    ? await Deno.writeTextFile(`${folder}/${file}`, text)
    : await Deno.writeFile(`${folder}/${file}`, text);

const solver = (fields: Record<string, string | number | boolean>) =>
  write("solver.prototxt", tinySolver(fields));

const TRAIN = ["train", "--solver", "solver.prototxt"];

const CASES: Case[] = [
  {
    name: "no such solver",
    args: ["train", "--solver", "none.prototxt"],
    says: /none\.prototxt: .*no such file/,
  },
  { name: "no such net", break: solver({ net: '"none.prototxt"' }), says: /none\.prototxt: .*no such file/ },
  {
    name: "a syntax error in the solver",
    break: write("solver.prototxt", 'net: "net.prototxt"\nbase_lr 0.1\n'),
    says: /solver\.prototxt:2:\d+: Expected/,
  },
  {
    name: "a misspelt field in the net",
    break: write("net.prototxt", tinyNet().replace("num_output: 3", "num_outputs: 3")),
    says: /net\.prototxt:\d+:\d+: .*'num_outputs'.*num_output/,
  },
  {
    name: "an unknown layer type",
    break: write("net.prototxt", tinyNet().replace('type: "ReLU"', 'type: "RELU"')),
    says: /net\.prototxt:\d+.*'relu'.*'RELU'.*ReLU/,
  },
  {
    name: "a bottom that no layer makes",
    break: write(
      "net.prototxt",
      tinyNet().replace('bottom: "hidden" top: "score"', 'bottom: "hiden" top: "score"'),
    ),
    says: /'score'.*hiden/,
  },
  {
    name: "shapes that do not match",
    break: write(
      "net.prototxt",
      tinyNet().replace("shape { dim: 16 } data", "shape { dim: 5 } data").replace(
        "shape { dim: 16 }\n",
        "shape { dim: 5 }\n",
      ),
    ),
    says: /'loss'|'label'|'accuracy'/,
  },
  { name: "an unknown solver type", break: solver({ type: '"SDG"' }), says: /SDG/ },
  { name: "an unknown lr_policy", break: solver({ lr_policy: '"triangle"' }), says: /triangle/ },
  { name: "average_loss 0", break: solver({ average_loss: 0 }), says: /average_loss.*0/ },
  { name: "test nets without an interval", break: solver({ test_iter: 3 }), says: /test_interval/ },
  {
    name: "snapshots in a folder that does not exist",
    break: solver({ snapshot_prefix: '"no/such/folder"' }),
    says: /solver\.prototxt:\d+.*folder for snapshots.*snapshot_prefix/,
  },
  {
    name: "an unknown snapshot_format",
    break: solver({ snapshot_format: "HDF6" }),
    says: /solver\.prototxt:\d+.*HDF6/,
  },
  {
    name: "a snapshot and weights",
    args: [...TRAIN, "--snapshot", "a", "--weights", "b"],
    says: /--snapshot.*--weights.*both/,
  },
  {
    name: "no such snapshot",
    args: [...TRAIN, "--snapshot", "a.solverstate"],
    says: /a\.solverstate: .*no such file/,
  },
  {
    name: "a broken snapshot",
    break: write("a.solverstate", new Uint8Array([10, 200, 1, 2])),
    args: [...TRAIN, "--snapshot", "a.solverstate"],
    says: /a\.solverstate: Expected a binary SolverState/,
  },
  {
    name: "weights given as a snapshot",
    break: write("a.solverstate", new Uint8Array([18, 1, 97])),
    args: [...TRAIN, "--snapshot", "a.solverstate"],
    says: /a\.solverstate: Expected a solver state but found no iteration/,
  },
  {
    name: "a truncated HDF5 file as a snapshot",
    break: write("a.h5", Uint8Array.fromHex("894844460d0a1a0a000102")),
    args: [...TRAIN, "--snapshot", "a.h5"],
    says: /a\.h5: Expected an HDF5 file but found one that can't be read: .*written and copied whole/,
  },
  {
    name: "no such weights",
    args: [...TRAIN, "--weights", "w.caffemodel"],
    says: /w\.caffemodel: .*no such file/,
  },
  {
    name: "text for weights",
    break: write("w.caffemodel", 'name: "net"\n'),
    args: [...TRAIN, "--weights", "w.caffemodel"],
    says: /w\.caffemodel: Expected a binary NetParameter but found text/,
  },
  { name: "no solver", args: ["train"], says: /--solver/ },
  {
    name: "an unknown option",
    args: [...TRAIN, "--weight", "x"],
    says: /unknown option '--weight'[\s\S]*--weights/,
  },
  {
    name: "a misspelt option that is required",
    args: ["classify", "--modle", "net.prototxt"],
    says: /unknown option '--modle'[\s\S]*--model/,
  },
  {
    name: "a misspelt --solver",
    args: ["train", "--slover", "s"],
    says: /unknown option '--slover'[\s\S]*--solver/,
  },
  { name: "a misspelt command of layers", args: ["layers", "shwo"], says: /'shwo'\. Did you mean 'show'\?/ },
  {
    name: "a misspelt value of an option",
    args: [...TRAIN, "--winograd", "atuo"],
    says: /'atuo' is invalid.*Did you mean auto\?/,
  },
  {
    name: "a field to set that the net does not have",
    args: [...TRAIN, "--set", "net:hidden.num_outptu=3"],
    says: /--set net:hidden\.num_outptu=3: layer 'hidden': .*did you mean 'num_output'\?/,
  },
  { name: "an unknown command", args: ["trian"], says: /unknown command 'trian'[\s\S]*train/ },
  { name: "no command", args: [], says: /Usage: crema/ },
  { name: "a word instead of a number", args: [...TRAIN, "--threads", "two"], says: /'two'/ },
  {
    name: "an unknown engine",
    args: [...TRAIN, "--engine", "tensorflow"],
    says: /embedded, libcaffe.*'tensorflow'/,
  },
  {
    name: "a test without weights",
    args: ["test", "--model", "net.prototxt"],
    says: /--weights/,
  },
  {
    name: "weights of another net",
    break: async (folder) => {
      await Deno.writeTextFile(
        `${folder}/other.prototxt`,
        tinySolver({ net: '"other_net.prototxt"', max_iter: 1 }),
      );
      await Deno.writeTextFile(`${folder}/other_net.prototxt`, tinyNet({ hidden: 5 }));
      const { code, stderr } = await runCrema(folder, "train", "--solver", "other.prototxt");
      assert.equal(code, 0, stderr);
    },
    args: [...TRAIN, "--weights", "tiny_iter_1.caffemodel"],
    says: /'hidden'.*8.*5|'hidden'.*5.*8/,
  },
];

for (const { name, break: spoil, args = TRAIN, says } of CASES) {
  Deno.test(`crema says what is wrong and exits with 1: ${name}`, () =>
    inFolder(async (folder) => {
      await writeTiny(folder);
      await spoil?.(folder);
      const { code, stdout, stderr } = await runCrema(folder, ...args);
      assert.equal(code, 1, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /mistake in Crema|Uncaught|\n\s+at .*(cli|train|ffi|proto)\//);
      for (const { name } of Deno.readDirSync(folder)) assert.doesNotMatch(name, /iter_40|\.tmp/);
    }));
}

Deno.test("crema --version and --help succeed", () =>
  inFolder(async (folder) => {
    const version = await runCrema(folder, "--version");
    assert.deepEqual([version.code, version.stderr], [0, ""]);
    assert.match(version.stdout, /^crema \d+\.\d+\.\d+\nengine embedded \(.*\)\ndeno \d/);
    const help = await runCrema(folder, "train", "--help");
    assert.equal(help.code, 0);
    assert.match(help.stdout, /--sigint_effect/);
  }));

Deno.test("a loss of NaN is reported once, and training goes on", () =>
  inFolder(async (folder) => {
    const net = tinyNet().replace('type: "gaussian" std: 1', 'type: "gaussian" std: 1e30');
    await writeTiny(folder, tinySolver({ max_iter: 20, base_lr: 1e30 }), net);
    const { code, stderr } = await runCrema(folder, "train", "--solver", "solver.prototxt");
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/The loss became/g)?.length, 1, stderr);
    assert.match(stderr, /Optimization Done/);
  }));
