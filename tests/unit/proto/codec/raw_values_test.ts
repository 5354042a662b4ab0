// NVIDIA's form of weights, written here byte by byte.
import assert from "node:assert/strict";
import protobuf from "protobufjs";
import { readMeanFile } from "../../../../data/images/read_mean_file.ts";
import { Net } from "../../../../net/net.ts";
import { decode, encode } from "../../../../proto/codec/binary.ts";
import { rawValues } from "../../../../proto/codec/raw_values.ts";
import { temporaryFolder } from "../../data/fixture.ts";

/** A BlobProto with a shape, `raw_data_type` (10) and `raw_data` (12), or 11 and 13 for the diff. */
function rawBlob(dims: number[], type: number | undefined, bytes: number[], diff = false): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(7 << 3 | 2).fork().uint32(1 << 3 | 2).fork();
  for (const dim of dims) writer.uint32(dim);
  writer.ldelim().ldelim();
  if (type !== undefined) writer.uint32((diff ? 11 : 10) << 3).int32(type);
  writer.uint32((diff ? 13 : 12) << 3 | 2).bytes(new Uint8Array(bytes));
  return writer.finish();
}

/** 1, −2, the largest, the smallest subnormal, −0 and infinity, as half floats. */
const HALVES = [0x00, 0x3c, 0x00, 0xc0, 0xff, 0x7b, 0x01, 0x00, 0x00, 0x80, 0x00, 0x7c];
const VALUES = [1, -2, 65504, 2 ** -24, -0, Infinity];

Deno.test("raw values of 16, 32 and 64 bits are a blob's data and diff", () => {
  const shape = { dim: [2, 3] };
  assert.deepEqual(decode("BlobProto", rawBlob([2, 3], 2, HALVES)), {
    shape,
    data: new Float32Array(VALUES),
  });
  assert.deepEqual(decode("BlobProto", rawBlob([2, 3], 2, HALVES, true)), {
    shape,
    diff: new Float32Array(VALUES),
  });
  const floats = [...new Uint8Array(new Float32Array([0.1, -3]).buffer)];
  assert.deepEqual(decode("BlobProto", rawBlob([2], 1, floats)).data, new Float32Array([0.1, -3]));
  const doubles = [...new Uint8Array(new Float64Array([0.1]).buffer)];
  assert.deepEqual(decode("BlobProto", rawBlob([1], 0, doubles)).double_data, new Float64Array([0.1]));
});

Deno.test("a blob that has values in Caffe's form too keeps those", () => {
  const both = [
    ...encode("BlobProto", { data: new Float32Array([7, 8]) }),
    ...rawBlob([2], 2, HALVES.slice(0, 4)),
  ];
  assert.deepEqual(decode("BlobProto", new Uint8Array(both)).data, new Float32Array([7, 8]));
});

Deno.test("raw values without floats are refused", () => {
  assert.throws(() => decode("BlobProto", rawBlob([1], 3, [1, 0])), /raw_data of type INT holds no floats/);
  assert.throws(
    () => decode("BlobProto", rawBlob([1], undefined, [1, 0])),
    /raw_data of no type holds no floats/,
  );
  assert.throws(() => decode("BlobProto", rawBlob([1], 2, [1])), /1 bytes of raw_data are no whole floats/);
  assert.throws(() => rawValues("raw_diff", 9, new Uint8Array(2)), /raw_diff of type 9/);
});

Deno.test("weights of half floats are copied into a net, and a mean file is read", async () => {
  using folder = temporaryFolder();
  const blob = rawBlob([2, 3], 2, HALVES.slice(0, 6).concat(HALVES.slice(0, 6)));
  const layer = protobuf.Writer.create().uint32(1 << 3 | 2).string("ip").uint32(2 << 3 | 2).string(
    "InnerProduct",
  )
    .uint32(7 << 3 | 2).bytes(blob).uint32(7 << 3 | 2).bytes(encode("BlobProto", {
      shape: { dim: [2] },
      data: new Float32Array([5, 6]),
    })).finish();
  const file = `${folder.path}/net.caffemodel`;
  Deno.writeFileSync(file, protobuf.Writer.create().uint32(100 << 3 | 2).bytes(layer).finish());
  using net = await Net.fromText(
    `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 } } }
    layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 2 } }`,
    { phase: "TEST" },
  );
  const report = await net.copyFrom(file);
  assert.deepEqual(report.copied, ["ip"]);
  const [weights, bias] = net.params.get("ip")!;
  assert.deepEqual(weights!.read(), new Float32Array([1, -2, 65504, 1, -2, 65504]));
  assert.deepEqual(bias!.read(), new Float32Array([5, 6]));

  const mean = `${folder.path}/mean.binaryproto`;
  Deno.writeFileSync(mean, rawBlob([1, 1, 1, 2], 2, HALVES.slice(0, 4)));
  assert.deepEqual(readMeanFile(mean).values, new Float32Array([1, -2]));
});
