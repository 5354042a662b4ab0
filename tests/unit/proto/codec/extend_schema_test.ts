import assert from "node:assert/strict";
import protobuf from "protobufjs";
import { extendSchema } from "../../../../proto/codec/extend_schema.ts";

const OWN = `syntax = "proto2"; package caffe;
enum Phase { TRAIN = 0; TEST = 1; }
message Shape { repeated int64 dim = 1 [packed = true]; }
message Layer {
  enum Kind { NONE = 0; RELU = 18; }
  optional string name = 1;
  optional Kind kind = 2;
  repeated uint32 size = 4;
}`;

const packageOf = (text: string) =>
  protobuf.parse(text, { keepCase: true }).root.resolveAll().get("caffe") as protobuf.Namespace;

/**
 * Our small schema with another one's additions; `other` begins with syntax and package unless it says
 * otherwise.
 */
function extended(other: string): protobuf.Namespace {
  const own = packageOf(OWN);
  extendSchema(
    own,
    other.startsWith("//") ? other : `syntax = "proto2"; package caffe; ${other}`,
    "fork.proto",
  );
  return own;
}

Deno.test("new messages, fields, enum values and nested types are added", () => {
  const own = extended(`
    enum Mood { GOOD = 0; BAD = 1; }
    message RoiParameter {
      enum Mode { MEAN = 0; MOST = 1; }
      message Inner { optional Shape shape = 1; }
      required uint32 width = 1;
      optional Mode mode = 2 [default = MOST];
      repeated float scales = 3 [packed = true];
      optional Inner inner = 4;
      optional caffe.Mood mood = 5;
    }
    message Shape { repeated int64 dim = 1 [packed = true]; optional Phase phase = 7; }
    message Layer {
      enum Kind { NONE = 0; RELU = 18; ROI = 150; }
      message Extra { optional Kind kind = 1; }
      optional string name = 1;
      optional Kind kind = 2;
      optional uint32 size = 4;
      optional RoiParameter roi_param = 8266711;
      optional Extra extra = 200;
      oneof either { int32 one = 201; string other = 202; }
    }`);
  const layer = own.lookupType("Layer");
  const message = {
    name: "x",
    kind: 150,
    size: [1, 2],
    roi_param: { width: 7, mode: 0, scales: [0.5, 1], inner: { shape: { dim: [3], phase: 1 } }, mood: 1 },
    extra: { kind: 150 },
    other: "o",
  };
  const back = layer.toObject(layer.decode(layer.encode(layer.fromObject(message)).finish()), {
    longs: Number,
  });
  assert.deepEqual(back, message);
  // Types that both schemas have stay the original ones.
  const roi = own.lookupType("RoiParameter");
  assert.equal(own.lookupType("RoiParameter.Inner").fields["shape"]!.resolvedType, own.lookupType("Shape"));
  assert.equal(layer.fields["size"]!.repeated, true);
  assert.ok(roi.fields["width"]!.required);
  assert.ok(roi.fields["scales"]!.packed);
  assert.equal(roi.fields["mode"]!.typeDefault, 1);
  assert.equal(layer.fields["roi_param"]!.resolvedType, roi);
});

for (
  const [what, other, message] of [
    [
      "a field number that is taken",
      "message Layer { optional string mine = 4; }",
      /Expected field 4 of Layer to be size, as in Crema's caffe.proto, but found mine/,
    ],
    [
      "a field with another number",
      "message Layer { optional string name = 9; }",
      /'string name = 1'.*'string name = 9'/,
    ],
    [
      "a field of another type",
      "message Layer { optional bytes name = 1; }",
      /'string name = 1'.*'bytes name = 1'/,
    ],
    [
      "an enum's value with another number",
      "enum Phase { TRAIN = 2; }",
      /Expected TRAIN of Phase to be 0.* but found 2/,
    ],
    [
      "an enum's number with another name",
      "message Layer { enum Kind { GELU = 18; } }",
      /Expected 18 of Layer.Kind to be RELU.* but found GELU/,
    ],
    [
      "an enum where a message is",
      "enum Layer { A = 0; }",
      /Expected Layer to be a message.* but found an enum/,
    ],
    [
      "another package",
      '// \nsyntax = "proto2"; package torch;',
      /Expected the package 'caffe' but found 'torch'/,
    ],
    [
      "text that is no .proto",
      "message Layer { optional",
      /Expected a \.proto but found an error: .*\(line 1\)/,
    ],
    [
      "a type that is nowhere",
      "message Layer { optional Nowhere n = 9; }",
      /Expected a \.proto but found an error: .*Nowhere/,
    ],
  ] as const
) {
  Deno.test(`${what} is a clear error`, () => {
    assert.throws(() => extended(other), (error: Error) => {
      assert.equal(error.name, "CremaError");
      assert.match(error.message, /^fork\.proto: /);
      assert.match(error.message, message);
      return true;
    });
  });
}

