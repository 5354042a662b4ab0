import { CremaError } from "../../base/mod.ts";

/**
 * The file that a command is about, which may be given by its option or without a name. Throws a CremaError when there is
 * none, or two.
 */
export function positionalFile(
  what: string,
  option: string,
  named: string | undefined,
  positional: string | undefined,
): string {
  if (named !== undefined && positional !== undefined && named !== positional) {
    throw new CremaError(`Expected one ${what} but found '${positional}' and ${option} ${named}`);
  }
  const file = named ?? positional;
  if (file !== undefined) return file;
  throw new CremaError(`Expected a ${what} but found none`, {
    hint: `Name its file, or give it with ${option}.`,
  });
}
