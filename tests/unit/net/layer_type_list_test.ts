import assert from "node:assert/strict";
import { Engine, layerTypeList } from "../../../mod.ts";
import { libcaffeTest } from "../ffi/libcaffe/built.ts";

function checkStandardTypes(types: string[]): void {
  for (const type of ["Data", "Convolution", "InnerProduct", "Python", "Script"]) {
    assert.ok(types.includes(type), `${type} in ${types}`);
  }
  assert.deepEqual(types, [...new Set(types)].sort());
}

Deno.test("the list of layer types has the standard types and those that TypeScript adds", () => {
  checkStandardTypes(layerTypeList());
  assert.deepEqual(layerTypeList("embedded"), layerTypeList(Engine.open("embedded")));
  assert.ok(Engine.open("embedded").layerTypes.every((type) => layerTypeList("embedded").includes(type)));
  assert.throws(() => layerTypeList("tensorflow"), /but found 'tensorflow'/);
});

libcaffeTest("the list of libcaffe's layer types has the standard ones as well", () => {
  checkStandardTypes(layerTypeList("libcaffe"));
});
