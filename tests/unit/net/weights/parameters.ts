import assert from "node:assert/strict";
import type { NamedParameter } from "../../../../net/mod.ts";

/** A parameter of these values. */
export function parameter(
  name: string,
  shape: readonly number[],
  values?: ArrayLike<number>,
): NamedParameter {
  const count = shape.reduce((product, size) => product * size, 1);
  const data = Float32Array.from(
    values ?? { length: count },
    (value, i) => values === undefined ? i - 0.5 : value,
  );
  return { name, shape, read: () => data };
}

/** The name, the shape and the bits of each parameter. */
export function bitsOf(parameters: readonly NamedParameter[]): unknown[] {
  return parameters.map((each) => {
    const values = each.read();
    const bits = new Uint32Array(
      values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength),
    );
    return { name: each.name, shape: [...each.shape], bits: Array.from(bits) };
  });
}

/** Runs with a folder that is removed afterwards. */
export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-weights-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Expects an error with this message that names the file. */
export async function expectRefused(path: string, run: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(run, (error: Error) => {
    assert.equal(error.name, "CremaError", error.stack);
    assert.match(error.message, message);
    assert.ok(error.message.startsWith(path), error.message);
    return true;
  });
}
