/**
 * `deno task conformance:record`: asks libcaffe every question of the conformance tests. Writes its answers
 * to golden/, and the names of its layer types that the embedded engine and the library lack to missing.json.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { Engine } from "../../ffi/engine.ts";
import { layerTypeList } from "../../net/layer_type_list.ts";
import { compact } from "./answer.ts";
import { caffeTypes } from "./caffe_types.ts";
import { type GoldenFile, pack, writeGolden } from "./golden.ts";
import { questions } from "./questions.ts";

const caffe = Engine.open("libcaffe");
const embedded = layerTypeList("embedded");

const registry = caffeTypes(caffe);
await writeGolden("registry", { engine: caffe.version, layerTypes: registry.join(" ") });
const missing = registry.filter((type) => !embedded.includes(type));
await Deno.writeTextFile(new URL("missing.json", import.meta.url), `${JSON.stringify(missing, null, 2)}\n`);

for (const [file, all] of Object.entries(questions)) {
  const record: GoldenFile = {};
  for (const each of all) {
    console.log(each.name);
    record[each.name] = pack(each.asked, compact(await each.answer("libcaffe")));
  }
  await writeGolden(file, record);
}
