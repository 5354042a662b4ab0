import assert from "node:assert/strict";
import { checkLayer } from "../../../../../script/check/check_layer.ts";
import { Layer } from "../../../../../layers/layer.ts";
import { Blob } from "../../../../../mod.ts";

/** y = x / ‖x‖, computed with all methods of Blob that read or write values. */
class UnitLayer extends Layer {
  static bottoms = 1;
  static tops = 1;
  static examples = [{ bottoms: [[3, 4]] }];

  override reshape([x]: [Blob], [y]: [Blob]): void {
    if (x === y) throw new RangeError("Expected no top in place");
    y.reshapeLike(x);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    y.write(x.read());
    const { sumsq } = y.norms();
    y.data.set(x.data.map((value) => value / Math.sqrt(sumsq)));
    assert.ok(Math.abs(y.norms().sumsq - 1) < 1e-5, "norms are of what was written before");
    assert.deepEqual(y.read(), y.data.slice());
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    const length = Math.sqrt(x.norms().sumsq), unit = y.data;
    const along = y.diff.reduce((sum, above, i) => sum + above * unit[i]!, 0);
    x.write(y.diff.map((above, i) => (above - along * unit[i]!) / length), "diff");
    const { asum } = x.norms("diff");
    assert.ok(Math.abs(asum - x.diff.reduce((sum, value) => sum + Math.abs(value), 0)) < 1e-5);
  }
}

Deno.test("a layer that uses Blob's norms, read and write is checked as it would run", async () => {
  const { findings, skipped } = await checkLayer(UnitLayer);
  assert.deepEqual(findings.map(String), []);
  assert.deepEqual(skipped, []);
});

Deno.test("every member of Blob agrees with its views while a layer is watched", async () => {
  const members = Object.getOwnPropertyNames(Blob.prototype).filter((name) => name !== "constructor");
  const used = new Set<string>();
  class AllLayer extends UnitLayer {
    override forward([x]: [Blob], [y]: [Blob]): void {
      const [items] = x.shape; // batches of another size are checked as well
      y.data.fill(-2);
      const found: Record<string, unknown> = {
        shape: [...y.shape],
        count: y.count,
        numAxes: y.numAxes,
        num: y.num,
        channels: y.channels,
        height: y.height,
        width: y.width,
        data: y.data[5],
        diff: y.diff.length,
        read: y.read()[5],
        write: (y.write(Float32Array.of(7), "data", 5), y.data[5]),
        keep: y.keep(),
        norms: y.norms(),
        reshape: (y.reshape(items!, 4), y.reshape([items!, 4]), y.data[5]),
        reshapeLike: (y.reshapeLike(x), y.data[5]),
        toString: String(y),
      };
      assert.deepEqual(found, {
        shape: [items, 4],
        count: 4 * items!,
        numAxes: 2,
        num: items,
        channels: 4,
        height: 1,
        width: 1,
        data: -2,
        diff: 4 * items!,
        read: -2,
        write: 7,
        keep: undefined,
        norms: { asum: 8 * items! + 5, sumsq: 16 * items! + 45 },
        reshape: 7,
        reshapeLike: 7,
        toString: `Blob (${items}, 4)`,
      });
      for (const name of Object.keys(found)) used.add(name);
      super.forward([x], [y]);
    }
  }
  const { findings, skipped } = await checkLayer(AllLayer);
  assert.deepEqual(findings.map(String), []);
  assert.deepEqual(skipped, []);
  assert.deepEqual([...used].sort(), members.sort());
});
