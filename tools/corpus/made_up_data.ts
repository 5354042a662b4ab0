import { Net } from "../../net/net.ts";
import { kindOfLayer } from "./kind_of_layer.ts";
import { withMadeUpFiles } from "./made_up_files.ts";
import { filterNet } from "../../proto/nets/filter.ts";
import type { LayerParameter, NetParameter, Phase } from "../../proto/messages.ts";

/** Values for a blob that a data layer would fill. */
export type Fill = (data: Float32Array, shape: readonly number[]) => void;

/** A net without data layers, and what its inputs are filled with. */
export interface FedNet {
  readonly param: NetParameter;
  readonly fills: ReadonlyMap<string, Fill>;
}

/** The state that a net is made for. */
export interface State {
  readonly phase: Phase;
  readonly stage: readonly string[];
}

/** How to make up data. */
export interface MadeUpOptions {
  /** Modules of layers. */
  readonly layers?: readonly string[] | undefined;
  /** Images at once; by default 2. */
  readonly batch?: number | undefined;
  /** Channels of images whose data layer does not say; by default 3. */
  readonly channels?: number | undefined;
  /** A folder of `writeMadeUpFiles`, for layers that read files. */
  readonly files?: string | undefined;
}

/** Layers without bottoms that need no files, for all that they are called. */
const OWN_DATA_TYPES = new Set(["DummyData"]);

/** Whether a layer reads files or memory, which a corpus does not have. */
const isData = ({ type = "", bottom = [], top = [] }: LayerParameter): boolean =>
  bottom.length === 0 && top.length > 0 && !OWN_DATA_TYPES.has(type) &&
  (type === "Python" || /(?:Data|Reader|Video)$/.test(type));

/** What the input is called that is the matrix of an InfogainLoss layer, in the place of a file. */
const MATRIX = "infogain matrix: ";

/** At most so many images at once: values do not matter here, and time does. */
const BATCH = 2;

/** Random numbers from 0 to 1 that are the same in every run. */
export function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    return state / 2 ** 32;
  };
}

const next = randomNumbers();

const uniform: Fill = (data) => {
  for (let i = 0; i < data.length; i++) data[i] = 2 * next() - 1;
};

const classes = (count: number): Fill => (data) => {
  for (let i = 0; i < data.length; i++) data[i] = Math.floor(next() * count);
};

/** Regions [image, x1, y1, x2, y2], within an image of that size. */
const regions = (height: number, width: number): Fill => (data) => {
  for (let i = 0; i + 4 < data.length; i += 5) {
    const x = next() * width / 2, y = next() * height / 2;
    data.set([0, x, y, x + width / 3, y + height / 3], i);
  }
};

/** Boxes [x1, y1, x2, y2, class], as Faster R-CNN's data layer gives them. */
const classedBoxes = (height: number, width: number): Fill => (data) => {
  for (let i = 0; i + 4 < data.length; i += 5) {
    const x = next() * width / 2, y = next() * height / 2;
    data.set([x, y, x + width / 3, y + height / 3, 1], i);
  }
};

/** Annotations of SSD: [image, class, object, x1, y1, x2, y2, difficult], from 0 to 1. */
const annotations: Fill = (data) => {
  for (let i = 0; i + 7 < data.length; i += 8) {
    const x = next() / 2, y = next() / 2;
    data.set([0, 1, i / 8, x, y, x + 0.4, y + 0.4, 0], i);
  }
};

/** Objects as YOLO's losses read them: [class, x, y, width, height]. */
const centredObjects: Fill = (data) => {
  for (let i = 0; i + 4 < data.length; i += 5) data.set([0, next(), next(), 0.4, 0.3], i);
};

/**
 * Objects as the losses of Synopsys' Caffe read them, by cells: a number, whether there is one, its class, and its box
 * [x, y, width, height]. The cell in the middle has one.
 */
const gridObjects = (side: number): Fill => (data) => {
  const area = side * side, middle = Math.floor(side / 2) * (side + 1);
  data.fill(0);
  for (let at = 0; at < data.length; at += 7 * area) {
    data[at + area + middle] = 1;
    data.set(
      [(Math.floor(side / 2) + 0.5) / side, (Math.floor(side / 2) + 0.5) / side, 0.4, 0.3],
      at + 3 * area + 4 * middle,
    );
  }
};

interface Size {
  channels: number;
  height: number;
  width: number;
}

