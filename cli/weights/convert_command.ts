import { Command } from "commander";
import { type FloatType, type StoredParameter, writeWeights } from "../../net/mod.ts";
import { printError, printOut } from "../output/print.ts";
import { addRenameOption, readRenamed, type RenameOptions } from "./read_renamed.ts";

/** `crema weights convert`: writes weights in another format, or with other names. */
export function convertCommand(): Command {
  const command = new Command("convert")
    .description("write weights in the format that the ending of the new file names")
    .argument("<from>", "a file .caffemodel, .h5, .safetensors, .npz or .onnx")
    .argument("<to>", "the file to write: .caffemodel, .h5, .safetensors or .npz");
  return addRenameOption(command, "parameters")
    .action(async (from: string, to: string, options: RenameOptions) => await runConvert(from, to, options));
}

async function runConvert(from: string, to: string, options: RenameOptions): Promise<void> {
  const parameters = await readRenamed(from, options);
  await writeWeights(to, parameters);
  for (const type of ["float16", "bfloat16", "float64"] as const) sayConverted(parameters, type);
  printOut(`${to}: ${parameters.length} parameter${parameters.length === 1 ? "" : "s"}\n`);
}

/** Says which values are not written as they were. */
function sayConverted(parameters: readonly StoredParameter[], type: FloatType): void {
  const count = parameters.filter((parameter) => parameter.type === type).length;
  if (count === 0) return;
  const how = type === "float64" ? "rounded" : "widened";
  printError(`${count} parameter${count === 1 ? "" : "s"} of ${type} ${how} to float32\n`);
}
