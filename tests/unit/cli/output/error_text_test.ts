import assert from "node:assert/strict";
import { threwError } from "../../../../ffi/host/threw_error.ts";
import { hostileValues } from "../../base/hostile_values.ts";
import { CremaError } from "../../../../base/mod.ts";
import { errorText } from "../../../../cli/output/error_text.ts";
import { DataLayerProvider } from "../../../../data/data_layer_provider.ts";
import { Engine } from "../../../../ffi/engine.ts";
import { planLayers } from "../../../../ffi/host/plan_layers.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";

Deno.test("a missing LMDB or mean file is one line: Crema's own stack tells the user nothing", async () => {
  for (
    const more of ["", 'transform_param { mean_file: "/nowhere/mean" }', 'transform_param { mean_file: "/" }']
  ) {
    const net = netFromText(
      `layer { name: "in" type: "Data" top: "x" ${more}
        data_param { source: "/nowhere/db" batch_size: 1 backend: LMDB } }`,
      "net.prototxt",
    );
    await assert.rejects(
      planLayers(net, [new DataLayerProvider(Engine.open())], { phase: "TRAIN", net: -1 }),
      (error: unknown) => {
        assert.match(errorText(error), /^error: net\.prototxt:1:1: layer 'in': .*Expected [^\n]*$/);
        return true;
      },
    );
  }
});

Deno.test("the stack of a layer's error has the frames of user code, wherever it was thrown", () => {
  const own = new URL("../../../../ffi/host/layer_bridge.ts:1:1", import.meta.url).href;
  const frames = (...places: string[]) => places.map((place) => `    at f (${place})`).join("\n");
  const text = (stack: string) => {
    const cause = new Error("boom");
    cause.stack = stack;
    return errorText(new CremaError("forward threw: boom", { layer: "mine", cause })).split("\n").slice(1)
      .join("\n");
  };
  const user = frames(
    "file:///home/me/mine.ts:3:7",
    "ext:core/01_core.js:1:1",
    "file:///home/me/mine.ts:9:1",
  );
  const message = "Error: boom\nin two lines";
  assert.equal(text(`${message}\n${user}\n${frames(own, "ext:core/01_core.js:2:2")}`), `${message}\n${user}`);
  // Thrown by Crema for the user: a blob, say, that is written with too many values.
  assert.equal(text(`${message}\n${frames(own)}\n${user}\n${frames(own)}`), `${message}\n${user}`);
  assert.equal(text(`${message}\n${frames("node:fs:1:1", own)}`), "");
  // A module that throws while it is loaded, and a script that calls Crema.
  assert.equal(text(`${message}\n${user}`), `${message}\n${user}`);
  assert.equal(text(`${message}\n${frames("node:fs:1:1", own)}\n${user}`), "");
  assert.equal(text("boom"), "boom");
});

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
