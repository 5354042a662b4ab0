import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { npmPackages, packNpmPackage, TESTED_DENO } from "../../tools/npm/npm_packages.ts";
import { provideMnist } from "./mnist.ts";
import { inFolder, ROOT } from "./run_crema.ts";
import { runProgram } from "./run_program.ts";

const SCRIPT = `import { Layer, Net } from "crema";
import { GELULayer } from "crema/layers";
import { Triple } from "./own.ts";

using net = await Net.fromFile("net.prototxt");
const { d } = net.forward();
const [value] = d as Float32Array;
console.log(value!.toFixed(3), GELULayer.name, Triple.prototype instanceof Layer);
`;

const OWN = `import { type Blob, Layer } from "crema";
export class Triple extends Layer {
  override reshape([a]: [Blob], [b]: [Blob]): void { b.reshape(...a.shape); }
  override forward([a]: [Blob], [b]: [Blob]): void { b.data.set(a.data.map((x) => 3 * x)); }
}
`;

const NET = `
layer { name: "a" type: "DummyData" top: "a" dummy_data_param { shape { dim: 2 } data_filler { value: 1 } } }
layer { name: "b" type: "Script" bottom: "a" top: "b" script_param { module: "./own.ts" layer: "Triple" } }
layer { name: "c" type: "Script" bottom: "b" top: "c" script_param { module: "crema/layers" layer: "GELULayer" } }
layer { name: "d" type: "Mish" bottom: "c" top: "d" }
`;

const DATA_NET = `
layer { name: "data" type: "Data" top: "data" top: "label" data_param { source: "${ROOT}data-cache/mnist/mnist_test_lmdb"
  backend: LMDB batch_size: 10 } transform_param { scale: 0.00390625 } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 10 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
`;

Deno.test('the npm packages work: npx crema, and import "crema", with types and without a compiler', async () => {
  await provideMnist();
  await inFolder(async (folder) => {
    const tarballs: string[] = [];
    for (const each of await npmPackages(join(folder, "packages"))) {
      tarballs.push(await packNpmPackage(each, folder));
    }
    const user = join(folder, "user");
    await Deno.mkdir(user);
    const files = {
      "package.json": "{}\n",
      "script.ts": SCRIPT,
      "own.ts": OWN,
      "net.prototxt": NET,
      "data_net.prototxt": DATA_NET,
      "solver.prototxt":
        `net: "data_net.prototxt" base_lr: 0.01 lr_policy: "fixed" max_iter: 20 display: 10 snapshot_prefix: "own"\n`,
    };
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(join(user, name), text);
    const quiet = ["--no-audit", "--no-fund", "--no-update-notifier"];
    const installed = await runProgram("npm", ["install", ...quiet, ...tarballs], { cwd: user });
    assert.equal(installed.code, 0, installed.stderr);

    const script = await runProgram(Deno.execPath(), ["run", "-A", "--check", "script.ts"], { cwd: user });
    assert.equal(script.code, 0, script.stderr);
    assert.equal(script.stdout, "2.982 GELULayer true\n");
    await Deno.writeTextFile(
      join(user, "wrong.ts"),
      'import { Net } from "crema";\nconst one: string = Net;\n',
    );
    const wrong = await runProgram(Deno.execPath(), ["check", "wrong.ts"], { cwd: user });
    assert.match(wrong.stderr, /TS2322/);

    const env = { PATH: `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}` };
    const crema = async (cwd: string, ...args: string[]) => {
      const command = join(user, "node_modules/.bin/crema");
      const { code, stdout, stderr } = await runProgram(command, args, { cwd, env });
      assert.equal(code, 0, stderr);
      return stdout + stderr;
    };
    assert.match(await crema(user, "--version"), /^crema [\d.]+\nengine embedded \(/);
    assert.match(await crema(user, "train", "--solver", "solver.prototxt"), /Iteration 20, loss = /);
    assert.ok(Deno.statSync(join(user, "own_iter_20.caffemodel")).isFile);
    assert.match(await crema(user, "layers", "show", "FocalLoss"), /gamma +number/);
    // In a folder that has neither node_modules nor a deno.json.
    const other = join(folder, "other");
    await Deno.mkdir(other);
    assert.match(
      await crema(other, "new", "layer", "margin_loss"),
      /\n {2}npx crema check \.\/margin_loss\.ts\n/,
    );
    // No registry has the package that is tested.
    assert.match(await Deno.readTextFile(join(other, "deno.json")), /"crema": "npm:crema@/);
    await Deno.remove(join(other, "deno.json"));
    // In the project that has the package.
    const told = await crema(user, "new", "layer", "margin_loss");
    assert.equal(existsSync(join(user, "deno.json")), false);
    const [, version, args] = /^ {2}npx -y deno@(\S+) (test .*)$/m.exec(told) ?? [];
    assert.equal(version, TESTED_DENO);
    const tested = await runProgram(Deno.execPath(), args!.split(" "), { cwd: user });
    assert.equal(tested.code, 0, tested.stdout + tested.stderr);
    assert.match(await crema(other, "check", "./margin_loss.ts"), /no mistakes/);
    const failed = await runProgram(join(user, "node_modules/.bin/crema"), ["train"], { cwd: user, env });
    assert.equal(failed.code, 1);

    // Every library beyond glibc comes from the package.
    const engine = join(
      user,
      "node_modules/@crema",
      `engine-linux-${Deno.build.arch === "aarch64" ? "arm64" : "x64"}`,
    );
    const { stdout } = await runProgram("ldd", [join(engine, "libcrema_engine.so")]);
    const elsewhere = [...stdout.matchAll(/^\s+(\S+) => (\S+)/gm)].filter(([, , path]) =>
      !path!.startsWith(engine)
    );
    assert.deepEqual(
      elsewhere.map(([, name]) => name).filter((name) => !/^lib(c|m|dl|rt|pthread)\./.test(name!)),
      [],
    );
  });
});
