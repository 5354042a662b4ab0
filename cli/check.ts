import { counted } from "../base/counted.ts";
import { Command, InvalidArgumentError, Option } from "commander";
import { CremaError, nearest } from "../base/mod.ts";
import { Engine, watchSignals } from "../ffi/mod.ts";
import type { ExampleBottom, LayerExample } from "../layers/layer_example.ts";
import { layerClasses, withoutAliases } from "../script/layer/layer_classes.ts";
import type { Phase } from "../proto/mod.ts";
import { type CheckableLayer, checkLayer, type LayerReport } from "../script/check/check_layer.ts";
import { onnxRuntimeOf } from "../script/check/onnx_runtime.ts";
import { loadModule } from "../script/modules/load_module.ts";
import { resolveModule } from "../script/modules/resolve_module.ts";
import { moduleCache, type NetCommandOptions } from "./options/net_command_options.ts";
import { collect, positiveInteger } from "./options/option_values.ts";
import { phaseOption } from "./options/phase_option.ts";
import { printOut } from "./output/print.ts";

interface CheckCommandOptions
  extends Pick<NetCommandOptions, "engine" | "layerPath" | "reload" | "cachedOnly"> {
  layer?: string | undefined;
  bottoms?: ExampleBottom[] | undefined;
  tops?: number | undefined;
  param?: unknown;
  tolerance?: number | undefined;
  phase?: Phase | undefined;
  json?: boolean | undefined;
}

/** `crema check`: looks for mistakes in layers. */
export function checkCommand(): Command {
  return new Command("check")
    .description("look for mistakes in script layers: gradients, and what they read and write")
    .argument("<module>", "the module, as a prototxt names it: a path, a URL, a name, crema/layers")
    .option("--layer <class>", "the exported class (default: every layer that the module exports)")
    .option(
      "--bottoms <shapes>",
      "shapes to check with, such as 2x3x4,2; 4:3 is 4 labels of 3 classes (default: the class's examples)",
      bottomShapes,
    )
    .option("--tops <n>", "number of tops", positiveInteger)
    .option("--param <json>", "param_str", json)
    .option(
      "--tolerance <fraction>",
      "how far gradients may be from finite differences of the loss, relative to the larger",
      fraction,
      0.01,
    )
    .addOption(phaseOption("check in this phase only (default: both)"))
    .option(
      "--engine <engine>",
      "embedded, libcaffe, or the path of a library (default: $CREMA_ENGINE or embedded)",
    )
    .option("--layer-path <folder>", "folder to search for modules given by name; may be repeated", collect)
    .option("--reload", "fetch modules by URL again")
    .addOption(new Option("--cached-only", "take modules by URL from Deno's cache only").conflicts("reload"))
    .option("--json", "print one JSON object")
    .action(async (module: string, options: CheckCommandOptions) => await runCheck(module, options));
}

async function runCheck(module: string, options: CheckCommandOptions): Promise<void> {
  const { engine, layerPath = [], bottoms, tops, param, tolerance = 0.01, phase } = options;
  // A layer may never return, and only the engine can tell in which method.
  using _signals = watchSignals(Engine.open(engine), {
    sigint: "end",
    sigterm: "end",
    note: "the check was not complete.",
  });
  const url = resolveModule(module, { layerPath });
  const layers = layersOf(await loadModule(url, { cache: moduleCache(options) }), module, options.layer);
  // Only what was given, since it replaces those parts of the examples.
  const use: Partial<LayerExample> = {
    ...(bottoms === undefined ? {} : { bottoms }),
    ...(tops === undefined ? {} : { tops }),
    ...(param === undefined ? {} : { param }),
  };
  const reports: LayerReport[] = [];
  for (const layer of layers) {
    const report = await checkLayer(layer, {
      use,
      tolerance,
      engine,
      onnxRuntime: onnxRuntimeOf(Deno.cwd()) ?? null,
      phases: phase === undefined ? undefined : [phase],
    });
    reports.push(report);
    if (!options.json) printOut(reportText(report));
  }
  if (options.json) printOut(`${JSON.stringify(reportsJson(module, reports))}\n`);
  const wrong = reports.filter(({ findings }) => findings.length > 0);
  if (wrong.length === 0) return;
  const names = wrong.map(({ layer }) => layer).join(", ");
  throw new CremaError(`Expected layers without mistakes but found some in ${names}`);
}

/** The layer classes of a module. Throws a CremaError when there are none, or none of that name. */
function layersOf(
  exports: Record<string, unknown>,
  module: string,
  name: string | undefined,
): Iterable<CheckableLayer> {
  const layers = layerClasses(exports);
  if (name === undefined) {
    if (layers.size > 0) return withoutAliases(layers).values();
    throw new CremaError(`Expected a class with reshape and forward in module '${module}' but found none`);
  }
  const layer = layers.get(name);
  if (layer !== undefined) return [layer];
  const near = nearest(name, [...layers.keys()]);
  throw new CremaError(
    `Expected a layer class '${name}' in module '${module}' but found ${
      [...layers.keys()].join(", ") || "none"
    }`,
    { hint: near === undefined ? undefined : `Did you mean '${near}'?` },
  );
}

function reportText({ layer, uses, findings, skipped }: LayerReport): string {
  const counts = uses.length === 0 ? "" : ` in ${counted(uses.length, "use")}`;
  const mistakes = findings.length > 0
    ? `${counted(findings.length, "mistake")}${counts}`
    : uses.length === 0
    ? "not checked"
    : `no mistakes${counts}`;
  const lines = [
    `${layer}: ${mistakes}`,
    ...findings.map((finding) => `  ${String(finding).slice(layer.length + 2).replaceAll("\n", "\n  ")}`),
    ...skipped.map((why) => `  not checked: ${why}`),
  ];
  return `${lines.join("\n")}\n`;
}

function reportsJson(module: string, reports: readonly LayerReport[]) {
  return {
    module,
    layers: reports.map(({ layer, uses, findings, skipped }) => ({
      layer,
      uses,
      skipped,
      findings: findings.map((
        { rule, what, message, at, element, expected, found, others, use, uses, hint },
      ) => ({
        rule,
        what,
        message,
        at,
        element,
        // JSON has no NaN.
        expected: expected === undefined
          ? undefined
          : Number.isFinite(expected)
          ? expected
          : String(expected),
        found: found === undefined ? undefined : Number.isFinite(found) ? found : String(found),
        more_elements: others,
        use,
        more_uses: uses,
        hint,
      })),
    })),
  };
}

/** `2x3x4,4:3` as bottoms: (2, 3, 4), and 4 labels of 3 classes. */
function bottomShapes(text: string): ExampleBottom[] {
  return text.split(",").map((bottom) => {
    const [, shape, labels] = /^\s*(\d+(?:x\d+)*)(?::(\d+))?\s*$/.exec(bottom) ?? [];
    if (shape === undefined) {
      throw new InvalidArgumentError(`Expected shapes such as 2x3x4,2 or 4x3,4:3 but found '${bottom}'.`);
    }
    return {
      shape: shape.split("x").map(Number),
      labels: labels === undefined ? undefined : Number(labels),
    };
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(`Expected JSON such as '{"margin": 1}' but found '${text}'.`);
  }
}

function fraction(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) {
    throw new InvalidArgumentError(`Expected a number between 0 and 1 but found '${text}'.`);
  }
  return value;
}
