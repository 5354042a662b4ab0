import { extname } from "node:path";
import { CremaError } from "../../base/error.ts";
import { readBytes } from "../../base/read_bytes.ts";
import { utf16Of } from "../../base/utf16.ts";
import { decode } from "../codec/binary.ts";
import type { MessageName, Messages } from "../messages.ts";
import { parseText } from "../text/parse_text.ts";
import type { UpgradeOptions } from "../upgrade/upgrade_warning.ts";

/** How to read a file. */
export interface ReadOptions extends UpgradeOptions {
  /**
   * Form of the file. By default .caffemodel, .binaryproto, .binaryprotobuf, .pb and .solverstate are binary.
   */
  format?: "text" | "binary" | undefined;
  /**
   * Fields to set as if they stood in the file, `path=value`: see {@linkcode parseAssignments}. Of a solver,
   * those of its nets (`net:`) are for `solverNets`.
   */
  set?: readonly string[] | undefined;
}

const BINARY = new Set([".caffemodel", ".binaryproto", ".binaryprotobuf", ".pb", ".solverstate"]);

/**
 * Reads a message from a text or binary file, without upgrading it. `what` names it in errors: "a net file".
 * Throws a CremaError that names the file, and for text the line.
 */
export async function readMessage<N extends MessageName>(
  name: N,
  path: string,
  what: string,
  { format = BINARY.has(extname(path).toLowerCase()) ? "binary" : "text" }: ReadOptions,
): Promise<Messages[N]> {
  const bytes = await readBytes(path, what);
  if (format === "binary") return decode(name, bytes, { file: path });
  if (utf16Of(bytes) !== undefined) {
    throw new CremaError("Expected a prototxt in UTF-8 but found text in UTF-16", {
      file: path,
      hint: "Save it in UTF-8, for example by `iconv -f UTF-16 -t UTF-8`.",
    });
  }
  if (bytes.subarray(0, 4096).includes(0)) {
    throw new CremaError("Expected a prototxt but found binary data", {
      file: path,
      hint: "Give weights separately from the net, with --weights.",
    });
  }
  return parseText(name, new TextDecoder().decode(bytes), { file: path });
}
