import assert from "node:assert/strict";
import { serveModules } from "./module_server.ts";
import { type Finished, inFolder, runCrema } from "./run_crema.ts";

const MODULE = `/**
 * Losses of a margin.
 *
 * @module
 */
import { type Blob, Layer } from "crema";
import { z } from "zod";

const params = z.strictObject({
  margin: z.number().positive().default(1).describe("where the loss begins"),
  classes: z.int().min(2).describe("how many there are"),
});

/** The mean of what a score lacks to the margin. Bottom: x (N). */
export class MarginLossLayer extends Layer<z.output<typeof params>> {
  static type = "MarginLoss";
  static params = params;
  static isLoss = true;
  static bottoms = [1, 2] as const;
  static tops = 1;
  static param = [{ lr_mult: 2 }];
  override reshape() {}
  override forward(_: Blob[], _tops: Blob[]) {}
}

/** Takes what another library checks. */
export class OtherLayer extends MarginLossLayer {
  static override type = "Other";
  static override params: any = { "~standard": { version: 1, vendor: "other", validate: (value: unknown) => ({ value }) } };
  static override bottoms: any = undefined;
  static override isLoss = false;
  static override param = [];
}
`;

const show = (folder: string, ...args: string[]): Promise<Finished> =>
  runCrema(folder, "layers", "show", ...args);

const PAGE = `
Losses of a margin.

MarginLossLayer

  The mean of what a score lacks to the margin. Bottom: x (N).

  layer type  "MarginLoss", with --layers
  bottoms     1 to 2
  tops        1
  loss        the first top, with loss_weight 1 unless the prototxt gives one
  param 0     lr_mult 2

  param_str, as JSON:
    margin   number > 0   default 1  where the loss begins
    classes  integer ≥ 2  required   how many there are

  layer {
    name: "mine"  type: "Script"  bottom: "bottom1"  top: "loss"
    script_param { module: "MODULE"  layer: "MarginLossLayer"  param_str: '{"classes":2}' }
  }

OtherLayer

  Takes what another library checks.

  layer type  "Other", with --layers
  bottoms     any number
  tops        1

  param_str: checked by a schema of other, which can't be shown

  layer {
    name: "mine"  type: "Script"  bottom: "bottom1"  top: "top1"
    script_param { module: "MODULE"  layer: "OtherLayer" }
  }
`;

Deno.test("crema layers show prints the page of a local module, and of a module by URL, offline if it is cached", async () => {
  const server = serveModules({ "margin.ts": MODULE });
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/margin.ts`, MODULE);
    for (const module of ["./margin.ts", "margin"]) {
      const { code, stdout, stderr } = await show(folder, module);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, `${module}\nfile://${folder}/margin.ts\n${PAGE.replaceAll("MODULE", module)}`);
    }
    const url = `${server.base}margin.ts`;
    try {
      const { code, stdout, stderr } = await show(folder, url);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, `${url}\n${PAGE.replaceAll("MODULE", url)}`);
    } finally {
      await server[Symbol.asyncDispose]();
    }
    assert.equal((await show(folder, url, "--cached-only")).code, 0);
  });
});

Deno.test("a layer type, a class or a module of the library or of --layers shows the layer; --json prints all of it", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/margin.ts`, MODULE);
    for (const name of ["FocalLoss", "FocalLossLayer", "crema/layers/focal_loss.ts"]) {
      const { code, stdout, stderr } = await show(folder, name, "--json");
      assert.equal(code, 0, stderr);
      const page = JSON.parse(stdout);
      assert.equal(page.module, "crema/layers/focal_loss.ts");
      assert.deepEqual(page.layers.map(({ layer }: { layer: string }) => layer), ["FocalLossLayer"]);
      const [layer] = page.layers;
      assert.match(layer.doc, /^Focal loss: E = /);
      assert.deepEqual([layer.type, layer.isLoss, layer.bottoms, layer.tops], ["FocalLoss", true, [2, 2], [
        1,
        1,
      ]]);
      assert.equal(layer.schema.properties.gamma.default, 2);
    }
    const claimed = await show(folder, "Other", "--layers", "./margin.ts");
    assert.equal(claimed.code, 0, claimed.stderr);
    assert.match(claimed.stdout, /\nOtherLayer\n/);
    assert.doesNotMatch(claimed.stdout, /\nMarginLossLayer\n/);
  }));

Deno.test("a file that is not a module, and a module without layers: errors, exit 1", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/none.ts`, "export const a = 1;\n");
    for (
      const [args, message] of [
        [["InnerProduct"], /Expected a module but found 'InnerProduct', a layer of the engine's own/],
        [["FocalLos"], /Expected module 'FocalLos' in .* Did you mean 'FocalLoss'\?/],
        [["./missing.ts"], /Expected a module at \S+missing\.ts but found no such file/],
        [["./none.ts"], /Expected a layer class in module '\.\/none\.ts' but found a\. A layer class has/],
        [[], /missing required argument 'module'/],
      ] as const
    ) {
      const { code, stderr } = await show(folder, ...args);
      assert.equal(code, 1, stderr);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /mistake in Crema/);
    }
    assert.equal((await runCrema(folder, "layers", "sho")).code, 1);
  }));
