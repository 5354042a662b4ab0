import assert from "node:assert/strict";
import { join } from "node:path";
import { CAFFE_TYPES, READ_FORK_FIELDS } from "../../../ffi/fork_fields.ts";
import { isOfForks } from "../../../proto/codec/fork_numbers.ts";
import { unreadField } from "../../../proto/codec/unread_field.ts";
import { parseText } from "../../../proto/text/parse_text.ts";
import { root } from "../../../tools/root.ts";

/** What the embedded engine would ignore of a layer. */
const ignored = (layer: string) =>
  unreadField("NetParameter", parseText("NetParameter", `layer { name: "l" ${layer} }`), {
    forks: true,
    types: CAFFE_TYPES,
    read: READ_FORK_FIELDS,
  })?.what;

Deno.test("fields of forks that the embedded engine computes are no error, and others are", () => {
  for (
    const layer of [
      'type: "Convolution" convolution_param { kernel_size: 3 pad_l: 1 pad_r: 2 pad_t: 1 pad_b: 2 }',
      'type: "Convolution" convolution_param { kernel_size: 3 pad_type: 1 }',
      'type: "Pooling" pooling_param { pool: AVE_EXC_PAD pad_l: 1 pad_r: 2 pad_t: 1 pad_b: 2 }',
      'type: "Pooling" pooling_param { pool: AVE_TF pad_type: 1 ceil_mode: false }',
      'type: "ReLU" relu_param { relu6: true }',
      'type: "Dropout" dropout_param { scale_train: false }',
      'type: "BatchNorm" batch_norm_param { add_eps_before_sqrt: false }',
      'type: "Reshape" reshape_param { pixelshuffler: 2 }',
      'type: "InnerProduct" inner_product_param { normalize: true }',
    ]
  ) assert.equal(ignored(layer), undefined, layer);
  assert.equal(ignored('type: "ReLU" relu_param { maximum: 4 }'), "ReLUParameter.maximum");
  assert.equal(ignored('type: "Pooling" pooling_param { pool: LOWRES }'), "PoolingParameter.pool: LOWRES");
  assert.equal(
    ignored('type: "MVN" mvn_param { add_eps_before_sqrt: true }'),
    "MVNParameter.add_eps_before_sqrt",
  );
});

Deno.test("what the engine's layers of Caffe read of forks is listed", async () => {
  const text = (path: string) => Deno.readTextFile(join(root, "engine", path));
  // Names that only forks have: others can't be told from Caffe's own in the sources.
  const fields = new Map<string, string[]>(), caffes = new Set<string>();
  let message = "";
  for (const line of (await text("caffe.proto")).split("\n")) {
    message = /^message (\w+)/.exec(line)?.[1] ?? message;
    const [, name, number] = /^\s+(?:optional|repeated|required) \S+ (\w+) = (\d+)/.exec(line) ?? [];
    if (name === undefined) continue;
    if (!isOfForks(Number(number))) caffes.add(name);
    else fields.set(name, [...fields.get(name) ?? [], `${message}.${name}`]);
  }
  const makers = new Map(
    [...(await text("shared/layer_types.inc")).matchAll(/CREMA_LAYER\("(\w+)", (\w+)\)/g)]
      .map(([, type = "", maker = ""]) => [maker, type]),
  );
  let found = 0;
  for await (const { name: file } of Deno.readDir(join(root, "engine", "embedded", "layers"))) {
    const source = await text(`embedded/layers/${file}`);
    const types = [...source.matchAll(/> (Make\w+)\(/g)].map(([, maker = ""]) => makers.get(maker) ?? "");
    if (types.length > 0 && !types.some((type) => CAFFE_TYPES.has(type))) continue;
    for (const [name, all] of fields) {
      if (caffes.has(name) || !new RegExp(`[.>](has_)?${name}\\(`).test(source)) continue;
      found++;
      assert.ok(all.some((field) => READ_FORK_FIELDS.has(field)), `${file} reads ${all.join(" or ")}`);
    }
  }
  assert.ok(found >= 6, `${found} of them`);
});
