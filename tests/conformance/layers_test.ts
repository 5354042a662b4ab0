// deno-lint-ignore-file no-console -- the summary is for people
import assert from "node:assert/strict";
import { Engine } from "../../ffi/engine.ts";
import { layerTypeList } from "../../net/layer_type_list.ts";
import { DATA_LAYER_TYPES } from "../../ffi/host/host_layer_types.ts";
import { caffeTypes } from "./caffe_types.ts";
import { allLayerCases, layerTypes } from "./cases/all.ts";
import { readGolden } from "./golden.ts";
import { judge, live } from "./judge.ts";
import missing from "./missing.json" with { type: "json" };
import { answerOf, asked } from "./net_case.ts";

/** Cases that each layer type must have. */
const FEWEST = 5;

const golden = await readGolden("layers");
const { layerTypes: recorded = "" } = await readGolden<{ layerTypes?: string }>("registry");
const registry = recorded.split(" ");
/** What a net on the embedded engine can have: also what TypeScript makes on every engine, and the library. */
const embedded = layerTypeList("embedded");

/** For each layer type: cases that were run, cases that agreed. */
const counts = new Map<string, { run: number; agreed: number }>();

for (const each of allLayerCases) {
  Deno.test(`conformance: ${each.name}`, async () => {
    const count = counts.get(each.type) ?? { run: 0, agreed: 0 };
    counts.set(each.type, count);
    count.run++;
    await judge({ ...each, asked: asked(each), answer: (engine) => answerOf(each, engine) }, golden);
    count.agreed++;
  });
}

Deno.test("conformance: every layer type that both engines compute has its cases", () => {
  const made: readonly string[] = DATA_LAYER_TYPES;
  const both = registry.filter((type) => embedded.includes(type) && !made.includes(type));
  assert.deepEqual(layerTypes, both);
  for (const type of both) {
    const { length } = allLayerCases.filter((each) => each.type === type);
    assert.ok(length >= FEWEST, `Expected ${FEWEST} cases of ${type} but found ${length}`);
  }
});

Deno.test("conformance: the record has no answers without a case", () => {
  assert.deepEqual(Object.keys(golden).toSorted(), allLayerCases.map(({ name }) => name).toSorted());
});

Deno.test({
  name: `conformance: libcaffe registers the recorded layer types${live ? "" : " (libcaffe is not here)"}`,
  ignore: !live,
  fn: () => assert.deepEqual(caffeTypes(Engine.open("libcaffe")), registry),
});

Deno.test("conformance: missing.json names the layer types that a net on the embedded engine can't have", () => {
  assert.deepEqual(missing, registry.filter((type) => !embedded.includes(type)));
});

// Last, so that it counts all tests above.
Deno.test("conformance: summary of the layer types", () => {
  const agree = [...counts.values()].filter(({ run, agreed }) => run === agreed).length;
  const cases = [...counts.values()].reduce((sum, { agreed }) => sum + agreed, 0);
  const engines = live ? "embedded, libcaffe, libcaffe's record" : "embedded, libcaffe's record";
  const types = [...counts].map(([type, { run, agreed }]) => `${type} ${agreed}/${run}`);
  console.log(
    `layer types: ${agree} agree, ${missing.length} missing: ${missing.join(", ")}\n` +
      `cases: ${cases} of ${allLayerCases.length} agree: ${types.toSorted().join(", ")}\n` +
      `compared: ${engines}`,
  );
});
