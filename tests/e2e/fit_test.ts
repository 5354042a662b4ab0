import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { loadSharp } from "../../data/images/load_sharp.ts";
import { readNet, readSolver } from "../../proto/mod.ts";
import { inFolder, runCrema } from "./run_crema.ts";
import { PATTERNS, writeMadeUpPhotos } from "./made_up_photos.ts";

/** Runs a command to its end, which must be a success. */
async function run(folder: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const finished = await runCrema(folder, ...args);
  assert.equal(finished.code, 0, finished.stderr);
  return finished;
}

/** Runs a command that must fail. Returns what it says. */
async function fails(folder: string, ...args: string[]): Promise<string> {
  const { code, stderr } = await runCrema(folder, ...args);
  assert.equal(code, 1, stderr);
  return stderr;
}

const lines = async (path: string) => (await Deno.readTextFile(path)).trimEnd().split("\n");

Deno.test("crema fit learns to tell made-up photos apart, and classify agrees with its test", () =>
  inFolder(async (folder) => {
    await writeMadeUpPhotos(`${folder}/my photos`, 100);
    const { stdout } = await run(folder, "fit", "my photos", "--out", "photos_run");
    assert.match(stdout, /300 images of 3 classes: dots 100, plain 100, stripes 100\n/);
    assert.match(stdout, /240 to learn from, 60 to test on/);
    const accuracy = Number(/Accuracy on 60 images that it did not learn from: ([\d.]+) %/.exec(stdout)?.[1]);
    assert.ok(accuracy >= 95, stdout);

    // The printed command, on all images that were held out.
    const run_ = `${folder}/runs/photos_run/fit`;
    const val = (await lines(`${run_}/val.txt`)).map((line) => /^(.*) (\d)$/.exec(line)!);
    const classify = [
      "--model",
      "runs/photos_run/fit/deploy.prototxt",
      "--weights",
      "runs/photos_run/snapshots/photos_run_iter_600.caffemodel",
    ];
    assert.ok(stdout.includes(`crema classify ${classify.join(" ")} '`), stdout);
    const found = await run(
      folder,
      "classify",
      ...classify,
      "--csv",
      "--top",
      "1",
      ...val.map(([, path]) => path!),
    );
    const rows = found.stdout.trimEnd().split("\n").slice(1).map((row) => row.split(","));
    const right = rows.filter(([file, label], i) =>
      file === val[i]![1] && label === PATTERNS[Number(val[i]![2])]
    );
    assert.equal(rows.length, 60);
    assert.ok(Math.abs(100 * right.length / 60 - accuracy) < 4, `${right.length} of 60, but ${accuracy} %`);

    // It is a scaffold: the files train by themselves, and go on where they ended.
    const solver = await Deno.readTextFile(`${run_}/solver.prototxt`);
    await Deno.writeTextFile(`${run_}/solver.prototxt`, solver.replace("max_iter: 600", "max_iter: 602"));
    const resumed = await run(
      folder,
      "train",
      "--solver",
      "runs/photos_run/solver.prototxt",
      "--snapshot",
      "auto",
    );
    assert.match(resumed.stderr, /Resuming from .*photos_run_iter_600\.solverstate/);
  }));

