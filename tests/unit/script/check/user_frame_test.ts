import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { userFrame } from "../../../../script/check/user_frame.ts";
import { checkLayer } from "../../../../script/check/check_layer.ts";
import { Layer } from "../../../../layers/layer.ts";
import { type Blob, ops } from "../../../../mod.ts";

const HERE = fileURLToPath(import.meta.url);

/** An error whose stack trace has these modules, innermost first. */
function traceOf(...urls: string[]): Error {
  const error = new Error("wrong");
  error.stack = ["Error: wrong", ...urls.map((url, i) => `    at f (${url}:${i + 1}:7)`)].join("\n");
  return error;
}

const own = (path: string) => new URL(`../../../../${path}`, import.meta.url).href;

Deno.test("the user's frame is the first that is not Crema's own", () => {
  for (
    const path of [
      "ffi/ops/check.ts",
      "script/check/watching/watched_call.ts",
      "layers/layer.ts",
      "data/random.ts",
    ]
  ) {
    assert.equal(userFrame(traceOf(own(path), "file:///home/me/my%20loss.ts")), "/home/me/my loss.ts:2:7");
  }
  assert.equal(
    userFrame(traceOf("https://example.org/loss.ts", "file:///a.ts")),
    "https://example.org/loss.ts:1:7",
  );
  assert.match(userFrame(new Error()) ?? "", new RegExp(`^${HERE}:\\d+:\\d+$`));
});

Deno.test("a layer of the library is named if there is no user's frame; no other module of Crema is", () => {
  const focal = own("layers/focal_loss.ts");
  const trace = traceOf(own("ffi/ops/check.ts"), own("layers/shared/softmax.ts"), focal, own("net/net.ts"));
  assert.equal(userFrame(trace), `${fileURLToPath(focal)}:3:7`);
  for (
    const path of ["ffi/blob.ts", "script/check/bench.ts", "layers/layer.ts", "layers/shared/softmax.ts"]
  ) {
    assert.equal(userFrame(traceOf(own(path), "ext:core/01.js")), undefined, path);
  }
});

Deno.test("a wrong call of vector math is reported with the layer's line", async () => {
  class ShortLayer extends Layer {
    static bottoms = 1;
    static tops = 1;

    override reshape([x]: [Blob], [y]: [Blob]): void {
      y.reshapeLike(x);
    }

    override forward([x]: [Blob], [y]: [Blob]): void {
      ops.exp(x.data, y.data.subarray(1));
    }
  }
  const { findings: [finding] } = await checkLayer(ShortLayer);
  assert.match(finding!.what, /Expected y to have 12 values but found 11/);
  assert.match(finding!.at ?? "", new RegExp(`^${HERE}:\\d+:11$`));
});
