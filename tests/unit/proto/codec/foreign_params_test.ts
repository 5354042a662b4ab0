import assert from "node:assert/strict";
import protobuf from "protobufjs";
import { CremaError } from "../../../../base/error.ts";
import { decode, encode } from "../../../../proto/codec/binary.ts";
import { weightsOnly } from "../../../../proto/codec/weights_only.ts";
import { printText } from "../../../../proto/text/print_text.ts";
import { upgradeNet } from "../../../../proto/upgrade/upgrade.ts";

/** A field that holds bytes. */
function field(number: number, content: string | Uint8Array): Uint8Array {
  const writer = protobuf.Writer.create().uint32((number << 3 | 2) >>> 0);
  return (typeof content === "string" ? writer.string(content) : writer.bytes(content)).finish();
}

/** A field that holds an integer. */
const integer = (number: number, value: number) =>
  protobuf.Writer.create().uint32(number << 3).int32(value).finish();

const float = (number: number, value: number) =>
  protobuf.Writer.create().uint32((number << 3 | 5) >>> 0).float(value).finish();

const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

const weights = new Float32Array([1, 2, 3]);
const BLOB = encode("BlobProto", { shape: { dim: [3] }, data: weights });

/** A layer as a fork writes it: under Caffe's number `number` it has a message of its own. */
const layer = (number: number, param: Uint8Array) =>
  field(100, join(field(1, "l"), field(2, "Foreign"), field(3, "x"), field(7, BLOB), field(number, param)));

/** What forks have under numbers of Caffe 1.0, by what is wrong with it there. */
const FOREIGN: Readonly<Record<string, Uint8Array>> = {
  // clip_param has two required floats.
  "a message without what ours requires": layer(148, join(integer(1, 3))),
  "integers where ours has a message": layer(145, join(integer(1, 3), integer(2, 5))),
  // parameter_param { shape { … } }
  "text where ours has a message": layer(145, field(1, "caffe")),
  "a message whose fields have other types": layer(
    146,
    join(field(1, "gaussian"), float(2, 0.5), integer(3, 1)),
  ),
  "sizes beyond what we read": layer(
    145,
    field(1, field(1, Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 127]))),
  ),
  "a string as a number": layer(147, field(1, "wide")),
  "a message under a number that is free here": layer(202, join(integer(1, 0), integer(1, 2))),
  "an integer where ours has a message itself": field(
    100,
    join(field(1, "l"), field(2, "Foreign"), field(3, "x"), field(7, BLOB), integer(147, 3)),
  ),
};

for (const [what, bytes] of Object.entries(FOREIGN)) {
  Deno.test(`weights are read although a fork wrote ${what}`, () => {
    const whole = join(field(1, "net"), bytes);
    const net = decode("NetParameter", whole);
    const [read] = net.layer!;
    assert.equal(read!.name, "l");
    assert.equal(read!.type, "Foreign");
    assert.deepEqual(read!.blobs, [{ shape: { dim: [3] }, data: weights }]);
    // What we do not know is written again, also after an upgrade.
    const again = encode("NetParameter", upgradeNet(net));
    assert.equal(again.length, whole.length);
    assert.deepEqual(decode("NetParameter", again), net);
    assert.deepEqual([...again].sort(), [...whole].sort());
    printText("NetParameter", net);
  });

  Deno.test(`only name, type and blobs are left for a net to copy: ${what}`, () => {
    const left = decode("NetParameter", weightsOnly(join(field(1, "net"), bytes))!);
    assert.deepEqual(left, {
      name: "net",
      layer: [{ name: "l", type: "Foreign", blobs: [{ shape: { dim: [3] }, data: weights }] }],
    });
  });
}

Deno.test("old layers stay whole, and damaged weights are left to the decoder", () => {
  const old = encode("NetParameter", { layers: [{ name: "l", type: "RELU", blobs: [{ data: weights }] }] });
  assert.deepEqual(weightsOnly(old), old);
  const whole = join(field(1, "net"), FOREIGN["a string as a number"]!);
  assert.equal(weightsOnly(whole.subarray(0, whole.length - 1)), undefined);
  assert.equal(weightsOnly(new TextEncoder().encode('name: "net"')), undefined);
  assert.equal(weightsOnly(new Uint8Array()), undefined);
});

Deno.test("a message that a program gives, or that stands alone, is as strict as before", () => {
  assert.throws(() => decode("ClipParameter", integer(1, 3)), CremaError);
  assert.throws(() => encode("LayerParameter", { clip_param: { min: 1 } as never }), /to have 'max'/);
  const cut = layer(148, integer(1, 3));
  assert.throws(() => decode("NetParameter", cut.subarray(0, cut.length - 1)), CremaError);
});
