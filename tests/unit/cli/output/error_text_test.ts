import assert from "node:assert/strict";
import { CremaError } from "../../../../base/error.ts";
import { errorText } from "../../../../cli/output/error_text.ts";
import { threwError } from "../../../../ffi/host/threw_error.ts";
import { hostileValues } from "../../base/hostile_values.ts";

const PLACE = { file: "net.prototxt", line: 3, layer: "loss" };

Deno.test("an error that is its own cause is reported once", () => {
  const own = new Error("round");
  own.cause = own;
  const text = errorText(threwError("forward", own, PLACE));
  assert.ok(
    text.startsWith("error: net.prototxt:3: layer 'loss': forward threw: round\nError: round\n"),
    text,
  );
  assert.equal(text.match(/Error: round/g)?.length, 1);

  const first = new Error("first"), second = new Error("second", { cause: first });
  first.cause = second;
  const both = errorText(threwError("forward", first, PLACE));
  assert.deepEqual(both.match(/Error: (first|second)/g), ["Error: first", "Error: second"]);

  const ours = new CremaError("Expected one", { ...PLACE });
  ours.cause = ours;
  assert.equal(errorText(ours), "error: net.prototxt:3: layer 'loss': Expected one");
});

Deno.test("whatever a layer throws, the report names its layer and line", () => {
  for (const [what, value, message] of hostileValues()) {
    const text = errorText(threwError("forward", value, PLACE));
    assert.ok(text.startsWith(`error: net.prototxt:3: layer 'loss': forward threw: ${message}`), what);
    assert.doesNotMatch(text, /mistake in Crema/);
  }
});

Deno.test("what is neither the user's nor the system's is called a mistake of ours", () => {
  for (const [what, value] of hostileValues()) assert.match(errorText(value), /mistake in Crema/, what);
  assert.equal(errorText(Object.assign(new Error("full"), { code: "ENOSPC" })), "error: full");
});
