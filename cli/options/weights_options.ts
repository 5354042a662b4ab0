import type { Command } from "commander";
import type { CopyWeightsOptions } from "../../net/mod.ts";
import { list } from "./option_values.ts";

/** The options of every command that copies weights into a net. */
export interface WeightsOptions extends CopyWeightsOptions {
  weights?: string[] | undefined;
}

/** Adds `--weights`, which the command may need, and `--skip-mismatch`. */
export function addWeightsOptions(
  command: Command,
  { required = false, what = ".caffemodel files" }: { required?: boolean; what?: string } = {},
): Command {
  const flags = "--weights <files>", text = `${what}, separated by commas`;
  return (required ? command.requiredOption(flags, text, list) : command.option(flags, text, list))
    .option(
      "--skip-mismatch",
      "leave layers as they are whose weights have other shapes, instead of failing",
    );
}
