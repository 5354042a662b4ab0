import { decode, encode } from "../proto/binary.ts";
import { CremaError } from "../proto/error.ts";
import { upgradeNet } from "../proto/upgrade.ts";

/**
 * Reads a .caffemodel and returns its bytes, in the present form whatever its age. Throws a CremaError when it is
 * missing, or broken: before any net takes a part of it.
 */
export async function readWeights(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    const found = cause instanceof Deno.errors.NotFound ? "no such file" : (cause as Error).message;
    throw new CremaError(`Expected weights (.caffemodel) but found ${found}`, { file: path, cause });
  }
  const net = decode("NetParameter", bytes, { file: path });
  return net.layers === undefined || net.layers.length === 0
    ? bytes
    : encode("NetParameter", upgradeNet(net));
}
