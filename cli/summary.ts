import { Command } from "commander";
import { type LayerSummary, Net, type NetSummary, replaceInputs, summarize } from "../net/mod.ts";
import { readNet } from "../proto/mod.ts";
import { addInputOption } from "./options/input_shapes.ts";
import { addNetOptions, engineOptions, type NetCommandOptions } from "./options/net_command_options.ts";
import { phaseOption } from "./options/phase_option.ts";
import { printOut } from "./output/print.ts";
import { sizeText } from "./output/size_text.ts";
import { tableText } from "./output/table_text.ts";

interface SummaryCommandOptions extends NetCommandOptions {
  phase?: "TRAIN" | "TEST" | undefined;
  input?: Map<string, number[]> | undefined;
  json?: boolean | undefined;
}

/** `crema summary`: what a net is made of, and costs. */
export function summaryCommand(): Command {
  const command = new Command("summary")
    .description("show a net's layers: shapes, parameters, multiply-adds, receptive fields, memory")
    .argument("<net>", "the net's prototxt")
    .addOption(phaseOption("phase of the net (default: TEST)"))
    .option("--json", "print one JSON object");
  return addNetOptions(addInputOption(command))
    .action(async (file: string, options: SummaryCommandOptions) => await runSummary(file, options));
}

async function runSummary(file: string, options: SummaryCommandOptions): Promise<void> {
  const param = replaceInputs(await readNet(file), options.input ?? new Map());
  const given = engineOptions(options);
  using net = await Net.create(param, {
    ...given,
    phase: options.phase ?? "TEST",
    compute: { ...given.compute, recycle: false },
  });
  const summary = summarize(net);
  printOut(options.json ? `${JSON.stringify(jsonOf(summary))}\n` : summaryText(summary));
}

function jsonOf({ name, layers, parameters, learned, multiplyAdds, bytes }: NetSummary) {
  return {
    name,
    layers: layers.map(({ multiplyAdds, receptiveField, ...layer }) => ({
      ...layer,
      multiply_adds: multiplyAdds,
      // JSON has no infinity: null is the whole input.
      receptive_field: receptiveField?.size.map((side) => Number.isFinite(side) ? side : null),
    })),
    parameters,
    learned,
    multiply_adds: multiplyAdds,
    bytes,
  };
}

/** A summary as a table with the totals below. */
export function summaryText(summary: NetSummary): string {
  const { name, layers, parameters, learned, multiplyAdds, bytes } = summary;
  const table = tableText(
    [
      { title: "layer (type)" },
      { title: "output shape" },
      { title: "parameters", align: "right" },
      { title: "multiply-adds", align: "right" },
      { title: "field", align: "right" },
      { title: "bottoms" },
    ],
    layers.map((layer) => [
      `${layer.name} (${layer.type})`,
      layer.shapes.map((shape) => `(${shape.join(", ")})`).join(" "),
      layer.parameters === 0 ? "" : layer.parameters.toLocaleString("en"),
      layer.multiplyAdds === 0 ? "" : short(layer.multiplyAdds),
      fieldText(layer.receptiveField),
      layer.bottoms.join(", "),
    ]),
  );
  return [
    ...name === "" ? [] : [`Net '${name}'`, ""],
    table,
    `Parameters:     ${parameters.toLocaleString("en")} (${sizeText(4 * parameters)})` +
    (learned === parameters ? "" : `, of which ${learned.toLocaleString("en")} are learned`),
    `Multiply-adds:  ${short(multiplyAdds)} forward`,
    `Memory:         ${sizeText(bytes.inference)} for inference, ${
      sizeText(bytes.training)
    } for training with SGD,`,
    "                if every blob keeps its memory (crema train, test and classify recycle it)",
    "",
  ].join("\n");
}

function fieldText(field: LayerSummary["receptiveField"]): string {
  if (field === undefined) return "";
  const [height, width] = field.size.map((side) => Number.isFinite(side) ? String(Math.round(side)) : "all");
  return height === "all" && width === "all" ? "all" : `${height}×${width}`;
}

function short(value: number): string {
  for (const [unit, factor] of [["G", 1e9], ["M", 1e6], ["K", 1e3]] as const) {
    if (value >= factor) return `${(value / factor).toFixed(2)} ${unit}`;
  }
  return String(value);
}
