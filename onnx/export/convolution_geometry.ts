import type { ConvolutionParameter } from "../../proto/messages.ts";
import { edgePads, samePads } from "./edge_pads.ts";

/** How a kernel goes over the spatial axes of an image, one number for each of them. */
export interface ConvolutionGeometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** The padding before and behind the image. */
  readonly before: readonly number[];
  readonly behind: readonly number[];
}

/** The geometry that a layer has for images of these lengths. */
export function convolutionGeometry(
  param: ConvolutionParameter,
  kernel: readonly number[],
  image: readonly number[],
): ConvolutionGeometry {
  const axes = kernel.length;
  const strides = perAxis(param.stride, param.stride_h, param.stride_w, axes, 1);
  const dilations = perAxis(param.dilation, undefined, undefined, axes, 1);
  const [before, behind] = edgePads(param) ??
    (param.pad_type === 1 ? samePads(image, kernel, strides) : undefined) ??
    [paddings(param, axes), paddings(param, axes)];
  return { kernel, strides, dilations, before, behind };
}

/** The lengths of the kernel of a layer without weights. */
export function kernelOf(param: ConvolutionParameter, axes: number): number[] {
  return perAxis(param.kernel_size, param.kernel_h, param.kernel_w, axes, 1);
}

/**
 * The padding behind each axis with which an ONNX operator finds as many places as the layer: its own, or that which
 * the last place needs. A kernel of Caffe may reach beyond its padding, where there are zeros as well.
 */
export function paddingBehind(
  { kernel, strides, dilations, before, behind }: ConvolutionGeometry,
  image: readonly number[],
  places: readonly number[],
): number[] {
  return places.map((count, i) => {
    const reach = dilations[i]! * (kernel[i]! - 1) + 1, room = image[i]! + before[i]! - reach;
    if (room + behind[i]! >= 0 && Math.floor((room + behind[i]!) / strides[i]!) + 1 === count) {
      return behind[i]!;
    }
    return Math.max(0, (count - 1) * strides[i]! - room);
  });
}

/** The padding before, and after, each spatial axis. */
export function paddings(param: ConvolutionParameter, axes: number): number[] {
  return perAxis(param.pad, param.pad_h, param.pad_w, axes, 0);
}

function perAxis(
  given: readonly number[] | undefined,
  h: number | undefined,
  w: number | undefined,
  axes: number,
  otherwise: number,
): number[] {
  if (h !== undefined || w !== undefined) return [h ?? otherwise, w ?? otherwise];
  return Array.from({ length: axes }, (_, i) => given?.[i] ?? given?.[0] ?? otherwise);
}
