import assert from "node:assert/strict";
import { isInstance, thrownCause, thrownMessage, thrownStack } from "../../../base/thrown.ts";
import { hostileValues } from "./hostile_values.ts";

Deno.test("anything thrown has a message, and asking for it never throws", () => {
  for (const [what, value, message] of hostileValues()) {
    assert.equal(thrownMessage(value), message, what);
    thrownStack(value);
    thrownCause(value);
    isInstance(value, Error);
  }
});

Deno.test("an error keeps its own words", () => {
  assert.equal(thrownMessage(new RangeError("too large")), "too large");
  assert.equal(thrownMessage(new RangeError()), "RangeError");
  assert.match(thrownStack(new RangeError("too large"))!, /^RangeError: too large\n/);
  assert.equal(thrownCause(new Error("a", { cause: 5 })), 5);
});
