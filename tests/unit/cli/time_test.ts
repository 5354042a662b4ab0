import assert from "node:assert/strict";
import { type LayerTimes, scriptLines, timesText } from "../../../cli/time.ts";

const layer = (name: string, milliseconds: number, rest: Partial<LayerTimes> = {}): LayerTimes => ({
  ...{ name, type: "Script", script: true, forward_ms: milliseconds, backward_ms: 0 },
  ...rest,
});

Deno.test("times of layers in TypeScript: their share, and those that are much slower than a plain loop", () => {
  const layers = [
    layer("conv", 6, { type: "Convolution", script: false }),
    layer("Plain", 1, { ns_per_value: 2 }),
    layer("Asking", 1, { ns_per_value: 123.4 }),
    layer("Small", 0),
  ];
  const lines = scriptLines({ layers }, []);
  assert.equal(lines[0], "Layers in TypeScript: 2 ms, 25.0 % of all layers.");
  assert.equal(lines.length, 2);
  assert.match(
    lines[1]!,
    /^Layer 'Asking' takes 123 ns per value, where a plain loop takes 1 or 2\. Does a loop/,
  );
  assert.deepEqual(scriptLines({ layers: layers.slice(0, 1) }, []), []);
});

Deno.test("the table of times shows each layer's share of all of them", () => {
  const layers = [layer("conv", 6, { type: "Convolution", backward_ms: 3 }), layer("loss", 1)];
  const text = timesText({ ...TIMES, layers, forward_ms: 6.5, backward_ms: 2.5 });
  assert.equal(
    text,
    `layer (type)        forward, ms  backward, ms   share
─────────────────────────────────────────────────────
conv (Convolution)        6.000         3.000  90.0 %
loss (Script)             1.000         0.000  10.0 %

Whole passes: 6.500 ms forward, 2.500 ms backward, 9.000 ms together`,
  );
});

const TIMES = { engine: "embedded", threads: 1, iterations: 1 };
