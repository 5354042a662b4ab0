import { z } from "zod";
import config from "../../deno.json" with { type: "json" };
import type { ParamSpec } from "../../proto/messages.ts";
import { CremaError } from "../../base/error.ts";
import type { JsonSchema } from "./json_schema.ts";
import { loadModule, type LoadOptions } from "../modules/load_module.ts";
import { importMapFor } from "../modules/import_names.ts";
import { runDeno } from "../modules/run_deno.ts";
import { claimedTypes, layerClasses, withoutAliases } from "../layer/layer_classes.ts";
import type { ParamSchema } from "../layer/param_schema.ts";
import { examplePrototxt } from "./layer_prototxt.ts";
import type { ScriptLayerClass } from "../layer/script_layer.ts";

/** What a layer's page shows. */
export interface LayerPage {
  /** The exported name; "default" for a default export. */
  layer: string;
  /** The name of the class. */
  name: string;
  /** Its doc comment; "" if it has none. */
  doc: string;
  /** The layer type that it claims; absent if it claims none. */
  type?: string | undefined;
  /** More types that it claims. */
  aliases: string[];
  /** Whether its first top is a loss. */
  isLoss: boolean;
  /** The fewest and the most bottoms; absent if it takes any number. */
  bottoms?: [fewest: number, most: number] | undefined;
  /** The fewest and the most tops; absent if it may have any number. */
  tops?: [fewest: number, most: number] | undefined;
  /** Defaults of the prototxt's `param { … }`. */
  param: ParamSpec[];
  /** The schema of `param_str`; absent if the class has none, or one that can't be shown. */
  schema?: JsonSchema | undefined;
  /** The library that a schema that can't be shown is from. */
  opaqueSchema?: string | undefined;
  /** The layer in a prototxt. */
  example: string;
}

/** What a module's page shows. */
export interface ModulePage {
  /** The module's name in a prototxt. */
  module: string;
  /** Its URL. */
  url: string;
  /** The module's doc comment; "" if it has none. */
  doc: string;
  /** Its layer classes. */
  layers: LayerPage[];
}

/**
 * Reads a module's layer classes, and with `deno doc` their doc comments. Imports the module, so its top
 * level runs. Throws a CremaError for a module that can't be loaded or exports no layer.
 */
export async function modulePage(
  url: string,
  module: string,
  options: LoadOptions = {},
): Promise<ModulePage> {
  const exports = await loadModule(url, options);
  const classes = withoutAliases(layerClasses(exports));
  if (classes.size === 0) {
    const found = Object.keys(exports).join(", ") || "no exports";
    throw new CremaError(`Expected a layer class in module '${module}' but found ${found}`, {
      hint: "A layer class has the methods 'reshape' and 'forward'.",
    });
  }
  const docs = await docComments(url, options);
  const layers = [...classes].map(([layer, scriptClass]) =>
    layerPage(layer, scriptClass, module, docs.symbols.get(layer) ?? "")
  );
  return { module, url, doc: docs.module, layers };
}

function layerPage(layer: string, scriptClass: ScriptLayerClass, module: string, doc: string): LayerPage {
  const { type, isLoss = false, param = [], params } = scriptClass;
  const [bottoms, tops] = [range(scriptClass.bottoms), range(scriptClass.tops)];
  const schema = params === undefined ? undefined : schemaOf(params);
  return {
    layer,
    name: scriptClass.name,
    doc,
    type: typeof type === "string" ? type : undefined,
    aliases: claimedTypes(scriptClass).slice(1),
    isLoss,
    bottoms,
    tops,
    param: [...param],
    schema,
    opaqueSchema: schema === undefined ? params?.["~standard"].vendor : undefined,
    example: examplePrototxt(layer, scriptClass, module, schema),
  };
}

function range(count: ScriptLayerClass["bottoms"]): [number, number] | undefined {
  if (count === undefined) return undefined;
  return typeof count === "number" ? [count, count] : [count[0], count[1]];
}

/**
 * A schema as JSON Schema: from Standard Schema's property, its own method, or zod; undefined if all fail.
 */
function schemaOf(schema: ParamSchema): JsonSchema | undefined {
  const options = { target: "draft-2020-12", libraryOptions: { unrepresentable: "any" } };
  const given = schema as ParamSchema & {
    "~standard": { jsonSchema?: { input?: (how: typeof options) => JsonSchema } };
    toJSONSchema?: () => JsonSchema;
  };
  const ways = [
    () => given["~standard"].jsonSchema?.input?.(options),
    () => given.toJSONSchema?.(),
    () =>
      given["~standard"].vendor === "zod"
        ? z.toJSONSchema(schema as unknown as z.ZodType, {
          io: "input",
          unrepresentable: "any",
        }) as JsonSchema
        : undefined,
  ];
  for (const way of ways) {
    try {
      const found = way();
      if (found !== undefined) return found;
    } catch {
      continue; // the library can't express this schema
    }
  }
  return undefined;
}

interface DenoDoc {
  nodes: Record<string, {
    module_doc?: { doc?: string };
    symbols: { name: string; declarations: { jsDoc?: { doc?: string } }[] }[];
  }>;
}

async function docComments(
  url: string,
  { cache, place }: LoadOptions,
): Promise<{ module: string; symbols: Map<string, string> }> {
  const run = { offline: cache === "only", place };
  const names = await importMapFor(url, Object.keys(config.imports), run);
  const text = await runDeno(["doc", "--json", url], { ...run, names });
  const symbols = new Map<string, string>();
  let module = "";
  for (const node of Object.values((JSON.parse(text) as DenoDoc).nodes)) {
    module ||= node.module_doc?.doc?.trim() ?? "";
    for (const { name, declarations } of node.symbols) {
      const doc = declarations.map(({ jsDoc }) => jsDoc?.doc ?? "").find((each) => each !== "");
      if (doc !== undefined) symbols.set(name, doc.trim());
    }
  }
  return { module, symbols };
}
