import type { Net } from "../../net/mod.ts";

/** The filters of a convolution as small images. */
export interface FilterView {
  layer: string;
  /** How many there are, and the size of each in pixels. */
  count: number;
  height: number;
  width: number;
  /** Red, green and blue of every pixel, 0..255, filter by filter; all filters share one scale. */
  pixels: number[];
}

/** Filters that are shown at most. */
const MOST = 256;

/**
 * The filters of a net's first convolution with two axes: those of three channels in colours (Caffe's order of channels is
 * blue, green, red), others by their first channel. Undefined if the net has none.
 */
export function filterView(net: Net): FilterView | undefined {
  for (const [layer, [weights]] of net.params) {
    const { type } = net.param.layer?.find(({ name }) => name === layer) ?? {};
    if (type !== "Convolution" || weights === undefined || weights.shape.length !== 4) continue;
    const [filters, channels, height, width] = weights.shape as unknown as [number, number, number, number];
    const values = weights.read(), plane = height * width, count = Math.min(filters, MOST);
    const shown = channels === 3 ? [2, 1, 0] : [0, 0, 0];
    let most = 0;
    for (let f = 0; f < count; f++) {
      for (const channel of new Set(shown)) {
        for (let i = 0; i < plane; i++) {
          most = Math.max(most, Math.abs(values[(f * channels + channel) * plane + i]!));
        }
      }
    }
    const pixels: number[] = [];
    for (let f = 0; f < count; f++) {
      for (let i = 0; i < plane; i++) {
        for (const channel of shown) {
          const value = values[(f * channels + channel) * plane + i]! / (most || 1);
          pixels.push(Number.isFinite(value) ? Math.round(127.5 + 127.5 * value) : 0);
        }
      }
    }
    return { layer, count, height, width, pixels };
  }
  return undefined;
}
