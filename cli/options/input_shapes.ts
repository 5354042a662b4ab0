import { type Command, InvalidArgumentError } from "commander";

/** Adds `--input`, which gives blobs shapes in place of the layers that make them. */
export function addInputOption(command: Command): Command {
  return command.option(
    "--input <blob=shape>",
    "the shape of a blob instead of its data layer: data=1,3,224,224; may be repeated",
    inputShape,
  );
}

function inputShape(text: string, before = new Map<string, number[]>()): Map<string, number[]> {
  const [, name, dims] = /^([^=]+)=(\d+(?:[,x]\d+)*)$/.exec(text) ?? [];
  if (name === undefined || dims === undefined) {
    throw new InvalidArgumentError(
      `Expected a blob and its shape, such as data=1,3,224,224, but found '${text}'.`,
    );
  }
  return new Map(before).set(name, dims.split(/[,x]/).map(Number));
}
