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

Deno.test("fields are set in what is written", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crema-upgrade-" });
  try {
    const upgraded = async (kind: string, text: string, ...set: string[]) => {
      const path = join(folder, `${kind}.prototxt`);
      await Deno.writeTextFile(path, text);
      await upgradeCommand().parseAsync([kind, path, path, ...set.flatMap((each) => ["--set", each])], {
        from: "user",
      });
      return (await Deno.readTextFile(path)).replaceAll(/\s+/g, " ").trim();
    };
    const net = 'layers { name: "ip" type: INNER_PRODUCT inner_product_param { num_output: 3 } }';
    assert.match(await upgraded("net", net, "ip.num_output=5"), /type: "InnerProduct".* num_output: 5/);
    assert.match(
      await upgraded("solver", "base_lr: 1 solver_type: ADAM", "base_lr=0.5"),
      /base_lr: 0\.5 type: "Adam"/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
