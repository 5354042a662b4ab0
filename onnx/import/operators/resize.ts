import { NodeError } from "../../graph/node_error.ts";
import { shapeText } from "../../graph/shape_rules.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { NodeImporter } from "../node_importer.ts";
import type { BlobValue } from "../values.ts";
import { gatherAxis } from "./parts.ts";

/** Operators that resize images. */
export const RESIZES: Readonly<Record<string, NodeImporter>> = {
  Resize: {
    becomes: "nearest: `Upsample` or `Gather`; linear: `Interp` (align_corners) or `ResizeBilinear`",
    except: "cubic, tf_crop_and_resize; linear with scales that give no whole size",
    import: (node) => [importResize(node)],
  },
  Upsample: {
    becomes: "`Upsample`, `Gather` or `ResizeBilinear`",
    except: "scales that are computed",
    import: (node) => [importResize(node)],
  },
};

/** The new length of an axis, and how many of the new items one of the old becomes. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

function importResize(node: ImportedNode): BlobValue {
  const x = node.blob(0), { node: graphNode } = node, axes = axesOf(node, x.shape);
  const isOld = node.opset < 11;
  const way = isOld ? "asymmetric" : graphNode.string("coordinate_transformation_mode", "half_pixel");
  const mode = graphNode.string("mode", "nearest");
  if (axes.every(({ from, to }) => from === to)) return x;
  if (mode === "nearest") {
    return resizeNearest(
      node,
      x,
      axes,
      way,
      isOld ? "floor" : graphNode.string("nearest_mode", "round_prefer_floor"),
    );
  }
  if (mode === "linear" || mode === "bilinear") return resizeLinear(node, x, axes, way);
  throw new NodeError(`Expected nearest or linear as mode but found '${mode}'`, "ResizeCubic");
}

/** The lengths from scales, or sizes: where they are depends on the opset. */
function axesOf(node: ImportedNode, shape: readonly number[]): Axis[] {
  const { node: graphNode, opset } = node, isUpsample = graphNode.op === "Upsample";
  const nonEmpty = (index: number, what: string) => {
    const values = node.numbers(index, what);
    return values === undefined || values.length === 0 ? undefined : values;
  };
  const scales = isUpsample && opset < 9
    ? graphNode.floats("scales")
    : nonEmpty(isUpsample || opset < 11 ? 1 : 2, "scales");
  const sizes = isUpsample || opset < 11 ? undefined : nonEmpty(3, "sizes");
  const given = sizes ?? scales;
  if (given?.length !== shape.length) {
    throw new NodeError(
      `Expected a scale or size for each of ${shape.length} axes but found ${given?.length ?? "none"}`,
    );
  }
  return shape.map((from, i) => {
    const to = sizes?.[i] ?? Math.floor(from * Math.fround(scales![i]!));
    if (!(Number.isInteger(to) && to >= 1 && from >= 1)) {
      throw new NodeError(`Expected sizes of 1 or more but found ${to} for axis ${i} of ${shapeText(shape)}`);
    }
    const scale = sizes === undefined ? scales![i]! : to / from;
    if (
      Math.abs(from * scale - to) > 1e-3 &&
      node.node.string("coordinate_transformation_mode", "") === "align_corners"
    ) {
      throw new NodeError(
        `Expected scales that give a whole size but found ${scale} for ${from}`,
        "ResizeLinear",
      );
    }
    return { from, to, scale };
  });
}

/** Where an item of the new axis is on the old one. */
function placeOf({ from, to, scale }: Axis, way: string): (index: number) => number {
  switch (way) {
    case "half_pixel":
      return (i) => (i + 0.5) / scale - 0.5;
    case "pytorch_half_pixel":
      return (i) => to > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case "tf_half_pixel_for_nn":
      return (i) => (i + 0.5) / scale;
    case "align_corners":
      return (i) => to === 1 ? 0 : i * (from - 1) / (to - 1);
    case "asymmetric":
      return (i) => i / scale;
    default:
      throw new NodeError(
        `Expected a known coordinate_transformation_mode but found '${way}'`,
        "CropAndResize",
      );
  }
}