const FORK = `syntax = "proto2"; package caffe;
message ROIPoolingParameter { optional uint32 pooled_h = 1 [default = 0]; optional float spatial_scale = 3 [default = 1]; }
message LayerParameter { optional ROIPoolingParameter roi_pooling_param = 8266711; }`;

/** Runs a program with CREMA_PROTO naming a fork's schema. */
async function withProto(proto: string, program: string): Promise<{ code: number; said: string }> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/caffe.proto`, proto);
    const module = new URL("../../../../proto/mod.ts", import.meta.url);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `import { decode, encode, layers, parseText, printText, toProto } from "${module}"; ${program}`,
      ],
      env: { CREMA_PROTO: `${folder}/caffe.proto`, NO_COLOR: "1" },
    }).output();
    return {
      code,
      said: new TextDecoder().decode(code === 0 ? stdout : stderr).replaceAll(folder, "FOLDER"),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("CREMA_PROTO: a fork's fields are read and written, as text and in binary", async () => {
  const { said } = await withProto(
    FORK,
    `const text = 'layer { name: "r" type: "ROIPooling" bottom: "x" roi_pooling_param { pooled_h: 6 spatial_scale: 0.0625 } }';
     const net = parseText("NetParameter", text);
     console.log(JSON.stringify(net.layer[0].roi_pooling_param));
     console.log(JSON.stringify(decode("NetParameter", encode("NetParameter", net))) === JSON.stringify(net));
     console.log(printText("LayerParameter", net.layer[0]).replaceAll(/\\s+/g, " "));
     try {
       parseText("NetParameter", 'layer { roi_pooling_param { pooledh: 6 } }');
     } catch (error) {
       console.log(error.message);
     }
     const y = layers.ROIPooling(layers.Input({ shape: { dim: [1] } }), { pooled_h: 3 });
     console.log(JSON.stringify(toProto(y).layer.at(-1).roi_pooling_param));`,
  );
  assert.deepEqual(said.trim().split("\n"), [
    '{"pooled_h":6,"spatial_scale":0.0625}',
    "true",
    'name: "r" type: "ROIPooling" bottom: "x" roi_pooling_param { pooled_h: 6 spatial_scale: 0.0625 } ',
    "prototxt:1:29: Expected a field of ROIPoolingParameter but found 'pooledh', did you mean 'pooled_h'?",
    '{"pooled_h":3}',
  ]);
});

Deno.test("CREMA_PROTO: a schema that contradicts ours, or is missing, is an error when it is first needed", async () => {
  const program = `
     try {
       parseText("NetParameter", "");
     } catch (error) {
       console.log(error.name, error.message);
     }`;
  const { said } = await withProto(FORK.replace("roi_pooling_param = 8266711", "turn_param = 1000"), program);
  assert.equal(
    said.trim(),
    "CremaError FOLDER/caffe.proto: Expected field 1000 of LayerParameter to be script_param, as in Crema's caffe.proto, " +
      "but found turn_param. If you do not use it, leave it out of a copy of the file.",
  );
  const missing = await withProto(FORK, `Deno.env.set("CREMA_PROTO", "/no/such.proto"); ${program}`);
  assert.match(
    missing.said,
    /CremaError \/no\/such\.proto: Expected the caffe\.proto that CREMA_PROTO names but found:/,
  );
});

Deno.test("CREMA_PROTO: a layer type of a fork's old form is an error that says what to do", async () => {
  const { said } = await withProto(
    `${FORK} message V1LayerParameter { enum LayerType { ROI_POOLING = 150; } }`,
    `const { netFromText } = await import("${new URL(
      "../../../../proto/nets/read_net.ts",
      import.meta.url,
    )}");
     try {
       netFromText('layers { name: "r" type: ROI_POOLING }', "old.prototxt");
     } catch (error) {
       console.log(error.message);
     }`,
  );
  assert.match(
    said,
    /^old\.prototxt:1:\d+: Expected one of Caffe's own layer types but found ROI_POOLING\. Write the net/,
  );
});
