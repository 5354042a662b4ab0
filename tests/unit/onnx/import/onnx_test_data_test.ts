import assert from "node:assert/strict";
import { CremaError } from "../../../../base/error.ts";
import { FOLDED_OPERATORS } from "../../../../onnx/graph/fold_node.ts";
import { OPSETS } from "../../../../onnx/graph/read_graph.ts";
import { NODE_IMPORTERS } from "../../../../onnx/import/node_importers.ts";
import type { ModelProto } from "../../../../onnx/messages.ts";
import { type OnnxTensor, tensorProto } from "../../../../onnx/mod.ts";
import { expectNear } from "../judge.ts";
import { caseNames, type OnnxCase, readCase, testData } from "./onnx_test_data.ts";
import { runImported } from "./run_imported.ts";

/** Cases that are refused, and the reason that the error must give. */
const REFUSED: readonly (readonly [names: RegExp, reason: RegExp])[] = [
  [/^test_(add|div|maxpool_2d|mul|sub)_uint8$/, /Expected floats as input/],
  [/^test_(max|min)_u?int(8|16|32|64)$/, /Expected floats as input/],
  [/^test_clip_default_int8_(inbounds|max|min)$/, /Expected (floats|constant a bound)/],
  [/^test_pow_types_/, /Expected (floats|a constant exponent|one exponent)/],
  [/^test_batchnorm_.*_training_mode$/, /training mode/],
  [
    /^test_(training_)?dropout_.*mask|^test_training_dropout/,
    /only the first output|training_mode|constant ratio/,
  ],
  [/^test_layer_normalization_(?!.*_expanded)/, /'Mean' is too/],
  [/^test_lstm_with_peepholes$/, /constant lengths|peepholes/],
  [/^test_matmul_[34]d$/, /one constant matrix/],
  [/^test_maxpool_2d_dilations$|^test_MaxPool[12]d_stride_padding_dilation$/, /no dilations/],
  [/^test_maxpool_with_argmax/, /only the first output/],
  [
    /^test_resize_.*(cubic|tf_crop)|^test_resize_downsample_scales_linear/,
    /constant|nearest or linear|whole size/,
  ],
];

/** Cases that are left out: what they are about is lost, as the manual says. */
const LEFT_OUT: readonly (readonly [names: RegExp, why: string])[] = [
  [/^test_cast.*_FLOAT16|BFLOAT16/, "floats of 16 bits are computed in 32"],
];

/** Operators that were the same before the oldest opset that is taken: their cases say opset 1. */
const UNCHANGED = new Set(["GlobalAveragePool", "GlobalMaxPool", "Not", "Softplus", "Softsign"]);

/** A case's model with its inputs from number `free` on as constants: weights are inputs in ONNX's cases. */
function withConstants({ model, inputs }: OnnxCase, free: number): ModelProto {
  const graph = model.graph!, known = new Set((graph.initializer ?? []).map(({ name }) => name));
  const names = (graph.input ?? []).flatMap(({ name }) => known.has(name) ? [] : [name!]);
  const constants = names.slice(free).map((name, i) => tensorProto(inWidth(inputs[free + i]!), name));
  const isUnchanged = (graph.node ?? []).every(({ op_type = "" }) => UNCHANGED.has(op_type));
  return {
    ...model,
    ...isUnchanged ? { opset_import: [{ version: OPSETS.oldest }] } : {},
    graph: { ...graph, initializer: [...graph.initializer ?? [], ...constants] },
  };
}

/** A tensor in the type in which its values are kept, as `tensorProto` writes them. */
function inWidth(tensor: OnnxTensor): OnnxTensor {
  if (tensor.data instanceof Float32Array) return { ...tensor, type: "float32" };
  if (tensor.data instanceof BigInt64Array) return { ...tensor, type: "int64" };
  return tensor.type === "bool" ? tensor : { ...tensor, type: "int32" };
}

async function check(one: OnnxCase, free: number): Promise<void> {
  const model = withConstants(one, free);
  const names = (model.graph!.input ?? []).map(({ name }) => name!)
    .filter((name) => !model.graph!.initializer!.some((each) => each.name === name));
  const { outputs } = await runImported(model, new Map(names.map((name, i) => [name, one.inputs[i]!])));
  for (const [i, { name }] of model.graph!.output!.entries()) {
    const found = outputs.get(name!)!, expected = one.outputs[i]!;
    assert.deepEqual(found.shape, expected.shape, one.name);
    const values = Array.from(expected.data as Float32Array, Number);
    for (const [at, value] of values.entries()) {
      if (Number.isFinite(value) || !Object.is(value, found.data[at])) continue;
      values[at] = found.data[at] = 0;
    }
    expectNear(found.data, values, 1e-5, one.name);
  }
}

/** The same case without its outputs beyond the first, which not every operator has here. */
function withFirstOutput(one: OnnxCase): OnnxCase {
  const graph = one.model.graph!;
  return { ...one, model: { ...one.model, graph: { ...graph, output: graph.output!.slice(0, 1) } } };
}

/** Passes with as many inputs as blobs as can be: all, the first, or none. Returns the first refusal where none passes. */
async function refusalOf(one: OnnxCase): Promise<CremaError | undefined> {
  let refusal: CremaError | undefined;
  for (const free of new Set([one.inputs.length, Math.min(1, one.inputs.length), 0])) {
    try {
      await check(one, free);
      return undefined;
    } catch (error) {
      if (!(error instanceof CremaError)) throw error;
      refusal ??= error;
    }
  }
  return refusal;
}

const imported = new Set([...Object.keys(NODE_IMPORTERS), ...FOLDED_OPERATORS]);

for (const group of ["node", "pytorch-converted", "pytorch-operator"]) {
  Deno.test({
    name: `ONNX's own cases of operators that are imported compute what they should: ${group}`,
    ignore: testData === undefined,
    fn: async () => {
      const tested = new Set<string>(), wrong: string[] = [];
      let passed = 0;
      for (const name of caseNames(group)) {
        if (LEFT_OUT.some(([names]) => names.test(name))) continue;
        let one: OnnxCase;
        try {
          one = readCase(group, name);
        } catch (error) {
          // Strings, sequences and optional values are no tensors of numbers.
          if (error instanceof CremaError) continue;
          throw error;
        }
        const operators = (one.model.graph!.node ?? []).map(({ op_type = "" }) => op_type);
        if (!operators.every((each) => imported.has(each))) continue;
        const refusal = await refusalOf(one), reason = REFUSED.find(([names]) => names.test(name))?.[1];
        if (refusal !== undefined) {
          if (!reason?.test(refusal.message)) wrong.push(`${name}: ${refusal.message}`);
          // A model in training mode has no output that counts.
          if (!/only the first output/.test(refusal.message) || /training|dropout/.test(name)) continue;
          assert.equal(await refusalOf(withFirstOutput(one)), undefined, name);
          for (const each of operators) tested.add(each);
        } else {
          passed++;
          for (const each of operators) tested.add(each);
        }
      }
      assert.deepEqual(wrong, []);
      if (group !== "node") return assert.ok(passed > 30, `${passed} passed`);
      assert.ok(passed > 400, `${passed} passed`);
      const missing = Object.keys(NODE_IMPORTERS).filter((each) => !tested.has(each));
      assert.deepEqual(missing, MISSING);
    },
  });
}

/** Operators of which ONNX has no cases. */
const MISSING: readonly string[] = ["LpNormalization"];
