import { type JsonSchema, sampleObject } from "./json_schema.ts";
import type { ScriptLayerClass } from "../layer/script_layer.ts";

/** A class's layer in a prototxt, with the fewest bottoms and tops and the required keys of `param_str`. */
export function examplePrototxt(
  layer: string,
  scriptClass: ScriptLayerClass,
  module: string,
  schema: JsonSchema | undefined,
): string {
  const { bottoms, tops, isLoss = false, examples = [] } = scriptClass;
  const param = paramOf(schema, examples[0]?.param);
  const names = (what: string, count: ScriptLayerClass["bottoms"]) => {
    const fewest = typeof count === "number" ? count : count?.[0] ?? 1;
    return Array.from(
      { length: fewest },
      (_, i) => `${what}: "${isLoss && what === "top" && i === 0 ? "loss" : `${what}${i + 1}`}"`,
    );
  };
  const script = [
    `module: "${module}"`,
    ...(layer === "default" ? [] : [`layer: "${layer}"`]),
    ...(Object.keys(param).length === 0
      ? []
      : [`param_str: '${JSON.stringify(param).replaceAll("'", "\\u0027")}'`]),
  ];
  return [
    "layer {",
    `  ${['name: "mine"', 'type: "Script"', ...names("bottom", bottoms), ...names("top", tops)].join("  ")}`,
    `  script_param { ${script.join("  ")} }`,
    "}",
  ].join("\n");
}

/** The keys that must be given, with values from the class's example where it has them. */
function paramOf(schema: JsonSchema | undefined, example: unknown): Record<string, unknown> {
  if (schema === undefined) return {};
  const given = typeof example === "object" && example !== null ? example as Record<string, unknown> : {};
  return Object.fromEntries(
    Object.entries(sampleObject(schema)).map(([key, sample]) => [key, given[key] ?? sample]),
  );
}
