import type { Command } from "commander";
import type { CopyWeightsOptions } from "../../net/mod.ts";
import { list } from "./option_values.ts";

/** The options of every command that copies weights into a net. */
export interface WeightsOptions extends CopyWeightsOptions {
  weights?: string[] | undefined;
  /** Whether layers may keep what their fillers gave; see `refuseMissing`. */
  allowMissing?: boolean | undefined;
}

/** Adds `--weights`, which the command may need, and `--skip-mismatch`. */
export function addWeightsOptions(
  command: Command,
  { required = false, what = "files of weights (.caffemodel, .h5, .safetensors, .npz)" }: {
    required?: boolean;
    what?: string;
  } = {},
): Command {
  const flags = "--weights <files>", text = `${what}, separated by commas`;
  (required ? command.requiredOption(flags, text, list) : command.option(flags, text, list))
    .option(
      "--skip-mismatch",
      "leave layers as they are whose weights have other shapes, instead of failing",
    );
  // Without weights of every layer, training begins from fillers; a result means nothing.
  return required ? addAllowMissingOption(command) : command;
}

/** Adds `--allow-missing`. */
export function addAllowMissingOption(command: Command): Command {
  return command.option(
    "--allow-missing",
    "let layers that the weights lack keep what their fillers gave, instead of failing",
  );
}
