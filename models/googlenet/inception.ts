import { layers as L, type Top } from "crema";
import { weightAndBias } from "../shared/learning.ts";

/** The channels of an inception block's convolutions. */
export interface InceptionChannels {
  /** The branch of 1 × 1 pixels. */
  readonly one: number;
  /** The branch of 3 × 3 pixels: its reduction, then the convolution. */
  readonly three: readonly [reduce: number, output: number];
  /** The branch of 5 × 5 pixels: its reduction, then the convolution. */
  readonly five: readonly [reduce: number, output: number];
  /** The projection after the pooling. */
  readonly pool: number;
}

/** A convolution `block/kind` with its ReLU, in the block. */
export function convRelu(
  bottom: Top,
  block: string,
  kind: string,
  fields: { num_output: number; kernel_size: number; pad?: number; stride?: number },
): Top {
  const conv = L.Convolution(bottom, {
    name: `${block}/${kind}`,
    param: weightAndBias,
    weight_filler: { type: "xavier" },
    bias_filler: { type: "constant", value: 0.2 },
    ...fields,
  });
  return L.ReLU(conv, { name: `${block}/relu_${kind.replace("_s2", "")}`, in_place: true });
}

/** GoogLeNet's inception block: four branches side by side, their channels one after the other. */
export function inception(bottom: Top, block: string, { one, three, five, pool }: InceptionChannels): Top {
  const conv = (from: Top, kind: string, num_output: number, kernel_size: number) => {
    const pad = (kernel_size - 1) / 2;
    return convRelu(from, block, kind, { num_output, kernel_size, ...(pad === 0 ? {} : { pad }) });
  };
  const pooled = L.Pooling(bottom, { name: `${block}/pool`, pool: "MAX", kernel_size: 3, stride: 1, pad: 1 });
  return L.Concat(
    conv(bottom, "1x1", one, 1),
    conv(conv(bottom, "3x3_reduce", three[0], 1), "3x3", three[1], 3),
    conv(conv(bottom, "5x5_reduce", five[0], 1), "5x5", five[1], 5),
    conv(pooled, "pool_proj", pool, 1),
    { name: `${block}/output` },
  );
}