Deno.test("crema fit writes what was asked for, in grey, and leaves out what can't be read", () =>
  inFolder(async (folder) => {
    const sharp = await loadSharp();
    for (const [label, name] of ["dark", "light"].entries()) {
      mkdirSync(`${folder}/gray/${name}`, { recursive: true });
      for (let i = 0; i < 5; i++) {
        const pixels = new Uint8Array(20 * 24).fill(100 * label + i);
        await sharp(pixels, { raw: { width: 24, height: 20, channels: 1 } }).toColourspace("b-w").png()
          .toFile(`${folder}/gray/${name}/${i}.png`);
      }
    }
    Deno.writeTextFileSync(`${folder}/gray/dark/bad.jpg`, "no image");
    const options = [
      "--val",
      "0.4",
      "--epochs",
      "3",
      "--batch",
      "2",
      "--lr",
      "0.02",
      "--seed",
      "7",
      "--no-train",
    ];
    assert.match(
      await fails(folder, "fit", "gray", "--out", "a", ...options),
      /gray\/dark\/bad\.jpg: Expected an encoded image but found.*--skip-bad-images/,
    );
    const { stdout, stderr } = await run(folder, "fit", "gray", ...options, "--skip-bad-images");
    assert.match(stderr, /Left out 1 image that can't be read:\n {2}gray\/dark\/bad\.jpg: Expected/);
    assert.match(stdout, /Grey, 24x20 to 24x20 pixels; 6 to learn from, 4 to test on/);
    const auto = await run(
      folder,
      "fit",
      "gray",
      ...options.map((each) => each === "0.02" ? "auto" : each),
      ...[
        "--skip-bad-images",
        "--out",
        "found",
      ],
    );
    const found = await readSolver(`${folder}/runs/found/fit/solver.prototxt`);
    const rate = Number(/learning rate of ([\d.e-]+) after/.exec(auto.stdout)?.[1]);
    assert.ok(rate > 0 && rate < 1 && Math.abs(found.base_lr! / rate - 1) < 0.01, auto.stdout);
    assert.match(await Deno.readTextFile(`${folder}/runs/found/fit/learning_rate.svg`), /^<svg /);
    const out = `${folder}/runs/gray/fit`;
    const solver = await readSolver(`${out}/solver.prototxt`);
    assert.deepEqual(
      [solver.max_iter, solver.base_lr, solver.random_seed, solver.lr_policy, solver.test_iter],
      [9, 0.02, 7, "cosine", [1]],
    );
    const [train, test] = (await readNet(`${out}/train_val.prototxt`)).layer!;
    assert.deepEqual(
      [train!.image_data_param!.batch_size, test!.image_data_param!.batch_size],
      [2, 4],
    );
    assert.deepEqual([train!.image_data_param!.is_color, train!.transform_param!.mirror], [false, true]);
    assert.equal(test!.transform_param!.mirror, undefined);
    const deploy = await readNet(`${out}/deploy.prototxt`);
    assert.deepEqual(deploy.layer![0]!.input_param!.shape![0]!.dim, [16, 1, 20, 20]);
    assert.deepEqual(await lines(`${out}/labels.txt`), ["dark", "light"]);
    const { channels, labels, size } = JSON.parse(await Deno.readTextFile(`${out}/preprocess.json`));
    assert.deepEqual([channels, labels, size], ["GRAY", ["dark", "light"], [20, 20]]);
    const all = [...await lines(`${out}/train.txt`), ...await lines(`${out}/val.txt`)];
    assert.equal(new Set(all).size, 10);

    // A second run has a folder of its own; one that was named must be new.
    assert.match(
      (await run(folder, "fit", "gray", ...options, "--skip-bad-images")).stdout,
      /to runs\/gray_2\/fit\/\n/,
    );
    assert.match(
      await fails(folder, "fit", "gray", ...options, "--out", "runs/gray"),
      /runs\/gray: Expected a new run but found one/,
    );
  }));

Deno.test("crema fit takes weights where they fit, and says which layer learns anew", () =>
  inFolder(async (folder) => {
    const sharp = await loadSharp();
    for (const [label, name] of ["blue", "green", "red"].entries()) {
      mkdirSync(`${folder}/train/${name}`, { recursive: true });
      const background = ["#2030e0", "#20c030", "#e03020"][label]!;
      for (let i = 0; i < 6; i++) {
        await sharp({ create: { width: 20 + i, height: 22, channels: 3, background } }).png()
          .toFile(`${folder}/train/${name}/${i}.png`);
      }
    }
    // Two classes of the three, by a table.
    await Deno.writeTextFile(
      `${folder}/two.csv`,
      [
        "path,label",
        ...["blue", "red"].flatMap((name) =>
          Array.from({ length: 6 }, (_, i) => `train/${name}/${i}.png,${name}`)
        ),
      ].join("\n"),
    );
    const quick = ["--epochs", "8", "--batch", "4", "--model", "lenet", "--lr", "0.01", "--no-augment"];
    const first = await run(folder, "fit", "two.csv", ...quick, "--out", "two");
    assert.match(first.stdout, /12 images of 2 classes: blue 6, red 6/);
    const weights = ["--weights", "runs/two/snapshots/two_iter_24.caffemodel"];
    const second = await run(folder, "fit", "train", ...quick, ...weights, "--out", "three");
    assert.match(second.stdout, /Weights: 3 layers copied, 1 not found, 1 left out/);
    assert.match(second.stdout, /not found {3}ip2_three: keeps what its filler gave/);
    assert.match(second.stdout, /Accuracy on 3 images that it did not learn from: [\d.]+ %/);
    // A net that was fitted itself gets images as it knows them.
    const tuned = ["--model", "runs/two/fit/deploy.prototxt", ...weights, "--out", "tuned", "--no-train"];
    await run(folder, "fit", "train", ...tuned);
    const prepared = async (name: string) => {
      const { labels, ...rest } = JSON.parse(
        await Deno.readTextFile(`${folder}/runs/${name}/fit/preprocess.json`),
      );
      return [labels.length, rest];
    };
    const [, ofTwo] = await prepared("two");
    assert.deepEqual(await prepared("tuned"), [3, ofTwo]);
    assert.match(
      await Deno.readTextFile(`${folder}/runs/tuned/fit/train_val.prototxt`),
      new RegExp(`scale: ${ofTwo.scale}\\b`),
    );
    assert.match(
      await fails(folder, "fit", "train", "--model", "squeezenet", ...weights, "--size", "64"),
      /Expected weights for layers of the net 'SqueezeNet' in .*two_iter_24\.caffemodel but found none that fit.*The net has 'fire2/s,
    );
    assert.match(
      await fails(folder, "fit", "train", "--model", "resnet"),
      /Expected a --model, small, lenet, .* but found 'resnet'\. Did you mean 'resnet18'\?/,
    );
  }));
