import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { withExampleFiles } from "../../../../../script/check/examples/example_files.ts";
import { checkLayer } from "../../../../../script/check/check_layer.ts";
import { Layer } from "../../../../../layers/layer.ts";
import { type Blob, locationOf } from "../../../../../mod.ts";

Deno.test("an example's files exist while it runs, in a folder of their own", async () => {
  let prototxt = "";
  const files = { "a/b/c.txt": "übung", "d.bin": Uint8Array.of(0, 255) };
  const found = await withExampleFiles({ bottoms: [], files }, async (path) => {
    prototxt = path!;
    return [
      await Deno.readTextFile(join(dirname(path!), "a/b/c.txt")),
      await Deno.readFile(join(path!, "../d.bin")),
    ];
  });
  assert.deepEqual(found, ["übung", Uint8Array.of(0, 255)]);
  assert.ok(!existsSync(dirname(prototxt)));
  await assert.rejects(
    withExampleFiles({ bottoms: [], files }, (path) => {
      prototxt = path!;
      throw new RangeError("wrong");
    }),
    RangeError,
  );
  assert.ok(!existsSync(dirname(prototxt)));
  assert.equal(await withExampleFiles({ bottoms: [] }, (path) => Promise.resolve(path)), undefined);
});

/** Three numbers from a file, the same in every batch. */
class LinesLayer extends Layer<{ source: string }> {
  static bottoms = 0;
  static tops = 1;
  static examples = [{
    bottoms: [],
    files: { "crema_check/lines.txt": "1\n-2\n3.5\n" },
    param: { source: "crema_check/lines.txt" },
  }];
  #values: number[] = [];

  override setup(): void {
    const path = join(dirname(locationOf(this.layerParam)!.file!), this.param.source);
    this.#values = Deno.readTextFileSync(path).trim().split("\n").map(Number);
  }

  override reshape(_: [], [y]: [Blob]): void {
    y.reshape(this.#values.length);
  }

  override forward(_: [], [y]: [Blob]): void {
    y.data.set(this.#values);
  }

  override backward(): void {}
}

Deno.test("what a layer that reads an example's file writes is checked, also beside its tops", async () => {
  const check = async (forward: (y: Blob) => void) => {
    class WrongLayer extends LinesLayer {
      override forward(bottoms: [], [y]: [Blob]): void {
        super.forward(bottoms, [y]);
        forward(y);
      }
    }
    const { findings, skipped, uses } = await checkLayer(WrongLayer);
    assert.deepEqual(skipped, []);
    assert.equal(uses.length, 2);
    return findings.map(({ rule, what }) => `${rule}: ${what}`);
  };
  assert.deepEqual(await check(() => {}), []);
  assert.deepEqual(await check(({ data }) => data[1]! = NaN), ["not-finite: top 0 is NaN"]);
  assert.deepEqual(await check(({ data }) => data[3] = 1), [
    "out-of-range: forward writes index 3 of top 0's data, which has 3 elements",
  ]);
  assert.deepEqual(
    await check(({ data }) => new Float32Array(data.buffer)[data.byteOffset / 4 + 4] = 7),
    ["guard-zone: forward writes element 4 of top 0's data, which has 3 elements"],
  );
  assert.deepEqual(await check((y) => y.diff.fill(1)), ["top-diff-written: forward writes top 0's diff"]);

  class LazyLayer extends LinesLayer {
    override forward(_: [], [y]: [Blob]): void {
      y.data[0] = 1;
    }
  }
  const { findings: [lazy] } = await checkLayer(LazyLayer);
  assert.equal(lazy!.rule, "top-not-written");
  assert.deepEqual(lazy!.element, [1]);
});
