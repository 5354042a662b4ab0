// The README's training script and layer must work as printed.

import { equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { OWN_FOLDERS } from "../../base/own_folders.ts";

const root = join(import.meta.dirname!, "../..");

/** A block of the README, by its first line. */
async function readmeBlock(firstLine: string): Promise<string> {
  const readme = await Deno.readTextFile(join(root, "README.md"));
  const blocks = [...readme.matchAll(/^```[^\n]*\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
  const block = blocks.find((text) => text.startsWith(`${firstLine}\n`));
  if (block === undefined) throw new Error(`Expected a block of the README that begins with '${firstLine}'`);
  return block;
}

async function deno(cwd: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  ok(success, decoder.decode(stderr));
  return decoder.decode(stdout);
}

/** A folder from which the checkout's models run, with snapshots of its own. */
async function makeWorkspace(): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const name of ["data-cache", "models", ...OWN_FOLDERS]) {
    await Deno.symlink(join(root, name), join(folder, name));
  }
  return folder;
}

Deno.test("the README's script trains LeNet through the TypeScript loss", async () => {
  await deno(root, "run", "-A", "cli/main.ts", "dataset", "mnist");
  const folder = await makeWorkspace();
  try {
    await Deno.writeTextFile(join(folder, "train.ts"), await readmeBlock("// train.ts"));
    const output = await deno(folder, "run", "-A", "--config", join(root, "deno.json"), "train.ts");
    const accuracies = [...output.matchAll(/^(\d+) accuracy ([\d.]+)$/gm)].map(([, , value]) =>
      Number(value)
    );
    equal(accuracies.length, 2, output); // before the first iteration and after the last
    ok(accuracies[0]! < 0.3 && accuracies[1]! > 0.95, output);
    match(output, /^400 loss 0\.\d+$/m);
    ok(await Deno.stat(join(folder, "snapshots/lenet_script_iter_500.solverstate")));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the README's layer trains in the README's network", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const layer = await readmeBlock("// half_squared_error.ts");
    await Deno.writeTextFile(join(folder, "half_squared_error.ts"), layer);
    const readme = await Deno.readTextFile(join(root, "README.md"));
    const [loss] = /^layer \{\n[\s\S]*?^\}$/m.exec(readme) ?? [];
    const net = `
      layer { name: "in" type: "DummyData" top: "x" top: "target" dummy_data_param {
        shape { dim: 32 dim: 2 } data_filler { type: "gaussian" std: 1 }
        shape { dim: 32 dim: 1 } data_filler { type: "constant" value: 3 } } }
      layer { name: "pred" type: "InnerProduct" bottom: "x" top: "pred" inner_product_param { num_output: 1 } }
      ${loss}`;
    await Deno.writeTextFile(join(folder, "net.prototxt"), net);
    await Deno.writeTextFile(
      join(folder, "solver.prototxt"),
      `net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 100 display: 50
       snapshot_after_train: false random_seed: 1`,
    );
    const script = `
      import { Solver } from "crema";
      using solver = await Solver.fromFile("solver.prototxt");
      const first = solver.step();
      while (solver.iteration < 100) solver.step();
      console.log(JSON.stringify([first, solver.step()]));`;
    await Deno.writeTextFile(join(folder, "train.ts"), script);
    const output = await deno(folder, "run", "-A", "--config", join(root, "deno.json"), "train.ts");
    const [first, last] = JSON.parse(output) as [number, number];
    ok(Math.abs(first - 4.5) < 1e-5 && last < 0.01, output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
