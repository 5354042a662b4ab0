import assert from "node:assert/strict";
import { refuseUnreadFields } from "../../../../net/export/refuse_unread_fields.ts";
import { netFromText } from "../../../../proto/mod.ts";

const pooling = (field: string) =>
  netFromText(`layer { name: "pool" type: "Pooling" bottom: "x" top: "y" pooling_param { kernel_size: 2
    ${field} } }`);

Deno.test("a field of forks that no exporter reads is refused, whatever the engine makes of it", () => {
  assert.throws(
    () => refuseUnreadFields(pooling("avg_include_pad: false")),
    /prototxt:2:5: layer 'pool': Expected a field that can be exported to ONNX but found PoolingParameter.avg_include_pad of a fork/,
  );
  assert.throws(() => refuseUnreadFields(pooling("pool: LOWRES")), /PoolingParameter.pool: LOWRES of a fork/);
  refuseUnreadFields(pooling("pool: AVE_EXC_PAD ceil_mode: false pad_l: 1"));
  const own = pooling("pool: LOWRES");
  refuseUnreadFields(own, new Set(own.layer));
});
