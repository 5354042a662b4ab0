import assert from "node:assert/strict";
import { LAYER_EXPORTERS } from "../../../../onnx/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { allLayerCases } from "../../../conformance/cases/all.ts";
import type { LayerCase } from "../../../conformance/layer_case.ts";
import { writeParams } from "../../../conformance/net_case.ts";
import { fill } from "../../../conformance/values.ts";
import { expectSameInOnnx } from "../judge.ts";

/** Cases whose layers take the batch that they have, and no other. */
const OWN_BATCH = new Set([
  "Bias: all axes",
  "InnerProduct: 1 axis",
  "Parameter: a factor",
  "Parameter: a term",
  "Parameter: for two layers",
  "Reshape: 1 axis to 5",
  "Reshape: another shape",
  "Scale: all axes",
  "Scale: factors from a bottom, first axis, bias",
  "Slice: 1 axis, loss weights",
  "Slice: items",
  "Slice: slice_dim",
]);

/** Cases of which ONNX can't be asked: batches of inputs that differ, and what is drawn at random. */
const LEFT_OUT = new Set([
  "Bias: from a bottom",
  "Crop: 1 axis",
  "Crop: all axes",
  "DummyData: bilinear, even",
  "DummyData: bilinear, odd",
  "Scale: factors from a bottom",
]);

/** Types of which each case is compared in another test, or refused. */
const OTHER_TYPES = new Set(["Filter", "LSTM", "LSTMUnit", "RNN"]);

const cases = Map.groupBy(
  allLayerCases.filter(({ type, name }) => type in LAYER_EXPORTERS && !LEFT_OUT.has(name)),
  ({ type }) => type,
);

for (const [type, all] of cases) {
  if (OTHER_TYPES.has(type)) continue;
  Deno.test(`${type} is the same in ONNX in ${all.length} configurations`, async () => {
    assert.ok(all.length >= 5, "at least five configurations");
    for (const each of all) await expectSame(each);
  });
}

async function expectSame(each: LayerCase): Promise<void> {
  const { name, net, inputs = {} } = each;
  const [batch] = netFromText(net).layer![0]!.input_param?.shape?.[0]?.dim ?? [];
  const isFixed = OWN_BATCH.has(name) || each.type === "BatchReindex";
  try {
    await expectSameInOnnx(net, {
      prepare: (made) => writeParams(made, each),
      values: (blob, shape) =>
        fill(
          inputs[blob] ?? { kind: "normal" },
          shape.reduce((count, dim) => count * dim, 1),
          `${name} ${blob}`,
        ),
      ...isFixed ? { batch: batch! } : {},
    });
  } catch (cause) {
    throw new Error(`${name}: ${(cause as Error).message}`, { cause });
  }
}
