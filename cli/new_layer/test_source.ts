import type { LayerNames } from "./layer_names.ts";

/** The test of a new layer. */
export function testSource({ file, type, className }: LayerNames, isLoss: boolean): string {
  const bottoms = isLoss ? ["x", "t"] : ["x"];
  const inputs = isLoss ? "x: [1, 2, 3, 4], t: [1, 2, 3, 2]" : "x: [1, -2, 3, -4]";
  const expected = isLoss
    ? `const distances = 3 * 0.5 + Math.sqrt(4 + 0.25);
  assert.ok(Math.abs(net.blob("top").data[0]! - distances / 2) < 1e-6);`
    : `assert.deepEqual([...net.blob("top").data], [1, -1, 3, -2]);`;
  // Written out in the template, it would become ".js" in the npm package.
  const module = `./${file}.ts`;
  return `import assert from "node:assert/strict";
import { checkLayer, Net } from "crema";
import { ${className} } from "${module}";

Deno.test("${className}: values computed by hand", async () => {
  using net = await Net.fromText(
    \`
      layer { name: "in" type: "Input" ${
    bottoms.map((name) => `top: "${name}"`).join(" ")
  } input_param { shape { dim: 2 dim: 2 } } }
      layer { name: "layer" type: "${type}" ${bottoms.map((name) => `bottom: "${name}"`).join(" ")} top: "top"
        script_param { param_str: '{"${isLoss ? "epsilon" : "slope"}": 0.5}' } }
    \`,
    { layers: [import.meta.resolve("${module}")] },
  );
  net.forward({ inputs: { ${inputs} } });
  ${expected}
});

Deno.test("${className}: gradients, and what it reads and writes", async () => {
  const { findings } = await checkLayer(${className});
  assert.deepEqual(findings.map(String), []);
});
`;
}
