import assert from "node:assert/strict";
import { join } from "node:path";
import { encode } from "../../../../proto/codec/binary.ts";
import { readNet } from "../../../../proto/nets/read_net.ts";
import { locationOf } from "../../../../proto/text/location.ts";
import { parseText } from "../../../../proto/text/parse_text.ts";
import { fixture, fixtureText, withFolder } from "../fixture.ts";

Deno.test("readNet reads and upgrades text, and keeps the lines", async () => {
  const path = fixture("v1.prototxt");
  const net = await readNet(path);
  assert.deepEqual(net, parseText("NetParameter", fixtureText("v1.upgraded.prototxt")));
  assert.deepEqual(locationOf(net.layer![0]!), { file: path, line: 3, column: 1 });
});

Deno.test("readNet reads and upgrades binary files by extension or on demand", () =>
  withFolder(async (folder) => {
    const bytes = encode("NetParameter", { name: "n", layers: [{ type: "RELU" }] });
    const upgraded = { name: "n", layer: [{ type: "ReLU" }] };
    await Deno.writeFile(join(folder, "n.caffemodel"), bytes);
    await Deno.writeFile(join(folder, "n.weights"), bytes);
    assert.deepEqual(await readNet(join(folder, "n.caffemodel")), upgraded);
    assert.deepEqual(await readNet(join(folder, "n.weights"), { format: "binary" }), upgraded);
    await Deno.writeTextFile(join(folder, "t.pb"), 'name: "n"');
    assert.deepEqual(await readNet(join(folder, "t.pb"), { format: "text" }), { name: "n" });
  }));
