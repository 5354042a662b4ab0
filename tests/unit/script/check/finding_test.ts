import assert from "node:assert/strict";
import { checkLayer } from "../../../../script/check/check_layer.ts";
import { identityOf } from "../../../../script/check/finding.ts";
import { errorKey } from "../../../../script/check/finding_key.ts";
import { Layer } from "../../../../layers/layer.ts";
import type { Blob } from "../../../../mod.ts";

Deno.test("a rule and a key identify a mistake", () => {
  const bottom = identityOf("gradient", { blob: "bottom" });
  assert.equal(identityOf("gradient", { blob: "bottom", method: undefined }), bottom);
  assert.notEqual(identityOf("gradient-sign", { blob: "bottom" }), bottom);
  assert.notEqual(identityOf("gradient", { blob: "parameter" }), bottom);
  const shared = identityOf("parameter-diff-overwritten", { blob: "parameter", shared: true });
  assert.notEqual(identityOf("parameter-diff-overwritten", { blob: "parameter" }), shared);
});

Deno.test("errors that differ only in numbers are the same mistake", () => {
  const key = errorKey("forward threw: Expected (N, 7) but found (4, 3)");
  assert.deepEqual(errorKey("forward threw: Expected (N, 8) but found (2, 4, 3, 3)"), key);
  assert.notDeepEqual(errorKey("forward threw: Expected (N, 7) after (4, 3)"), key);
});

Deno.test("checkLayer reports mistakes separately that differ in access, index or error", async () => {
  class TwoErrorsLayer extends Layer {
    static bottoms = 1;
    static tops = 1;
    static examples = [2, 3, 4].map((size) => ({ bottoms: [[size]] }));

    override reshape([x]: [Blob], [y]: [Blob]): void {
      if (x.count === 4) throw new RangeError("Expected fewer than 4 that are large");
      if (x === y || x.count > 4) throw new RangeError(`Expected fewer than ${x.count} that are small`);
      y.reshapeLike(x);
    }

    override forward([x]: [Blob], [y]: [Blob]): void {
      const from = x.data, to = y.data;
      for (let i = 0; i < to.length; i++) to[i] = from[i]! + 0 * from[NaN]!;
      to[-1] = to[x.count] = from[-2] ?? 0;
    }
  }
  const { findings } = await checkLayer(TwoErrorsLayer, { phases: ["TEST"] });
  const watched = findings.filter(({ rule }) => rule === "out-of-range");
  assert.deepEqual(watched.map(({ what, uses }) => [what.replace(/ of bottom.*| of top.*/, ""), uses]), [
    ["forward reads index NaN", 1],
    ["forward reads index -2", 1],
    ["forward writes index 2", 1],
  ]);
  const failed = findings.filter(({ rule }) => rule === "fails");
  assert.deepEqual(failed.map(({ what }) => what), ["reshape threw: Expected fewer than 4 that are large"]);
});
