import type { Engine } from "../ffi/mod.ts";
import { Net } from "../net/mod.ts";
import { type LayerParameter, type NetParameter, readNet } from "../proto/mod.ts";

/** How to make an inference net. */
export interface InferenceNetOptions {
  engine: Engine;
  /** Images per pass. */
  batch: number;
  /** Whether the memory of blobs is given back once no layer needs them. Default: true, as in `crema classify`. */
  recycle?: boolean;
}

/**
 * A net for deployment, as `crema classify` makes it, with made-up images and parameters: He's filler where the prototxt
 * has none, which keeps values within bounds, and statistics of mean 0 and variance 1. They take the time of trained ones.
 */
export async function makeInferenceNet(
  file: string,
  { engine, batch, recycle = true }: InferenceNetOptions,
): Promise<Net> {
  const param = prepared(await readNet(file), batch);
  const net = await Net.create(param, { engine, phase: "TEST", seed: 1, compute: { recycle } });
  for (const { type, params } of net.handle.layers) {
    if (type !== "BatchNorm") continue;
    const [, variance, factor] = params;
    variance!.data.fill(1);
    factor!.data.fill(1);
  }
  for (const name of net.inputs) engine.ops.gaussian(0, 1, { seed: 1 }, net.blob(name).data);
  return net;
}

/** Whether a net takes images: it has one input, of four axes. */
export function takesImages({ layer: layers = [] }: NetParameter): boolean {
  const shapes = layers.filter(isInput).flatMap(({ input_param }) => input_param?.shape ?? []);
  return shapes.length === 1 && shapes[0]!.dim?.length === 4;
}

function prepared(param: NetParameter, batch: number): NetParameter {
  for (const layer of param.layer ?? []) {
    if (isInput(layer)) {
      for (const { dim } of layer.input_param?.shape ?? []) if (dim !== undefined) dim[0] = batch;
    }
    for (const message of [layer.convolution_param, layer.inner_product_param]) {
      if (message !== undefined) message.weight_filler ??= { type: "msra" };
    }
  }
  return param;
}

function isInput({ type }: LayerParameter): boolean {
  return type === "Input";
}
