import { Command } from "commander";
import { type StoredParameter, type WeightsStatistics, weightsStatistics } from "../../net/mod.ts";
import { parameterName } from "../../net/weights/stored_parameter.ts";
import { printOut } from "../output/print.ts";
import { type Column, tableText } from "../output/table_text.ts";
import { finite, numberText } from "./number_text.ts";
import { readRenamed } from "./read_renamed.ts";

/** `crema weights show`: a table of the parameters in a file. */
export function showCommand(): Command {
  return new Command("show")
    .description("list parameters: shape, mean, standard deviation, smallest, largest, zeros, NaN")
    .argument("<file>", "a file .caffemodel, .h5, .safetensors, .npz or .onnx")
    .option("--json", "print one JSON object")
    .action(async (file: string, { json }: { json?: boolean | undefined }) => {
      const parameters = await readRenamed(file);
      const rows = parameters.map((parameter): Row => ({
        parameter,
        statistics: weightsStatistics(parameter.read()),
      }));
      printOut(json ? `${JSON.stringify(jsonOf(rows))}\n` : weightsTable(rows));
    });
}

interface Row {
  parameter: StoredParameter;
  statistics: WeightsStatistics;
}

function jsonOf(rows: readonly Row[]) {
  return {
    parameters: rows.map(({ parameter, statistics }) => {
      const { name, shape, type } = parameter, { mean, deviation, min, max, ...counts } = statistics;
      const { layer, parameter: own } = parameterName(name);
      return {
        name,
        layer,
        parameter: own,
        shape,
        type,
        ...counts,
        mean: finite(mean),
        deviation: finite(deviation),
        min: finite(min),
        max: finite(max),
      };
    }),
    ...totalsOf(rows),
  };
}

function totalsOf(rows: readonly Row[]) {
  const sum = (of: (statistics: WeightsStatistics) => number) =>
    rows.reduce((total, { statistics }) => total + of(statistics), 0);
  return {
    layers: new Set(rows.map(({ parameter }) => parameterName(parameter.name).layer)).size,
    count: sum(({ count }) => count),
    zeros: sum(({ zeros }) => zeros),
    nan: sum(({ nan }) => nan),
    infinite: sum(({ infinite }) => infinite),
  };
}

/** The table, with the totals below. A column for types is there when some values are not float32. */
function weightsTable(rows: readonly Row[]): string {
  const typed = rows.some(({ parameter }) => parameter.type !== "float32");
  const right = (title: string): Column => ({ title, align: "right" });
  const columns = [
    { title: "layer" },
    { title: "parameter" },
    { title: "shape" },
    ...typed ? [{ title: "type" }] : [],
    ...["mean", "deviation", "min", "max", "zeros", "NaN", "Inf"].map(right),
  ];
  const cells = rows.map(({ parameter: { name, shape, type }, statistics: found }) => {
    const { layer, parameter } = parameterName(name);
    return [
      layer,
      parameter,
      `(${shape.join(", ")})`,
      ...typed ? [type] : [],
      ...[found.mean, found.deviation, found.min, found.max].map((value) =>
        found.count === 0 ? "" : numberText(value)
      ),
      ...[found.zeros, found.nan, found.infinite].map((count) =>
        count === 0 ? "" : count.toLocaleString("en")
      ),
    ];
  });
  const { layers, count, zeros, nan, infinite } = totalsOf(rows);
  const many = (n: number, one: string) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;
  return [
    tableText(columns, cells),
    `${many(layers, "layer")}, ${many(rows.length, "parameter")}, ${many(count, "value")}: ` +
    `${many(zeros, "zero")}, ${nan.toLocaleString("en")} NaN, ${infinite.toLocaleString("en")} infinite`,
    "",
  ].join("\n");
}
