import assert from "node:assert/strict";
import { join } from "node:path";
import { encode } from "../../proto/codec/binary.ts";
import { idxOf, pngOf, rawOf, tenDigits } from "./digits.ts";
import { canMakeRoots, makeEmptyRoot, runInRoot } from "./empty_root.ts";
import { provideMnist } from "./mnist.ts";
import { inFolder, readLines, ROOT, runCrema } from "./run_crema.ts";
import { runProgram } from "./run_program.ts";

/** The largest size of a compiled command, in bytes. */
const LIMIT = 55e6;

await provideMnist();
const rootsCanBeMade = await canMakeRoots();

/** Makes a program in a folder; fails with the errors of the command. Returns what it printed. */
async function compiled(folder: string, name: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCrema(ROOT, "compile", ...args, "-o", join(folder, name));
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Trains until the page has answered for all that it shows, then stops by it. */
async function lookAtPage(program: string, cwd: string): Promise<void> {
  await Deno.writeTextFile(
    join(cwd, "endless.prototxt"),
    `base_lr: 0.01 lr_policy: "fixed" max_iter: 1000000000 snapshot_after_train: false net_param {
      layer { name: "data" type: "DummyData" top: "x" dummy_data_param {
        shape { dim: 2 dim: 3 } data_filler { type: "gaussian" } } }
      layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 3 } }
      layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "x" top: "loss" } }`,
  );
  const child = new Deno.Command(program, {
    args: ["train", "endless.prototxt", "--ui"],
    cwd,
    env: { NO_COLOR: "1", XDG_CACHE_HOME: cwd },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const address = Promise.withResolvers<string>();
  const lines = readLines(child.stderr, (line) => {
    const url = /page of this training: (\S+)/.exec(line)?.[1];
    if (url !== undefined) address.resolve(url);
  });
  lines.then((all) => address.reject(new Error(all.join("\n"))));
  try {
    const url = await address.promise;
    const page = await (await fetch(url)).text();
    for (const path of ["page.js", "page.css", "plot.js", "plot.css", "net.svg", "parameters", "filters"]) {
      const response = await fetch(new URL(path, url));
      const body = await response.text();
      assert.equal(response.status, 200, `${path}: ${body}`);
    }
    const [, token = ""] = /<meta name="token" content="([^"]+)">/.exec(page) ?? [];
    const stop = await fetch(new URL("stop", url), { method: "POST", headers: { "x-crema-token": token } });
    assert.equal(stop.status, 202, await stop.text());
    assert.equal((await child.status).code, 0, (await lines).join("\n"));
  } finally {
    // It has ended, unless something is wrong.
    try {
      child.kill("SIGKILL");
    } catch {
      // As it should.
    }
    await child.status;
  }
}

Deno.test({
  name: "a compiled crema trains in an empty root, with a layer given by path",
  ignore: !rootsCanBeMade,
  fn: async () =>
    await inFolder(async (root) => {
      await makeEmptyRoot(root);
      const said = await compiled(join(root, "bin"), "crema", "--allow-net=127.0.0.1");
      assert.match(said, /^It may: --allow-read --allow-write .*--no-remote$/m);
      assert.ok(Deno.statSync(join(root, "bin/crema")).size <= LIMIT);

      const version = await runInRoot(root, "crema --version");
      assert.match(version.stdout, /^crema \d.*\nengine embedded \(.*oneDNN \d.*\)\ndeno \d/);

      await Deno.mkdir(join(root, "work/mnist_train_lmdb"), { recursive: true });
      const data = "data-cache/mnist/mnist_train_lmdb";
      await Deno.copyFile(join(ROOT, data, "data.mdb"), join(root, "work/mnist_train_lmdb/data.mdb"));
      const net = await Deno.readTextFile(join(ROOT, "models/lenet_script/net.prototxt"));
      await Deno.writeTextFile(
        join(root, "work/net.prototxt"),
        net.replaceAll("data-cache/mnist/mnist_test_lmdb", data).replaceAll(data, "mnist_train_lmdb")
          .replace(/module: *"[^"]*"\s*layer: *"[^"]*"/, 'module: "./own_loss.ts" layer: "OwnLoss"'),
      );
      await Deno.writeTextFile(
        join(root, "work/own_loss.ts"),
        `import { SoftmaxLossLayer } from "crema/layers";\nexport class OwnLoss extends SoftmaxLossLayer {}\n`,
      );
      await Deno.writeTextFile(
        join(root, "work/solver.prototxt"),
        `net: "net.prototxt" base_lr: 0.01 momentum: 0.9 lr_policy: "fixed" display: 100 max_iter: 200 random_seed: 1
        test_iter: 20 test_interval: 200 snapshot_prefix: "lenet"`,
      );
      const { code, stderr } = await runInRoot(root, "cd /work && crema train --solver solver.prototxt");
      assert.equal(code, 0, stderr);
      const [, accuracy] = /Iteration 200, Testing[^]*accuracy = ([\d.]+)/.exec(stderr) ?? [];
      assert.ok(Number(accuracy) > 0.85, stderr);
      assert.ok(Deno.statSync(join(root, "work/lenet_iter_200.caffemodel")).size > 1e6);
      // An empty root has no network, so this is outside of it.
      await lookAtPage(join(root, "bin/crema"), join(root, "work"));
    }),
});

Deno.test({
  name: "a compiled crema writes, checks, shows and locks layers, and compiles, in an empty root",
  ignore: !rootsCanBeMade,
  fn: async () =>
    await inFolder(async (root) => {
      await makeEmptyRoot(root);
      await compiled(join(root, "bin"), "crema");
      await Deno.mkdir(join(root, "work"));
      const crema = async (args: string) => {
        const { code, stdout, stderr } = await runInRoot(root, `cd /work && crema ${args}`);
        assert.equal(code, 0, stderr);
        return stdout;
      };
      await crema("new layer center_loss");
      assert.match(await crema("check ./center_loss.ts"), /^CenterLossLayer: no mistakes/);
      assert.match(await crema("layers show FocalLoss"), /FocalLossLayer/);
      await crema("lock center_loss_net.prototxt");
      await crema("train --solver center_loss_solver.prototxt");
      const weights = "none.caffemodel";
      await Deno.writeFile(join(root, "work", weights), encode("NetParameter", { name: "none" }));
      // The bytes must be those that are made here.
      const net =
        'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 2 } } }\n' +
        'layer { name: "x2" type: "Power" bottom: "data" top: "x2" power_param { scale: 2 } }\n';
      await Deno.writeTextFile(join(root, "work/deploy.prototxt"), net);
      const args = (folder: string) => ["--model", `${folder}deploy.prototxt`, "--weights", folder + weights];
      await crema(`compile ${args("").join(" ")} -o there`);
      await compiled(root, "here", ...args(join(root, "work/")));
      assert.deepEqual(
        await Deno.readFile(join(root, "work/there")),
        await Deno.readFile(join(root, "here")),
      );
    }),
});

Deno.test("a compiled classifier labels ten digits right: an IDX file, raw values, images, HTTP", async (t) => {
  await inFolder(async (folder) => {
    const solver = await Deno.readTextFile(join(ROOT, "models/lenet/solver.prototxt"));
    await Deno.writeTextFile(
      join(folder, "solver.prototxt"),
      `${
        solver.replace(/max_iter: \d+/, "max_iter: 500").replace(/test_interval: \d+/, "test_interval: 1000")
          .replace(/test_iter: \d+/, "test_iter: 1 test_initialization: false")
          .replace(/snapshot_prefix: ".*"/, `snapshot_prefix: "${folder}/lenet"`)
      }`,
    );
    const trained = await runCrema(ROOT, "train", "--solver", join(folder, "solver.prototxt"));
    assert.equal(trained.code, 0, trained.stderr);
    const labels = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    await Deno.writeTextFile(join(folder, "labels.txt"), `${labels.join("\n")}\n`);
    const weights = join(folder, "lenet_iter_500.caffemodel");
    const args = ["--model", "models/lenet/deploy.prototxt", "--weights", weights];
    const said = await compiled(folder, "classify", ...args, "--labels", join(folder, "labels.txt"));
    assert.match(said, /^It may: --allow-read=\{root\} /m);
    assert.doesNotMatch(said, /--allow-write|--allow-run/);
    const program = join(folder, "classify"), env = { XDG_CACHE_HOME: folder };
    const digits = tenDigits();

    await t.step("text and JSON", async () => {
      const idx = await runProgram(program, ["--json", "--top", "1"], { env, stdin: idxOf(digits) });
      assert.deepEqual(JSON.parse(idx.stdout).map(([{ label }]: [{ label: string }]) => label), labels);
      const raw = await runProgram(program, ["--top", "2"], { env, stdin: rawOf(digits) });
      const firsts = raw.stdout.split("\n").filter((_, line) => line % 3 === 1);
      assert.deepEqual(firsts.map((line) => /"(.*)"/.exec(line)?.[1]), labels);
      const png = await runProgram(program, [], { env, stdin: await pngOf(digits[7]!) });
      assert.match(png.stdout, /^\d\.\d{4} - "seven"\n(\d\.\d{4} - "\w+"\n){4}$/);
    });

    await t.step("HTTP", async () => {
      const child = new Deno.Command(program, {
        args: ["--serve", "0"],
        env: { NO_COLOR: "1", ...env },
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      const stderr = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
      const { value = "" } = await stderr.read();
      const url = /^Listening on (http:\S+)/.exec(value)?.[1];
      assert.ok(url !== undefined, value);
      const answers = await Promise.all(
        digits.map(async (digit) =>
          (await (await fetch(`${url}?top=1`, { method: "POST", body: await pngOf(digit) })).json())[0][0]
        ),
      );
      assert.deepEqual(answers.map(({ label }) => label), labels);
      const bad = await fetch(url, { method: "POST", body: "no digit" });
      assert.equal(bad.status, 400);
      assert.match(
        (await bad.json()).error,
        /Expected an image, an IDX file, or 3136 bytes .* but found 8 bytes/,
      );
      child.kill("SIGINT");
      assert.equal((await child.status).code, 0);
      await stderr.cancel();
    });

    await t.step("wrong input", async () => {
      for (
        const [stdin, message] of [
          [new Uint8Array(), /Expected an input but found no bytes/],
          [idxOf(digits).subarray(0, 1000), /Expected 7856 bytes .* but found 1000 bytes/],
          [(await pngOf(digits[0]!)).subarray(0, 100), /Expected an image but found/],
        ] as const
      ) {
        const { code, stderr } = await runProgram(program, [], { env, stdin });
        assert.equal(code, 1);
        assert.match(stderr, message);
      }
      const file = await runProgram(program, [join(folder, "labels.txt")], { env });
      assert.equal(file.code, 1);
      assert.match(file.stderr, /may not read files/);
      const address = await runProgram(program, ["--serve", "0.0.0.0:0"], { env });
      assert.equal(address.code, 1);
      assert.match(address.stderr, /compile with --allow-net/i);
    });

    await t.step({
      name: "in an empty root",
      ignore: !rootsCanBeMade,
      fn: async () => {
        const root = join(folder, "root");
        await makeEmptyRoot(root);
        await Deno.copyFile(program, join(root, "bin/classify"));
        const { code, stdout, stderr } = await runInRoot(root, "classify --json --top 1", {
          stdin: idxOf(digits),
        });
        assert.equal(code, 0, stderr);
        assert.deepEqual(JSON.parse(stdout).map(([{ label }]: [{ label: string }]) => label), labels);
      },
    });
  });
});
