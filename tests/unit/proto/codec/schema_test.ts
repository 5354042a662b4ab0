import assert from "node:assert/strict";
import { messageType, messageTypes } from "../../../../proto/codec/schema.ts";

Deno.test("the additions to Caffe's schema have the numbers that Caffe skips", () => {
  assert.equal(messageType("LayerParameter").fields["script_param"]!.id, 1000);
  const { source, generator, generator_seed } = messageType("SolverState").fields;
  assert.deepEqual([source!.id, generator!.id, generator_seed!.id], [1000, 1001, 1002]);
  assert.deepEqual(Object.keys(messageType("ScriptParameter").fields), [
    "module",
    "layer",
    "param_str",
    "integrity",
  ]);
});

Deno.test("field numbers that every .caffemodel depends on", () => {
  const expected = {
    NetParameter: { name: 1, layers: 2, layer: 100 },
    LayerParameter: { name: 1, type: 2, bottom: 3, top: 4, loss_weight: 5, param: 6, blobs: 7, phase: 10 },
    BlobProto: { num: 1, data: 5, diff: 6, shape: 7, double_data: 8 },
    Datum: { channels: 1, height: 2, width: 3, data: 4, label: 5, float_data: 6, encoded: 7 },
    SolverState: { iter: 1, learned_net: 2, history: 3, current_step: 4 },
  };
  for (const [name, numbers] of Object.entries(expected)) {
    for (const [field, id] of Object.entries(numbers)) {
      assert.equal(messageType(name).fields[field]!.id, id, `${name}.${field}`);
    }
  }
  assert.equal(messageTypes.length, new Set(messageTypes.map((type) => type.name)).size);
});

Deno.test("an unknown message name is a clear error", () => {
  assert.throws(() => messageType("NetParamter"), {
    name: "CremaError",
    message:
      "Expected the name of a message of caffe.proto but found 'NetParamter', did you mean 'NetParameter'?",
  });
});

Deno.test("the schema needs no file to be read: it works without any permission, as from a URL", async () => {
  const module = new URL("../../../../proto/mod.ts", import.meta.url);
  const config = new URL("../../../../deno.json", import.meta.url).pathname;
  const folder = await Deno.makeTempDir();
  try {
    const script = `${folder}/script.ts`;
    await Deno.writeTextFile(
      script,
      `import { decode, encode, parseText } from "${module}";
       const net = parseText("NetParameter", "name: 'n'");
       console.log(decode("NetParameter", encode("NetParameter", net)).name);`,
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-check", "--config", config, script],
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "n\n", new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
