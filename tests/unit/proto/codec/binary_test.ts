import assert from "node:assert/strict";
import fc from "fast-check";
import { decode, encode } from "../../../../proto/codec/binary.ts";
import { CremaError } from "../../../../base/error.ts";
import type { MessageName } from "../../../../proto/messages.ts";
import { messageTypes } from "../../../../proto/codec/schema.ts";
import { parseText } from "../../../../proto/text/parse_text.ts";
import { printText } from "../../../../proto/text/print_text.ts";
import { arbitraryMessage } from "../arbitrary_message.ts";
import { fixtureText } from "../fixture.ts";

Deno.test("binary round trip of random messages of every type", () => {
  for (const { name } of messageTypes) {
    const type = name as MessageName;
    fc.assert(
      fc.property(arbitraryMessage(type), (message) => {
        assert.deepEqual(decode(type, encode(type, message)), message);
      }),
      { numRuns: 15 },
    );
  }
});

Deno.test("binary gives back what was parsed from text", () => {
  for (const name of ["wild", "v0", "v1", "lenet_train_test"]) {
    const net = parseText("NetParameter", fixtureText(`${name}.prototxt`));
    assert.deepEqual(decode("NetParameter", encode("NetParameter", net)), net);
  }
});

const protoc = await new Deno.Command("protoc", { args: ["--version"], stdout: "null", stderr: "null" })
  .output()
  .then(({ success }) => success, () => false);
const protoFolder = new URL("../../../../proto/", import.meta.url).pathname;

async function runProtoc(mode: "encode" | "decode", type: string, input: Uint8Array): Promise<Uint8Array> {
  const child = new Deno.Command("protoc", {
    args: [`--${mode}=caffe.${type}`, `-I${protoFolder}`, "caffe.proto"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(input);
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return stdout;
}

Deno.test({
  name: "protoc reads our binary and our text, and we read its own",
  ignore: !protoc,
  async fn() {
    for (
      const type of [
        "NetParameter",
        "SolverParameter",
        "SolverState",
        "LayerParameter",
        "BlobProto",
        "Datum",
      ] as const
    ) {
      await fc.assert(
        fc.asyncProperty(arbitraryMessage(type), async (message) => {
          const bytes = encode(type, message);
          const text = printText(type, message);
          const theirText = new TextDecoder().decode(await runProtoc("decode", type, bytes));
          assert.deepEqual(parseText(type, theirText), message);
          const theirBytes = await runProtoc("encode", type, new TextEncoder().encode(text));
          assert.deepEqual(new Uint8Array(bytes), theirBytes);
        }),
        { numRuns: 10 },
      );
    }
  },
});

Deno.test("a truncated file gives a CremaError that names it, or a shorter message", () => {
  const net = {
    name: "net",
    layer: [{ name: "fc", blobs: [{ data: new Float32Array(100), shape: { dim: [10, 10] } }] }],
  };
  const bytes = encode("NetParameter", net);
  let refused = 0;
  for (let length = 1; length < bytes.length; length++) {
    try {
      decode("NetParameter", bytes.subarray(0, length), { file: "x.caffemodel" });
    } catch (error) {
      assert.ok(error instanceof CremaError, String(error));
      assert.equal(error.file, "x.caffemodel");
      refused++;
    }
  }
  // Only a cut between two fields of the net leaves a whole message.
  assert.equal(refused, bytes.length - 2);
});

Deno.test("random bytes give nothing worse than a CremaError", () => {
  const valid = encode("NetParameter", parseText("NetParameter", fixtureText("v1.prototxt")));
  const mutated = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    .map((changes) => {
      const copy = valid.slice();
      for (const [at, byte] of changes) copy[at] = byte;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
      for (const type of ["NetParameter", "SolverState", "BlobProto", "Datum"] as const) {
        try {
          decode(type, bytes);
        } catch (error) {
          assert.ok(error instanceof CremaError, String(error));
        }
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("files of other formats are recognized", () => {
  const text = new TextEncoder().encode('name: "LeNet"\nlayer { }\n');
  assert.throws(
    () => decode("NetParameter", text),
    /Expected a binary NetParameter but found text .*A prototxt is given/,
  );
  const hdf5 = new Uint8Array([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10, 0, 0, 0, 0]);
  assert.throws(() => decode("NetParameter", hdf5), /found an HDF5 file.*snapshot_format: BINARYPROTO/);
  assert.throws(() => decode("NetParameter", new Uint8Array(64)), CremaError);
  assert.deepEqual(decode("NetParameter", new Uint8Array()), {});
});

Deno.test("fields that the schema does not know are kept apart, and written again", () => {
  const bytes = new Uint8Array([...encode("NetParameter", { name: "n" }), 0xf8, 0x7f, 5]);
  const net = decode("NetParameter", bytes);
  assert.deepEqual(Object.entries(net), [["name", "n"]]);
  assert.deepEqual(encode("NetParameter", { ...net }), bytes);
});

Deno.test("numbers beyond JavaScript's exact integers are refused, not rounded", () => {
  const bytes = new Uint8Array([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
  assert.throws(
    () => decode("BlobShape", bytes),
    /Expected BlobShape.dim to be within ±2\^53 but found 9223372036854775807/,
  );
  assert.deepEqual(decode("BlobShape", encode("BlobShape", { dim: [2 ** 53 - 1, -5] })), {
    dim: [2 ** 53 - 1, -5],
  });
});

Deno.test("encode returns bytes that own their buffer, so that they can be moved to a Worker", () => {
  const bytes = encode("Datum", { data: new Uint8Array(10) });
  assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
  assert.deepEqual([bytes.byteOffset, bytes.buffer.byteLength], [0, bytes.length]);
  const { data } = decode("Datum", bytes);
  assert.equal(data!.buffer.byteLength, 10);
});

Deno.test("encode refuses what the schema does not have", () => {
  assert.throws(() => encode("NetParameter", { layers: [{ typ: "RELU" }] } as never), {
    name: "CremaError",
    message: "Expected a field of V1LayerParameter but found 'typ', did you mean 'type'?",
  });
  assert.throws(() => encode("BlobProto", { data: ["1"] } as never), CremaError);
  assert.throws(() => encode("NetParameter", null as never), CremaError);
});