const ROUNDINGS: Readonly<Record<string, (value: number) => number>> = {
  ceil: Math.ceil,
  floor: Math.floor,
  round_prefer_ceil: (value) => Math.floor(value + 0.5),
  round_prefer_floor: (value) => Math.ceil(value - 0.5),
};

function resizeNearest(
  node: ImportedNode,
  x: BlobValue,
  axes: readonly Axis[],
  way: string,
  rounding: string,
): BlobValue {
  const round = ROUNDINGS[rounding];
  if (round === undefined) throw new NodeError(`Expected a known nearest_mode but found '${rounding}'`);
  const places = axes.map((axis) => {
    if (axis.from === axis.to) return undefined;
    if (axis.to > 2 ** 20) throw new NodeError(`Expected a size of at most ${2 ** 20} but found ${axis.to}`);
    const place = placeOf(axis, way);
    return Array.from({ length: axis.to }, (_, i) => Math.min(Math.max(round(place(i)), 0), axis.from - 1));
  });
  const [scaleH, scaleW] = [2, 3].map((i) => axes[i] === undefined ? 0 : axes[i].to / axes[i].from);
  const repeats = (index: number) => {
    const scale = axes[index]!.to / axes[index]!.from;
    return Number.isInteger(scale) &&
      (places[index]?.every((place, i) => place === Math.floor(i / scale)) ?? true);
  };
  if (
    x.shape.length === 4 && places[0] === undefined && places[1] === undefined && repeats(2) && repeats(3)
  ) {
    const upsample_param = scaleH === scaleW
      ? (scaleH === 2 ? {} : { scale: scaleH! })
      : { scale_h: scaleH!, scale_w: scaleW! };
    return node.layer("Upsample", [x], { upsample_param }, axes.map(({ to }) => to), { type: x.type });
  }
  return places.reduce<BlobValue>(
    (of, indices, axis) =>
      indices === undefined ? of : gatherAxis(node, of, axis, indices, [indices.length], `axis${axis}`),
    x,
  );
}

function resizeLinear(node: ImportedNode, x: BlobValue, axes: readonly Axis[], way: string): BlobValue {
  const [batch, channels, ...spatial] = axes;
  if (
    batch!.from !== batch!.to || channels?.from !== channels?.to || spatial.length < 1 || spatial.length > 2
  ) {
    throw new NodeError(
      `Expected images (N, C, H, W) to resize but found ${shapeText(x.shape)}`,
      "ResizeLinear",
    );
  }
  for (const { from, to, scale } of spatial) {
    if (Math.abs(from * scale - to) > 1e-3) {
      throw new NodeError(
        `Expected scales that give a whole size but found ${scale} for ${from}`,
        "ResizeLinear",
      );
    }
  }
  placeOf(batch!, way);
  const shape = axes.map(({ to }) => to);
  if (spatial.length === 1) {
    const plane = node.reshape(x, [x.shape[0]!, x.shape[1]!, 1, x.shape[2]!], "plane");
    const row = { from: 1, to: 1, scale: 1 };
    return node.reshape(resizeLinear(node, plane, [batch!, channels!, row, spatial[0]!], way), shape, "line");
  }
  const [, , height, width] = shape as [number, number, number, number];
  if (way === "align_corners") return node.layer("Interp", [x], { interp_param: { height, width } }, shape);
  const ways = {
    half_pixel: "half_pixel_centers",
    pytorch_half_pixel: "pytorch_half_pixel",
    asymmetric: undefined,
  };
  if (!Object.hasOwn(ways, way)) {
    throw new NodeError(`Expected another coordinate_transformation_mode but found '${way}'`);
  }
  const field = ways[way as keyof typeof ways];
  const resize_bilinear_param = {
    output_height: height,
    output_width: width,
    data_format: "NCHW",
    ...field === undefined ? {} : { [field]: true },
  };
  return node.layer("ResizeBilinear", [x], { resize_bilinear_param }, shape);
}
