import assert from "node:assert/strict";
import { CremaError } from "../../../../base/error.ts";
import {
  claimsType,
  exportedClass,
  layerClasses,
  withoutAliases,
} from "../../../../script/layer/layer_classes.ts";

class Bare {
  reshape(): void {}
  forward(): void {}
}

class Claims extends Bare {
  static type = "Claims";
}

class Derived extends Claims {}

/** Its methods are fields, which its prototype does not show. */
class Fields {
  static type = "Fields";
  reshape = () => {};
  forward = () => {};
}

const exports = {
  alias: Bare,
  Derived,
  Fields,
  Claims,
  Bare,
  f: () => {},
  n: 1,
  None: class {},
  Empty: class {
    static type = "";
  },
  nothing: undefined,
};

Deno.test("layer classes are those with reshape and forward, in the order of their names", () => {
  const classes = layerClasses(exports);
  assert.deepEqual([...classes.keys()], ["Bare", "Claims", "Derived", "alias"]);
  assert.deepEqual([...withoutAliases(classes).keys()], ["Bare", "Claims", "Derived"]);
  assert.equal(classes.get("alias"), Bare);
  assert.equal(layerClasses({}).size, 0);
});

Deno.test("a class claims a layer type by its own static type, even if its methods are fields", () => {
  assert.deepEqual([...layerClasses(exports, claimsType).keys()], ["Claims", "Fields"]);
});

Deno.test("a class is found by its exported name, or as the default export", () => {
  assert.equal(exportedClass(exports, "Fields", "m.ts", {}), Fields);
  assert.equal(exportedClass({ default: Bare }, "", "m.ts", {}), Bare);
  assert.equal(exportedClass({ default: Bare }, undefined, "m.ts", {}), Bare);
  const refused = (name: string | undefined, message: string, hint?: string) =>
    assert.throws(() => exportedClass(exports, name, "m.ts", { layer: "loss" }), (error) => {
      assert.ok(error instanceof CremaError);
      assert.equal(error.reason, message);
      assert.deepEqual([error.layer, error.hint], ["loss", hint]);
      return true;
    });
  const names = Object.keys(exports).join(", ");
  refused(
    "Bar",
    `Expected an exported class 'Bar' in module 'm.ts' but found ${names}`,
    "Did you mean 'Bare'?",
  );
  refused(undefined, `Expected a default export in module 'm.ts' but found ${names}`);
  refused("f", "Expected 'f' of module 'm.ts' to be a class but found a function");
  refused("n", "Expected 'n' of module 'm.ts' to be a class but found number");
});
