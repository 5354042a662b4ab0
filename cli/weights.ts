import { Command } from "commander";
import { convertCommand } from "./weights/convert_command.ts";
import { diffCommand } from "./weights/diff_command.ts";
import { showCommand } from "./weights/show_command.ts";

/** `crema weights`: what is in files of weights, in other formats, and compared. */
export function weightsCommand(): Command {
  return new Command("weights")
    .description("show, convert and compare weights: .caffemodel, .h5, .safetensors, .npz, .onnx")
    .addCommand(showCommand())
    .addCommand(convertCommand())
    .addCommand(diffCommand());
}
