import { layers as L } from "../../proto/spec/spec_layers.ts";
import { NetSpec } from "../../proto/spec/net_spec.ts";
import type { Top } from "../../proto/spec/spec_layer.ts";
import type { NetParameter } from "../../proto/messages.ts";

/** Channels of the last stage, and of the first at least. */
const MOST = 128, LEAST = 32;
/** About the height and width of what the mean is taken of. */
const LAST = 8;

/**
 * The network that fit takes where no other is named, for images of `side` pixels: stages of a convolution of 3 × 3 pixels
 * with batch normalization, each at half the resolution of the one before and with twice its channels, until about 8 × 8
 * pixels are left; then the mean of those. It is small (240,000 parameters at most), so that it learns from some hundred
 * images in a minute, and does not learn them by heart.
 */
export function smallNet(side: number): NetParameter {
  const n = new NetSpec("small");
  [n.data, n.label] = L.Input({ ntop: 2, shape: [{ dim: [1, 3, side, side] }, { dim: 1 }] });
  const halvings = Math.max(1, Math.round(Math.log2(side / LAST)));
  let top: Top = n.data!;
  for (let i = 0; i <= halvings; i++) {
    const usual = Math.max(LEAST, MOST >> Math.max(0, halvings - i - 1));
    // Small images have no more channels in their first stages, which cost the most, than large ones.
    const channels = i === halvings ? MOST : Math.min(LEAST << i, usual);
    top = stage(top, i + 1, channels, i < halvings);
  }
  const pooled = L.Pooling(top, { name: "pool", pool: "AVE", global_pooling: true });
  const score = L.InnerProduct(pooled, {
    name: "score",
    num_output: 2,
    param: [{ lr_mult: 1, decay_mult: 1 }, { lr_mult: 2, decay_mult: 0 }],
    weight_filler: { type: "xavier" },
  });
  n.loss = L.SoftmaxWithLoss(score, n.label!);
  return n.toProto();
}

function stage(bottom: Top, i: number, num_output: number, halves: boolean): Top {
  const conv = L.Convolution(bottom, {
    name: `conv${i}`,
    num_output,
    kernel_size: 3,
    pad: 1,
    bias_term: false,
    weight_filler: { type: "msra" },
  });
  const norm = L.BatchNorm(conv, { name: `bn${i}`, moving_average_fraction: 0.9, in_place: true });
  const scale = L.Scale(norm, {
    name: `scale${i}`,
    scale_param: { bias_term: true },
    param: [{ decay_mult: 0 }, { decay_mult: 0 }],
    in_place: true,
  });
  const top = L.ReLU(scale, { name: `relu${i}`, in_place: true });
  return halves ? L.Pooling(top, { name: `pool${i}`, pool: "MAX", kernel_size: 2, stride: 2 }) : top;
}
