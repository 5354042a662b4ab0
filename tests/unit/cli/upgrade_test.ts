import assert from "node:assert/strict";
import { join } from "node:path";
import { upgradeCommand } from "../../../cli/upgrade.ts";
import { decode, encode } from "../../../proto/mod.ts";

Deno.test("weights of V1 layers are rewritten with all their values", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crema-upgrade-" });
  try {
    const path = join(folder, "w.caffemodel");
    const blobs = [{ num: 1, channels: 1, height: 1, width: 2, data: Float32Array.of(1.5, -2) }];
    await Deno.writeFile(
      path,
      encode("NetParameter", { name: "n", layers: [{ name: "a", type: "INNER_PRODUCT", blobs }] }),
    );
    await upgradeCommand().parseAsync(["weights", path, path], { from: "user" });
    const { layer, layers } = decode("NetParameter", await Deno.readFile(path));
    assert.equal(layers, undefined);
    assert.deepEqual(layer, [{ name: "a", type: "InnerProduct", blobs }]);
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["w.caffemodel"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
