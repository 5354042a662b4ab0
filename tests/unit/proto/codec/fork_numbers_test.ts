import assert from "node:assert/strict";
import protobuf from "protobufjs";
import { extendSchema } from "../../../../proto/codec/extend_schema.ts";

// `turn_param` and the value TURNED are of forks, and so is the whole message TurnParameter.
const OWN = `syntax = "proto2"; package caffe;
message Layer {
  enum Kind { NONE = 0; RELU = 18; TURNED = 10001; }
  optional string name = 1;
  optional TurnParameter turn_param = 10001;
  optional Kind kind = 2;
  optional int32 other = 10002;
}
message TurnParameter { optional int32 angle = 1; optional float speed = 2 [default = 1]; }`;

const FORK = `syntax = "proto2"; package caffe;
message Layer {
  enum Kind { NONE = 0; RELU = 18; TURNED = 40; }
  optional string name = 1;
  optional TurnParameter turn_param = 145;
  optional Kind kind = 2;
  optional int32 fresh = 10002;
}
message TurnParameter { optional string angle = 1; optional float speed = 7 [default = 3]; }`;

function extended(numbers: "own" | "theirs") {
  const own = protobuf.parse(OWN, { keepCase: true }).root.resolveAll().get("caffe") as protobuf.Namespace;
  const forks = new Set([own.lookupType("TurnParameter")]);
  const additions = extendSchema(own, FORK, "fork.proto", { numbers, forks });
  return { layer: own.lookupType("Layer"), turn: own.lookupType("TurnParameter"), additions };
}

Deno.test("what both schemas have of forks goes by name and keeps its number, with the other's types and defaults", () => {
  const { layer, turn, additions } = extended("own");
  assert.equal(layer.fields["turn_param"]!.id, 10001);
  assert.equal(layer.fields["turn_param"]!.resolvedType, turn);
  assert.equal(layer.lookupEnum("Kind").values["TURNED"], 10001);
  assert.equal(turn.fields["speed"]!.id, 2);
  assert.equal(turn.fields["speed"]!.typeDefault, 3);
  assert.equal(turn.fields["angle"]!.type, "string");
  // A new field whose number we use for something else gets a free one.
  assert.equal(layer.fields["other"]!.id, 10002);
  assert.ok(layer.fields["fresh"]!.id > 10002);
  assert.deepEqual([...additions.fields].map(({ name }) => name).sort(), ["angle", "fresh"]);
  assert.equal(additions.values.size, 0);
});

Deno.test("for the fork's own library, its numbers count", () => {
  const { layer, turn } = extended("theirs");
  assert.equal(layer.fields["turn_param"]!.id, 145);
  assert.equal(layer.lookupEnum("Kind").values["TURNED"], 40);
  assert.equal(turn.fields["speed"]!.id, 7);
  assert.equal(layer.fields["fresh"]!.id, 10002);
  assert.ok(layer.fields["other"]!.id > 10002);
  // turn_param { speed: 2 }: tag 145 · 8 + 2 in two bytes, then field 7 as a float.
  const bytes = layer.encode(layer.fromObject({ turn_param: { speed: 2 } })).finish();
  assert.deepEqual([...bytes], [0x8a, 0x09, 5, 0x3d, 0, 0, 0, 0x40]);
});
