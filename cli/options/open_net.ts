import { Net } from "../../net/mod.ts";
import { engineOptions, type NetCommandOptions } from "./net_command_options.ts";

/** Makes the net of `--model`, with the options of its command. Throws a CremaError. */
export async function openNet(
  options: NetCommandOptions & { model: string },
  phase: "TRAIN" | "TEST",
): Promise<Net> {
  return await Net.fromFile(options.model, { ...engineOptions(options), phase });
}
