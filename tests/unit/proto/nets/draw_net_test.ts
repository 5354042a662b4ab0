import assert from "node:assert/strict";
import { join } from "node:path";
import { drawNet } from "../../../../proto/nets/draw_net.ts";
import { filterNet } from "../../../../proto/nets/filter.ts";
import { netFromText, readNet } from "../../../../proto/nets/read_net.ts";

const NET = `name: "a \\"net\\""
layer { name: "data" type: "Data" top: "data" top: "label" data_param { batch_size: 64 } include { phase: TRAIN } }
layer { name: "data" type: "Data" top: "data" top: "label" data_param { batch_size: 10 } include { phase: TEST } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" param { lr_mult: 1 } param { lr_mult: 2 }
  convolution_param { num_output: 20 kernel_size: 5 stride: 2 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { pool: AVE global_pooling: true } }`;

Deno.test("layers, blobs and the edges between them", () => {
  const text = drawNet(netFromText(NET), { rankdir: "TB", lrMult: true });
  const lines = text.trimEnd().split("\n");
  assert.equal(lines[0], 'digraph "a \\"net\\"" {');
  assert.equal(lines[1], "  rankdir=TB;");
  assert.equal(lines.at(-1), "}");
  assert.equal(lines.filter((line) => line.includes("shape=box")).length, 5);
  assert.equal(lines.filter((line) => line.includes("shape=octagon")).length, 4);
  assert.ok(text.includes('"layer 0 data" -> "blob label" [label="batch 64"];'));
  assert.ok(text.includes('"layer 1 data" -> "blob label" [label="batch 10"];'));
  assert.ok(text.includes('"layer 2 conv" -> "blob conv" [label="20"];'));
  assert.ok(text.includes('"blob conv" -> "layer 4 pool";'));
  assert.ok(
    text.includes('label="conv\\n(Convolution)\\nkernel size: 5\\nstride: 2\\npad: 0\\nlr_mult: 1, 2"'),
  );
  assert.ok(text.includes('label="pool\\n(Pooling)\\nAVE, kernel size: all'));
  assert.match(text, /"layer 3 relu" \[.*fillcolor="#90ee90"/);
  const plain = drawNet(netFromText(NET), { labelEdges: false });
  assert.ok(plain.includes('"layer 2 conv" -> "blob conv";'));
  assert.ok(!plain.includes("lr_mult"));
});

Deno.test("every model of the repository is drawn, in both phases", async () => {
  const models = new URL("../../../../models/", import.meta.url).pathname;
  let drawn = 0;
  for await (const { name, isDirectory } of Deno.readDir(models)) {
    if (!isDirectory) continue;
    for await (const file of Deno.readDir(join(models, name))) {
      if (!file.name.endsWith(".prototxt") || file.name.includes("solver")) continue;
      const net = await readNet(join(models, name, file.name));
      for (const each of [net, filterNet(net, { phase: "TRAIN" }), filterNet(net, { phase: "TEST" })]) {
        const text = drawNet(each);
        assert.equal(text.split("shape=box").length - 1, each.layer!.length);
        for (const { name: layer, top = [] } of each.layer!) {
          assert.ok(text.includes(`label="${layer}\\n`));
          for (const blob of top) assert.ok(text.includes(`"blob ${blob}"`));
        }
        drawn++;
      }
    }
  }
  assert.ok(drawn >= 30, `${drawn}`);
});
