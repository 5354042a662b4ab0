import assert from "node:assert/strict";
import { libraryLayers } from "../../../../cli/layer_pages/library_layers.ts";
import { schemaText } from "../../../../script/pages/json_schema.ts";
import { modulePage } from "../../../../script/pages/layer_page.ts";
import { examplePrototxt } from "../../../../script/pages/layer_prototxt.ts";
import * as library from "../../../../layers/mod.ts";
import { readParam } from "../../../../script/layer/read_param.ts";
import { resolveModule } from "../../../../script/modules/resolve_module.ts";
import type { ScriptLayerClass } from "../../../../script/layer/script_layer.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";

/** A paper or standard with its year, or another library's layer, such as that of a fork of Caffe. */
const SOURCE = /\b(?:19|20)\d\d\b|Caffe's \w+|\w+ of [^.]*(?:[Cc]affe|MobileNet-YOLO)|`torch\S*`/;

Deno.test("every layer of the library has a page: a doc with formula and source, a type, and a valid example", async () => {
  const page = await modulePage(resolveModule("crema/layers"), "crema/layers");
  assert.deepEqual(
    page.layers.map(({ layer }) => layer).sort(),
    libraryLayers().map(({ layer }) => layer).sort(),
  );
  for (const { layer, doc, type, bottoms, tops, example, opaqueSchema } of page.layers) {
    assert.notEqual(doc, "", layer);
    assert.match(doc, /\S = \S/, `a formula in the doc of ${layer}`);
    assert.match(
      doc.split("\n\n").at(-1)!,
      SOURCE,
      `the source of ${layer} in the last paragraph of its doc`,
    );
    // Others have the names of forks' Python classes.
    if (layer.endsWith("Layer")) assert.equal(type, layer.slice(0, -"Layer".length));
    assert.equal(opaqueSchema, undefined);
    const [parsed] = netFromText(example, "example.prototxt").layer!;
    assert.equal(parsed!.script_param!.layer, layer);
    assert.equal(parsed!.bottom?.length ?? 0, bottoms?.[0] ?? 1, layer);
    assert.equal(parsed!.top?.length ?? 0, tops?.[0] ?? 1, layer);
    const { params } = (library as unknown as Record<string, ScriptLayerClass>)[layer]!;
    await readParam({
      text: parsed!.script_param!.param_str ?? "",
      schema: params,
      className: layer,
      place: {},
    });
  }
});

Deno.test("a page has what its class declares", async () => {
  const { layers: [page] } = await modulePage(resolveModule("crema/layers/center_loss.ts"), "x.ts");
  assert.ok(page !== undefined);
  assert.deepEqual([page.bottoms, page.tops, page.isLoss, page.type], [[2, 2], [1, 2], true, "CenterLoss"]);
  assert.deepEqual(page.param, [{ decay_mult: 0 }]);
  assert.equal(page.schema?.properties?.["classes"]?.type, "integer");
  assert.deepEqual(page.schema?.properties?.["update"]?.enum, ["paper", "gradient"]);
});

class Bare {
  reshape(): void {}
  forward(): void {}
}

Deno.test("an example of a class that declares nothing, and of a default export", () => {
  assert.equal(
    examplePrototxt("default", Bare as unknown as ScriptLayerClass, "./bare.ts", undefined),
    `layer {
  name: "mine"  type: "Script"  bottom: "bottom1"  top: "top1"
  script_param { module: "./bare.ts" }
}`,
  );
});

Deno.test("schemas as text", () => {
  for (
    const [schema, text] of [
      [{}, "anything"],
      [{ type: "string" }, "string"],
      [{ type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 }, "integer"],
      [{ type: "number", minimum: 0, exclusiveMaximum: 1 }, "number ≥ 0 and < 1"],
      [
        { anyOf: [{ type: "number" }, { type: "array", items: { type: "number" } }] },
        "number or list of number",
      ],
      [{ type: "array", prefixItems: [{ type: "number" }, { const: 2 }] }, "[number, 2]"],
      [{ type: "object", properties: { a: { type: "boolean" } } }, "{ a: boolean }"],
      [{ type: ["string", "null"] }, "string or null"],
    ] as const
  ) assert.equal(schemaText(structuredClone(schema) as object), text);
});
