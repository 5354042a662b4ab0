import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { Command } from "commander";
import { CremaError } from "../base/error.ts";
import { destinationOf, writeWhole } from "../base/write_whole.ts";
import { Net } from "../net/mod.ts";
import { type ImportedOnnx, importOnnx, withoutBlobs } from "../onnx/mod.ts";
import { encode, netFromText, printText } from "../proto/mod.ts";
import { tableText } from "./output/table_text.ts";
import { addInputOption } from "./options/input_shapes.ts";
import { printOut } from "./output/print.ts";

interface ImportCommandOptions {
  output?: string | undefined;
  input?: Map<string, number[]> | undefined;
  force?: boolean | undefined;
  json?: boolean | undefined;
}

/** `crema import`: makes a Caffe net of an ONNX model. */
export function importCommand(): Command {
  const command = new Command("import")
    .description("make a Caffe net of an ONNX model: NAME.prototxt and NAME.caffemodel")
    .argument("<model>", "the .onnx file")
    .option(
      "-o, --output <name>",
      "what the files are called, or a folder for them (default: the model's name)",
    )
    .option("--force", "replace files that are there")
    .option("--json", "print one JSON object");
  return addInputOption(command).action(async (file: string, options: ImportCommandOptions) =>
    await runImport(file, options)
  );
}

async function runImport(file: string, { output, input, force, json }: ImportCommandOptions): Promise<void> {
  const name = nameOf(file, output);
  const [net, weights] = [`${name}.prototxt`, `${name}.caffemodel`];
  for (const path of [net, weights]) {
    await destinationOf(path);
    if (force !== true && existsSync(path)) {
      throw new CremaError("Expected to write a new file but found one", {
        file: path,
        hint: "Give another name with -o, or --force to replace it.",
      });
    }
  }
  const imported = await importOnnx(file, { inputs: input });
  const text = `# Made of ${basenameOf(file)} by crema import.\n${
    printText("NetParameter", withoutBlobs(imported.net))
  }`;
  const bytes = encode("NetParameter", imported.net);
  await checkNet(imported, text, bytes);
  // The net comes last: whoever finds it finds its weights.
  await writeWhole(weights, () => bytes, "weights");
  await writeWhole(net, () => new TextEncoder().encode(text), "net");
  const { report } = imported;
  printOut(
    json ? `${JSON.stringify({ net, weights, ...report })}\n` : reportText(imported, { file, net, weights }),
  );
}

/** What the files of an import are called, without their endings. Throws a CremaError for what can't be a model. */
function nameOf(file: string, output: string | undefined): string {
  const model = file.replace(/\.onnx$/, "");
  if (output === undefined) {
    if (model !== file && model !== "") return model;
    throw new CremaError(
      "Expected a model's file that ends in .onnx, or -o with a name for the net's files",
      {
        file,
        hint: /\.prototxt$/.test(file) ? "`crema export` makes an ONNX model of a prototxt." : undefined,
      },
    );
  }
  const isFolder = output.endsWith("/") ||
    statSync(output, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? join(output, basename(model)) : output.replace(/\.(prototxt|caffemodel)$/, "");
}

/** Makes the net as its files say, and expects the shapes that ONNX has. Throws a CremaError for others. */
async function checkNet({ shapes }: ImportedOnnx, text: string, weights: Uint8Array): Promise<void> {
  using net = await Net.create(netFromText(text), { phase: "TEST", weights, compute: { recycle: true } });
  for (const [name, shape] of shapes) {
    if (!net.blobs.has(name)) continue;
    const found = net.blob(name).shape;
    if (found.join() !== shape.join()) {
      throw new CremaError(
        `Expected blob '${name}' to have the shape (${shape.join(", ")}) but found (${found.join(", ")})`,
        { hint: "This is a fault of crema import: please report the model." },
      );
    }
  }
}

function reportText(
  { report: { opset, producer, inputs, outputs, nodes, remarks, layers, parameters } }: ImportedOnnx,
  { file, net, weights }: { file: string; net: string; weights: string },
): string {
  const folded = nodes.filter((node) => node.folded).length;
  const become = new Map<string, { nodes: number; layers: number }>();
  for (const { operator, layers: own, folded } of nodes) {
    if (folded) continue;
    const { nodes = 0, layers = 0 } = become.get(operator) ?? {};
    become.set(operator, { nodes: nodes + 1, layers: layers + own.length });
  }
  const rows = [...become].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([operator, count]) => [operator, String(count.nodes), String(count.layers)]);
  const shapes = (values: typeof inputs) =>
    values.map(({ name, shape }) => `${name} (${shape.join(", ")})`).join(", ");
  const images = inputs.length === 1 && inputs[0]!.shape.length === 4;
  const next = images ? `crema classify --model ${net} --weights ${weights} image.jpg` : `crema time ${net}`;
  return [
    `${file}: opset ${opset}${producer === "" ? "" : `, written by ${producer}`}`,
    "",
    tableText([{ title: "operator" }, { title: "nodes", align: "right" }, {
      title: "layers",
      align: "right",
    }], rows),
    `Computed:    ${folded} nodes of constants`,
    `Inputs:      ${shapes(inputs)}`,
    `Outputs:     ${shapes(outputs)}`,
    `Parameters:  ${parameters.toLocaleString("en")} in ${layers} layers`,
    ...remarks.length === 0 ? [] : ["", ...remarks.map((remark) => `- ${remark}`)],
    "",
    `wrote ${net}`,
    `wrote ${weights}`,
    "",
    "Now:",
    `  crema summary ${net}`,
    `  ${next}`,
    "",
  ].join("\n");
}

function basenameOf(path: string): string {
  // No line break ends the comment.
  return path.slice(path.lastIndexOf("/") + 1).replaceAll(/[\r\n]/g, " ");
}
