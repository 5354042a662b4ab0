import assert from "node:assert/strict";
import { copyLocation, locationOf, setLocation } from "../../../../proto/text/location.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";
import { parseText } from "../../../../proto/text/parse_text.ts";
import { fixtureText } from "../fixture.ts";

Deno.test("every message of a prototxt has a location, and so do its fields", () => {
  const text = fixtureText("lenet_train_test.prototxt");
  const net = parseText("NetParameter", text, { file: "lenet.prototxt" });
  const starts = text.split("\n").flatMap((line, i) => /^layer\b/.test(line) ? [i + 1] : []);
  assert.deepEqual(net.layer!.map((layer) => locationOf(layer)!.line), starts);
  const conv = net.layer![2]!;
  assert.deepEqual(locationOf(conv), { file: "lenet.prototxt", line: starts[2], column: 1 });
  assert.deepEqual(locationOf(conv, "convolution_param"), {
    file: "lenet.prototxt",
    line: starts[2]! + 7,
    column: 3,
  });
  assert.equal(locationOf(conv.convolution_param!, "stride")!.line, starts[2]! + 10);
  assert.equal(locationOf(conv.convolution_param!.weight_filler!)!.line, starts[2]! + 11);
  assert.equal(locationOf(conv, "param", 1)!.line, starts[2]! + 6);
  assert.equal(locationOf(conv, "blobs"), undefined);
  assert.deepEqual(locationOf(net), { file: "lenet.prototxt", line: 1, column: 1 });
});

Deno.test("entries of lists keep the order of the file", () => {
  const net = parseText("NetParameter", "layer [\n{name: 'a'},\n{name: 'b'}]\nlayer { name: 'c' }");
  assert.deepEqual(net.layer!.map((layer) => locationOf(layer, "name")!.line), [2, 3, 4]);
});

Deno.test("upgraded layers keep their locations", () => {
  for (const name of ["v0.prototxt", "v1.prototxt", "input_dim.prototxt", "input_shape.prototxt"]) {
    const text = fixtureText(name);
    const lines = text.split("\n");
    for (const layer of netFromText(text, name).layer!) {
      const at = locationOf(layer);
      assert.equal(at?.file, name);
      assert.match(lines[at!.line! - 1]!.slice(at!.column! - 1), /^(layers?|input)\b/);
    }
  }
});

Deno.test("objects from elsewhere have no location until one is set or copied", () => {
  const message = {};
  assert.equal(locationOf(message), undefined);
  setLocation(message, { line: 3 });
  assert.deepEqual(locationOf(copyLocation(message, {})), { line: 3 });
  const other = {};
  assert.equal(copyLocation({}, other), other);
  assert.equal(locationOf(other), undefined);
});
