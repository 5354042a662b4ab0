import { CremaError } from "../../base/error.ts";
import { readBytesSync } from "../../base/read_bytes.ts";

/**
 * The numbers of a text file, separated by white space. Throws a CremaError when the file is missing or has anything
 * else; `what` says what it holds.
 */
export function readNumbers(path: string, what: string): number[] {
  const words = new TextDecoder().decode(readBytesSync(path, what)).match(/\S+/g) ?? [];
  return words.map((word) => {
    const value = Number(word);
    if (!Number.isFinite(value)) throw new CremaError(`Expected numbers in '${path}' but found '${word}'`);
    return value;
  });
}