/** The size of the images that a data layer gives: as its settings say, else by what its files are called, else 224. */
function imageSize(layer: LayerParameter, channels: number): Size {
  const { transform_param: transform = {}, image_data_param: image = {}, memory_data_param: memory } = layer;
  if (memory !== undefined) {
    return { channels: memory.channels ?? 1, height: memory.height ?? 1, width: memory.width ?? 1 };
  }
  const dense = layer.dense_image_data_param ?? {};
  const source = layer.data_param?.source ?? image.source ?? layer.hdf5_data_param?.source ?? "";
  const isMnist = /mnist/i.test(source), isCifar = /cifar/i.test(source);
  const [resize] = transform.resize_param ?? [];
  const crop = transform.crop_size || layer.data_param?.crop_size || layer.window_data_param?.crop_size;
  const side = layer.data_param?.side?.[0]; // the cells of YOLO's coarsest grid, of 32 pixels each
  const usual = isMnist ? 28 : isCifar ? 32 : side !== undefined ? 32 * side : 224;
  const gray = transform.force_gray === true || image.is_color === false ||
    transform.mean_value?.length === 1 && !isCifar;
  return {
    channels: isMnist || gray ? 1 : isCifar || transform.mean_value?.length === 3 ? 3 : channels,
    height: transform.crop_h || transform.crop_height || crop || resize?.height || image.new_height ||
      dense.new_height || usual,
    width: transform.crop_w || transform.crop_width || crop || resize?.width || image.new_width ||
      dense.new_width ||
      usual,
  };
}

/** The shape and values of a top that is known by its name, in nets of Faster R-CNN and R-FCN. */
function byName(name: string, size: Size, count: number): [number[], Fill] | undefined {
  const { height, width } = size;
  switch (name) {
    case "im_info":
      return [[1, 3], (data) => data.set([height, width, 1])];
    case "gt_boxes":
      return [[3, 5], classedBoxes(height, width)];
    case "rois":
      return [[4, 5], regions(height, width)];
    case "labels":
      return [[4], classes(count)];
    case "bbox_targets":
    case "bbox_loss_weights":
    case "bbox_inside_weights":
    case "bbox_outside_weights":
      return [[4, 4 * count], uniform];
    default:
      return undefined;
  }
}

/**
 * Puts inputs with made-up values in the place of a net's data layers. What an image looks like is said by the layer;
 * the shape of a label follows from the layer that compares something with it, for which the layers before it are
 * built. Throws an Error for a top that nothing tells the shape of.
 */
