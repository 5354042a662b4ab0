import assert from "node:assert/strict";
import { join } from "node:path";
import { joinBytes } from "../../../../base/join_bytes.ts";
import { readWeights } from "../../../../net/mod.ts";
import { bitsOf, expectRefused, inFolder, parameter } from "./parameters.ts";

/** The bytes of a file with this header, which need not fit the values. */
function fileOf(header: unknown, values = new Uint8Array(), length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  return joinBytes([size, json, values]);
}

const bytesOf = (values: Float16Array | Float32Array | Float64Array | Uint16Array) =>
  new Uint8Array(values.buffer);

Deno.test("floats of all widths are read as float32, integers are left out, and metadata is passed over", async () => {
  const values = joinBytes([
    bytesOf(Float64Array.of(0.1, -2)),
    bytesOf(Float16Array.of(1.5, 2 ** -24)),
    bytesOf(Uint16Array.of(0x3fc0, 0xc000)),
    bytesOf(Float32Array.of(7)),
    new Uint8Array(8),
    new Uint8Array(2),
  ]);
  const { parameters, leftOut } = await readWeights(fileOf({
    __metadata__: { format: "pt" },
    b: { dtype: "BF16", shape: [1, 2], data_offsets: [20, 24] },
    d: { dtype: "F64", shape: [2], data_offsets: [0, 16] },
    h: { dtype: "F16", shape: [2, 1], data_offsets: [16, 20] },
    f: { dtype: "F32", shape: [], data_offsets: [24, 28] },
    none: { dtype: "F32", shape: [0, 2], data_offsets: [36, 36] },
    steps: { dtype: "I64", shape: [1], data_offsets: [28, 36] },
    mask: { dtype: "BOOL", shape: [2], data_offsets: [36, 38] },
  }, values));
  assert.deepEqual(
    bitsOf(parameters),
    bitsOf([
      parameter("b", [1, 2], [1.5, -2]),
      parameter("d", [2], [0.1, -2]),
      parameter("h", [2, 1], [1.5, 2 ** -24]),
      parameter("f", [], [7]),
      parameter("none", [0, 2]),
    ]),
  );
  assert.deepEqual(parameters.map(({ type }) => type), [
    "bfloat16",
    "float64",
    "float16",
    "float32",
    "float32",
  ]);
  assert.deepEqual(leftOut, [{ name: "steps", type: "I64" }, { name: "mask", type: "BOOL" }]);
});

Deno.test("weights of 8 bits are refused when they are read, by name", async () => {
  const { parameters } = await readWeights(fileOf({
    q: { dtype: "F8_E4M3", shape: [2], data_offsets: [0, 2] },
  }, new Uint8Array(2)));
  assert.throws(
    () => parameters[0]!.read(),
    /Expected weights of 16, 32 or 64 bits but found 'q' of type F8_E4M3/,
  );
});

const entry = (shape: unknown, begin: unknown, end: unknown, dtype: unknown = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const DAMAGED: [string, Uint8Array, RegExp][] = [
  ["too short", new Uint8Array(5), /5 bytes, where its header's length takes 8/],
  ["empty", new Uint8Array(), /0 bytes/],
  ["header cut", fileOf('{"a":', undefined, 90n), /a header of 90 bytes in a file of 13/],
  ["header of 2^63 bytes", fileOf("{}", undefined, 2n ** 63n), /a header of 9223372036854776000 bytes/],
  ["no JSON", fileOf("{nothing}"), /a header that is no JSON: /],
  ["no object", fileOf("[1]"), /a header that is no JSON object/],
  ["null", fileOf("null"), /a header that is no JSON object/],
  ["space first", fileOf(" {}"), /a header that is no JSON object/],
  ["no UTF-8", fileOf('{"\xff').with(11, 0xff), /a header that is no JSON/],
  [
    "twice",
    fileOf(
      '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
    ),
    /tensor 'a' twice/,
  ],
  [
    "unknown type",
    fileOf({ a: entry([1], 0, 4, "F31") }, new Uint8Array(4)),
    /tensor 'a' of type 'F31'\. Types are BOOL/,
  ],
  [
    "no shape",
    fileOf({ a: entry(undefined, 0, 4) }, new Uint8Array(4)),
    /tensor 'a' without a dtype, a shape/,
  ],
  ["negative size", fileOf({ a: entry([-1, -1], 0, 4) }, new Uint8Array(4)), /tensor 'a' without/],
  ["fraction", fileOf({ a: entry([1.5], 0, 6) }, new Uint8Array(6)), /tensor 'a' without/],
  [
    "three offsets",
    fileOf({ a: { ...entry([1], 0, 4), data_offsets: [0, 4, 8] } }, new Uint8Array(4)),
    /tensor 'a' without/,
  ],
  [
    "huge shape",
    fileOf({ a: entry([2 ** 40, 2 ** 40], 0, 4) }, new Uint8Array(4)),
    /Expected a shape of whole lengths/,
  ],
  [
    "other size",
    fileOf({ a: entry([3], 0, 8) }, new Uint8Array(8)),
    /tensor 'a' in 8 bytes, where \(3\) of F32 takes 12/,
  ],
  ["backwards", fileOf({ a: entry([1], 8, 4) }, new Uint8Array(8)), /tensor 'a' in -4 bytes/],
  [
    "outside",
    fileOf({ a: entry([1], 0, 4), b: entry([1], 4, 8) }, new Uint8Array(6)),
    /tensor 'b' up to byte 8 of 6/,
  ],
  [
    "overlap",
    fileOf({ a: entry([2], 0, 8), b: entry([1], 4, 8) }, new Uint8Array(8)),
    /tensor 'b' over another: it begins at 4, before 8/,
  ],
  [
    "gap",
    fileOf({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, new Uint8Array(12)),
    /a gap before tensor 'b', from 4 to 8/,
  ],
  [
    "more values",
    fileOf({ a: entry([1], 0, 4) }, new Uint8Array(9)),
    /9 bytes of values, where the tensors take 4/,
  ],
];

Deno.test("safetensors that are damaged are refused by what is wrong with them", () =>
  inFolder(async (folder) => {
    const path = join(folder, "w.safetensors");
    for (const [what, bytes, message] of DAMAGED) {
      await Deno.writeFile(path, bytes);
      await expectRefused(path, readWeights(path), message).catch((error: Error) => {
        throw new Error(`${what}: ${error.message}`);
      });
    }
  }));

Deno.test("a file that is cut after it was opened is an error, not wrong values", () =>
  inFolder(async (folder) => {
    const path = join(folder, "w.safetensors");
    await Deno.writeFile(path, fileOf({ a: entry([2], 0, 8) }, new Uint8Array(8)));
    const { parameters } = await readWeights(path);
    await Deno.truncate(path, (await Deno.stat(path)).size - 4);
    assert.throws(
      () => parameters[0]!.read(),
      /Expected 8 bytes from byte \d+ on but found 4\. The file was cut/,
    );
  }));
