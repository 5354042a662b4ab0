import type { DistortionParameter } from "../../proto/messages.ts";
import type { Pixels } from "./resize_pixels.ts";

/**
 * Changes the colours of an image (blue, green, red) in place, as SSD's distort_param does: brightness, contrast, saturation
 * and hue, each with its probability, contrast either second or last; then the order of the channels. `draw` returns
 * random numbers from 0 to 1. Grey images get only brightness and contrast.
 */
export function distortImage(
  { data, channels }: Pixels,
  param: DistortionParameter,
  draw: () => number,
): void {
  const between = (low: number, high: number) => low + draw() * (high - low);
  const happens = (prob = 0) => draw() < prob;
  const change = (value: (byte: number) => number) => {
    const table = Uint8ClampedArray.from({ length: 256 }, (_, byte) => value(byte));
    for (let i = 0; i < data.length; i++) data[i] = table[data[i]!]!;
  };
  const brightness = () => {
    if (!happens(param.brightness_prob)) return;
    const { brightness_delta: delta = 0 } = param, added = between(-delta, delta);
    change((byte) => byte + added);
  };
  const contrast = () => {
    if (!happens(param.contrast_prob)) return;
    const factor = between(param.contrast_lower ?? 0, param.contrast_upper ?? 0);
    change((byte) => byte * factor);
  };
  const saturation = () => {
    if (!happens(param.saturation_prob)) return;
    const factor = between(param.saturation_lower ?? 0, param.saturation_upper ?? 0);
    if (channels >= 3) changeHsv(data, channels, (hsv) => hsv[1] = clamp(hsv[1]! * factor));
  };
  const hue = () => {
    if (!happens(param.hue_prob)) return;
    const { hue_delta: delta = 0 } = param, added = between(-delta, delta);
    if (channels >= 3) changeHsv(data, channels, (hsv) => hsv[0] = clamp(hsv[0]! + added));
  };
  const contrastFirst = draw() > 0.5;
  const steps = contrastFirst ? [contrast, saturation, hue] : [saturation, hue, contrast];
  for (const step of [brightness, ...steps]) step();
  if (!happens(param.random_order_prob) || channels < 3) return;
  const order = [0, 1, 2];
  for (let i = 2; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  for (let at = 0; at < data.length; at += channels) {
    const pixel = [data[at]!, data[at + 1]!, data[at + 2]!];
    for (let c = 0; c < 3; c++) data[at + c] = pixel[order[c]!]!;
  }
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}

/** Changes pixels as hue (from 0 to 180), saturation and value (each to 255), the bytes of OpenCV's HSV. */
function changeHsv(data: Uint8Array, channels: number, change: (hsv: number[]) => void): void {
  const hsv = [0, 0, 0];
  for (let at = 0; at < data.length; at += channels) {
    const blue = data[at]!, green = data[at + 1]!, red = data[at + 2]!;
    const value = Math.max(blue, green, red), span = value - Math.min(blue, green, red);
    const sixth = span === 0
      ? 0
      : value === red
      ? (green - blue) / span
      : value === green
      ? 2 + (blue - red) / span
      : 4 + (red - green) / span;
    hsv[0] = Math.round(30 * (sixth < 0 ? sixth + 6 : sixth));
    hsv[1] = value === 0 ? 0 : Math.round(255 * span / value);
    hsv[2] = value;
    change(hsv);
    const turn = (hsv[0]! / 30) % 6, saturation = hsv[1]! / 255;
    for (let c = 0; c < 3; c++) {
      // Red leads at 0, green at 2 and blue at 4 sixths of a turn.
      const distance = Math.abs((turn - 2 * (2 - c) + 9) % 6 - 3);
      const share = Math.min(1, Math.max(0, 2 - distance));
      data[at + c] = clamp(hsv[2]! * (1 - saturation * (1 - share)));
    }
  }
}