export async function withMadeUpData(
  net: NetParameter,
  state: State,
  options: MadeUpOptions = {},
): Promise<FedNet> {
  const { batch = BATCH, channels = 3, files } = options;
  const filtered = filterNet(net, { ...net.state, phase: state.phase, stage: [...state.stage] });
  const fills = new Map<string, Fill>();
  const shapes = new Map<string, number[]>();
  const unknown = new Set<string>();
  let size: Size = { channels: 3, height: 224, width: 224 };
  for (const layer of filtered.layer ?? []) {
    if (!isData(layer)) continue;
    const own = imageSize(layer, channels);
    const count = Number(/num_classes['"]?\s*:\s*(\d+)/.exec(layer.python_param?.param_str ?? "")?.[1] ?? 21);
    // Faster R-CNN's layers take one image at a time.
    const images = layer.top?.some((top) => top === "gt_boxes" || top === "im_info") ? 1 : batch;
    for (const [i, top] of (layer.top ?? []).entries()) {
      const named = layer.type === "Python" ? byName(top, size, count) : undefined;
      if (named !== undefined) {
        shapes.set(top, named[0]);
        fills.set(top, named[1]);
      } else if (isConvolved(top, filtered) || i === 0 && !/label/.test(top) && !isCompared(top, filtered)) {
        size = { ...own, channels: slicedChannels(top, filtered) ?? own.channels };
        shapes.set(top, [images, size.channels, size.height, size.width]);
        fills.set(top, uniform);
      } else if (layer.type === "AnnotatedData" && layer.data_param?.side?.[i - 1] !== undefined) {
        const side = layer.data_param.side[i - 1]!;
        shapes.set(top, [images, 7 * side * side]);
        fills.set(top, gridObjects(side));
      } else if (i === 1 && isCentred(layer)) {
        shapes.set(top, [batch, 1, 3, 5]);
        fills.set(top, centredObjects);
      } else if (i === 1 && layer.type === "AnnotatedData") {
        shapes.set(top, [1, 1, 3, 8]);
        fills.set(top, annotations);
      } else if (i === 1 && isScriptsLabel(top, layer, filtered)) {
        shapes.set(top, [batch]);
        fills.set(top, classes(2));
      } else unknown.add(top);
    }
  }
  const layer = (filtered.layer ?? []).filter((one) => !isData(one)).map((one) => {
    const matrix = `${MATRIX}${one.name}`, weighed = isWeighedByFile(one);
    if (weighed) unknown.add(matrix);
    const own = weighed ? { ...one, bottom: [...one.bottom ?? [], matrix] } : one;
    return cut(files === undefined ? own : withMadeUpFiles(own, files), batch, fills);
  });
  const rest: NetParameter = { ...filtered, layer };
  while (unknown.size > 0) {
    const before = unknown.size;
    await inferShapes(rest, state, shapes, fills, unknown, batch, options.layers);
    if (unknown.size === before) {
      throw new Error(`Expected a layer that tells the shape of ${[...unknown].join(", ")} but found none`);
    }
  }
  return { param: withInputs(rest, shapes), fills };
}

/** Whether a data layer gives objects as YOLO's losses read them. */
function isCentred({ type, annotated_data_param }: LayerParameter): boolean {
  return type === "LaneData" || type === "BoxData" ||
    type === "AnnotatedData" && annotated_data_param?.yolo_data_type === 1;
}

/** Whether a layer reads from a file the matrix that may be its third bottom as well. */
function isWeighedByFile({ type, bottom = [] }: LayerParameter): boolean {
  return type === "InfogainLoss" && bottom.length === 2;
}

/** Whether a convolution takes a blob, which so is an image. */
function isConvolved(blob: string, { layer = [] }: NetParameter): boolean {
  return layer.some(({ type, bottom = [] }) => type === "Convolution" && bottom[0] === blob);
}

/** Whether a blob is what a loss or a metric compares something with. */
function isCompared(blob: string, { layer = [] }: NetParameter): boolean {
  return layer.some((one) => {
    const kind = kindOfLayer(one);
    return /Loss|Accuracy/.test(kind) && (one.bottom ?? []).indexOf(blob) > 0 &&
      !/Contrastive|Triplet/.test(kind);
  });
}

/**
 * Whether a top is a label that a layer of type Script takes, whose class says nothing about its shape. Data layers as
 * Caffe has them, which such nets use, give one label per image.
 */
function isScriptsLabel(top: string, { type }: LayerParameter, { layer = [] }: NetParameter): boolean {
  return (type === "Data" || type === "ImageData") &&
    layer.some(({ type, bottom = [] }) => type === "Script" && bottom.includes(top));
}

/** The channels of images that the net slices, into pairs for example. */
function slicedChannels(blob: string, { layer = [] }: NetParameter): number | undefined {
  const slice = layer.find(({ type, bottom = [] }) => type === "Slice" && bottom.includes(blob));
  if (slice === undefined || (slice.slice_param?.axis ?? 1) !== 1) return undefined;
  const points = slice.slice_param?.slice_point ?? [], last = points.at(-1);
  return last === undefined ? slice.top?.length : 2 * last - (points.at(-2) ?? 0);
}

/** An input with fewer images, and values. Inputs of regions keep their length. */
function cut(layer: LayerParameter, batch: number, fills: Map<string, Fill>): LayerParameter {
  const shape = layer.input_param?.shape;
  if (layer.type !== "Input" || shape === undefined) return layer;
  for (const top of layer.top ?? []) {
    fills.set(
      top,
      /rois/.test(top)
        ? regions(224, 224)
        : byName(top, { channels: 3, height: 224, width: 224 }, 21)?.[1] ?? uniform,
    );
  }
  const smaller = shape.map(({ dim = [] }) => ({
    dim: dim.length === 4 && dim[0]! > batch ? [batch, ...dim.slice(1)] : dim,
  }));
  return { ...layer, input_param: { ...layer.input_param, shape: smaller } };
}

function withInputs(net: NetParameter, shapes: ReadonlyMap<string, number[]>): NetParameter {
  const inputs = Array.from(shapes, ([top, dim]): LayerParameter => ({
    name: `made up: ${top}`,
    type: "Input",
    top: [top],
    input_param: { shape: [{ dim }] },
  }));
  return { ...net, layer: [...inputs, ...net.layer ?? []] };
}

/** Finds shapes of unknown tops, from the layers that use them beside blobs whose shapes can be known. */
async function inferShapes(
  net: NetParameter,
  state: State,
  shapes: Map<string, number[]>,
  fills: Map<string, Fill>,
  unknown: Set<string>,
  batch: number,
  layers: readonly string[] | undefined,
): Promise<void> {
  const missing = new Set(unknown);
  const buildable: LayerParameter[] = [], blocked: LayerParameter[] = [];
  for (const layer of net.layer ?? []) {
    if ((layer.bottom ?? []).some((bottom) => missing.has(bottom))) {
      blocked.push(layer);
      for (const top of layer.top ?? []) missing.add(top);
    } else buildable.push(layer);
  }
  const bare = buildable.map(withoutFillers);
  using built = await Net.create(withInputs({ ...net, layer: bare }, shapes), {
    ...state,
    layers: layers ?? [],
    seed: 1,
  });
  const shapeOf = (bottom: string) => missing.has(bottom) ? undefined : built.blob(bottom).shape;
  for (const layer of blocked) {
    for (const bottom of layer.bottom ?? []) {
      if (!unknown.has(bottom)) continue;
      const found = neededShape(layer, bottom, shapeOf, batch);
      if (found === undefined) continue;
      shapes.set(bottom, found[0]);
      fills.set(bottom, found[1]);
      unknown.delete(bottom);
    }
  }
  // Nobody compares what is left with anything: one number per image does.
  const used = new Set(blocked.filter(({ type }) => type !== "Silence").flatMap(({ bottom = [] }) => bottom));
  for (const top of [...unknown].filter((name) => !used.has(name))) {
    shapes.set(top, [batch]);
    fills.set(top, classes(1));
    unknown.delete(top);
  }
}

/** A layer whose parameters are not filled, which takes most of the time that a large net is made in. */
function withoutFillers(layer: LayerParameter): LayerParameter {
  const { convolution_param: convolution, inner_product_param: product } = layer;
  const bare = <T extends object>(param: T) => ({ ...param, weight_filler: {}, bias_filler: {} });
  return {
    ...layer,
    ...(convolution !== undefined && { convolution_param: bare(convolution) }),
    ...(product !== undefined && { inner_product_param: bare(product) }),
  };
}

/** What a layer needs one of its bottoms to be, given the shapes of the others. */
function neededShape(
  layer: LayerParameter,
  bottom: string,
  shapeOf: (bottom: string) => readonly number[] | undefined,
  batch: number,
): [number[], Fill] | undefined {
  const { bottom: bottoms = [], slice_param, softmax_param, accuracy_param, python_param, top = [] } = layer;
  const type = kindOfLayer(layer);
  if (type === "Slice") {
    const points = slice_param?.slice_point ?? [];
    return [[batch, (points.at(-1) ?? top.length - 1) + 1], classes(2)];
  }
  if (bottoms.length < 2) return undefined;
  const partner = bottoms.map(shapeOf).find((shape) => shape !== undefined);
  if (partner === undefined) return undefined;
  if (bottom.startsWith(MATRIX)) {
    const classCount = partner[1] ?? 1;
    return [[1, 1, classCount, classCount], (data) => {
      for (let i = 0; i < data.length; i += classCount + 1) data[i] = 1;
    }];
  }
  if (type === "DenseCRF" && bottoms.indexOf(bottom) === 1) {
    const [items = batch, , height = 1, width = 1] = partner;
    return [[items, 1, 1, 2], (data) => {
      for (let i = 0; i < data.length; i++) data[i] = i % 2 === 0 ? height : width;
    }];
  }
  if (python_param?.layer === "RBoxLossLayer" && bottoms.indexOf(bottom) === 2) {
    return [[partner[0]!, 1, ...partner.slice(2)], classes(2)]; // the score of each pixel
  }
  const isFirst = bottoms.indexOf(bottom) < 2;
  if (/Contrastive/.test(type) || (!isFirst && /Softmax/.test(type))) return [[batch], classes(2)];
  if (
    /Softmax|Accuracy|Hinge|Multinomial|Infogain|Center|Margin|ArcFace|Focal|LabelSpecific|ArgMax|SegAcc/
      .test(type)
  ) {
    const axis = softmax_param?.axis ?? accuracy_param?.axis ?? 1;
    const at = axis < 0 ? axis + partner.length : axis;
    const shape = partner.length <= 2 ? [partner[0]!] : partner.map((size, i) => i === at ? 1 : size);
    return [shape, classes(type === "HingeLoss" ? partner[1]! : partner[at] ?? 1)];
  }
  return [[...partner], (data) => {
    for (let i = 0; i < data.length; i++) data[i] = next();
  }];
}
