import { type JsonSchema, type LayerPage, type ModulePage, schemaText } from "../../script/mod.ts";

/** A module's page as text: what the module says, then each layer with its facts, its parameters and an example. */
export function pageText({ module, url, doc, layers }: ModulePage): string {
  const head = module === url ? [url] : [module, url];
  const parts = layers.map((layer) => layerText(layer, module.startsWith("crema/layers")));
  return `${[head.join("\n"), doc, ...parts].filter((part) => part !== "").join("\n\n")}\n`;
}

function layerText(page: LayerPage, inLibrary: boolean): string {
  const { layer, name, doc, type, aliases, isLoss, bottoms, tops, param, example } = page;
  const types = [type, ...aliases].map((each) => `"${each}"`).join(", ");
  const facts = [
    ["layer type", type === undefined ? "" : inLibrary ? types : `${types}, with --layers`],
    ["bottoms", rangeText(bottoms)],
    ["tops", rangeText(tops)],
    ["loss", isLoss ? "the first top, with loss_weight 1 unless the prototxt gives one" : ""],
    ...param.map((spec, i) => [`param ${i}`, specText(spec)]),
  ].filter(([, value]) => value !== "");
  return [
    layer === "default" ? `${name || "class"} (default export)` : layer,
    doc,
    table(facts as string[][]),
    paramText(page),
    example,
  ].filter((part) => part !== "").map((part, i) => i === 0 ? part : indent(part)).join("\n\n");
}

function rangeText(range: [number, number] | undefined): string {
  if (range === undefined) return "any number";
  const [fewest, most] = range;
  if (fewest === most) return `${fewest}`;
  return Number.isFinite(most) ? `${fewest} to ${most}` : `${fewest} or more`;
}

function specText(spec: object): string {
  return Object.entries(spec).map(([key, value]) => `${key} ${value}`).join(", ");
}

function paramText({ schema, opaqueSchema }: LayerPage): string {
  if (opaqueSchema !== undefined) {
    return `param_str: checked by a schema of ${opaqueSchema}, which can't be shown`;
  }
  if (schema === undefined) return "";
  if (schema.properties === undefined) return `param_str: ${described(schema)}`;
  const { properties, required = [] } = schema;
  const rows = Object.entries(properties).map(([key, value]) => [
    key,
    schemaText(value),
    value.default !== undefined
      ? `default ${JSON.stringify(value.default)}`
      : required.includes(key)
      ? "required"
      : "optional",
    value.description ?? "",
  ]);
  return rows.length === 0 ? "param_str: nothing" : `param_str, as JSON:\n${indent(table(rows))}`;
}

function described(schema: JsonSchema): string {
  return [schemaText(schema), schema.description ?? ""].filter((part) => part !== "").join(": ");
}

/** Rows in aligned columns; the last column may be of any length. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row.map((cell, i) => i === row.length - 1 ? cell : cell.padEnd(widths[i]!)).join("  ").trimEnd()
  ).join("\n");
}

function indent(text: string): string {
  return text.split("\n").map((line) => line === "" ? "" : `  ${line}`).join("\n");
}
