import assert from "node:assert/strict";
import { formatted, generateMessages } from "../../../tools/generate_messages.ts";
import type {
  ConvolutionParameter,
  DefaultedFields,
  LayerParameter,
  Phase,
} from "../../../proto/messages.ts";

Deno.test("messages.ts is up to date with caffe.proto", async () => {
  const present = await Deno.readTextFile(new URL("../../../proto/messages.ts", import.meta.url));
  assert.equal(present, await formatted(generateMessages()), "run `deno task proto`");
});

Deno.test("the types are those of the schema (checked by the compiler)", () => {
  const phase: Phase = "TRAIN";
  // @ts-expect-error: no such phase
  const wrongPhase: Phase = "VALIDATE";
  const layer: LayerParameter = { name: "a", phase, script_param: { module: "./a.ts" } };
  // @ts-expect-error: no such field
  const wrongField: ConvolutionParameter = { kernelsize: 5 };
  const list: ConvolutionParameter = { kernel_size: [5] };
  const defaulted: DefaultedFields["ConvolutionParameter"] = "bias_term";
  assert.ok([phase, wrongPhase, layer, wrongField, list, defaulted].every((value) => value !== undefined));
});
