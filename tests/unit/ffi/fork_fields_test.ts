import assert from "node:assert/strict";
import { CAFFE_TYPES, READ_FORK_FIELDS } from "../../../ffi/fork_fields.ts";
import { unreadField } from "../../../proto/codec/unread_field.ts";
import { parseText } from "../../../proto/text/parse_text.ts";

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
    ]
  ) assert.equal(ignored(layer), undefined, layer);
  assert.equal(ignored('type: "ReLU" relu_param { maximum: 4 }'), "ReLUParameter.maximum");
  assert.equal(ignored('type: "Pooling" pooling_param { pool: LOWRES }'), "PoolingParameter.pool: LOWRES");
  assert.equal(
    ignored('type: "MVN" mvn_param { add_eps_before_sqrt: true }'),
    "MVNParameter.add_eps_before_sqrt",
  );
});
