import assert from "node:assert/strict";
import { CremaError, PrototxtError } from "../../../base/error.ts";

Deno.test("a CremaError reads place, layer, reason, hint", () => {
  const cause = new TypeError("deep");
  const error = new CremaError("Expected 1 bottom but found 2", {
    file: "net.prototxt",
    line: 3,
    column: 7,
    layer: "conv1",
    hint: "Remove one.",
    cause,
  });
  assert.equal(error.message, "net.prototxt:3:7: layer 'conv1': Expected 1 bottom but found 2. Remove one.");
  assert.equal(error.reason, "Expected 1 bottom but found 2");
  assert.equal(error.cause, cause);
  assert.equal(error.name, "CremaError");
  assert.deepEqual([error.file, error.line, error.column, error.layer], ["net.prototxt", 3, 7, "conv1"]);
});

Deno.test("unknown parts are left out", () => {
  const error = new CremaError("Expected a net but found none");
  assert.equal(error.message, "Expected a net but found none");
  assert.ok(!("cause" in error));
  assert.equal(error.file, undefined);
  assert.equal(new CremaError("X", { line: 2 }).message, "prototxt:2: X");
  assert.equal(new CremaError("Did you?", { hint: "Yes." }).message, "Did you? Yes.");
});

Deno.test("a PrototxtError is a CremaError with a name of its own", () => {
  const error = new PrototxtError("X");
  assert.ok(error instanceof CremaError);
  assert.equal(error.name, "PrototxtError");
});
