import type { LayerParameter, NetParameter } from "../../../proto/mod.ts";

/** Shapes of a net that nothing was allocated for, and what one forward pass costs. */
export interface InferredShapes {
  /** Of all blobs, by name. */
  readonly blobs: ReadonlyMap<string, readonly number[]>;
  /** Of the parameters of all layers that have some, by the layer's name. */
  readonly parameters: ReadonlyMap<string, readonly (readonly number[])[]>;
  /** Multiplications and additions of convolutions and inner products. */
  readonly macs: number;
}

/** The number of values that a shape has. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Infers the shapes of a net of 2-d images, as Caffe's layers reshape their tops: so tests can look at
 * networks that are too large to build. The net has the layers of one phase. Knows the layer types of the
 * models that it is for; throws an Error for others.
 */
export function inferShapes(net: NetParameter): InferredShapes {
  const blobs = new Map<string, readonly number[]>();
  const parameters = new Map<string, number[][]>();
  let macs = 0;
  for (const layer of net.layer ?? []) {
    const bottoms = (layer.bottom ?? []).map((name) => blobs.get(name)!);
    const made = inferLayer(layer, bottoms);
    for (const [i, name] of (layer.top ?? []).entries()) blobs.set(name, made.tops[i] ?? []);
    if (made.parameters !== undefined) parameters.set(layer.name ?? "", made.parameters);
    macs += made.macs ?? 0;
  }
  return { blobs, parameters, macs };
}

interface InferredLayer {
  readonly tops: readonly (readonly number[])[];
  readonly parameters?: number[][];
  readonly macs?: number;
}

function inferLayer(layer: LayerParameter, bottoms: readonly (readonly number[])[]): InferredLayer {
  const [bottom = []] = bottoms;
  const [num = 1, channels = 1] = bottom;
  switch (layer.type) {
    case "Input":
      return { tops: (layer.input_param?.shape ?? []).map(({ dim = [] }) => dim.map(Number)) };
    case "DummyData":
      return { tops: (layer.dummy_data_param?.shape ?? []).map(({ dim = [] }) => dim.map(Number)) };
    case "Convolution":
      return inferConvolution(layer, bottom);
    case "InnerProduct": {
      const { num_output = 0, bias_term = true } = layer.inner_product_param ?? {};
      const weights = [num_output, countOf(bottom) / num];
      return {
        tops: [[num, num_output]],
        parameters: [weights, ...(bias_term ? [[num_output]] : [])],
        macs: num * countOf(weights),
      };
    }
    case "Pooling":
      return { tops: [inferPooling(layer, bottom)] };
    case "BatchNorm":
      return { tops: [bottom], parameters: [[channels], [channels], [1]] };
    case "Scale":
      return {
        tops: [bottom],
        parameters: [[channels], ...(layer.scale_param?.bias_term === true ? [[channels]] : [])],
      };
    case "Concat":
      return { tops: [[num, bottoms.reduce((sum, shape) => sum + shape[1]!, 0), ...bottom.slice(2)]] };
    case "Dropout":
    case "Eltwise":
    case "LRN":
    case "ReLU":
    case "Softmax":
      return { tops: [bottom] };
    case "Accuracy":
    case "SoftmaxWithLoss":
      return { tops: [[]] };
    default:
      throw new Error(`Expected a layer type whose shapes are known but found ${layer.type}`);
  }
}

function inferConvolution(layer: LayerParameter, bottom: readonly number[]): InferredLayer {
  const { num_output = 0, bias_term = true, group = 1, kernel_size = [], stride = [], pad = [] } =
    layer.convolution_param ?? {};
  const [num = 1, channels = 1, ...sides] = bottom;
  const kernel = kernel_size[0] ?? 1, step = stride[0] ?? 1, border = pad[0] ?? 0;
  const weights = [num_output, channels / group, kernel, kernel];
  const output = sides.map((side) => Math.floor((side + 2 * border - kernel) / step) + 1);
  return {
    tops: [[num, num_output, ...output]],
    parameters: [weights, ...(bias_term ? [[num_output]] : [])],
    macs: num * countOf(weights) * countOf(output),
  };
}

function inferPooling({ pooling_param = {} }: LayerParameter, bottom: readonly number[]): number[] {
  const { kernel_size = 0, stride = 1, pad = 0, global_pooling = false, round_mode = "CEIL" } = pooling_param;
  const [num = 1, channels = 1, ...sides] = bottom;
  const round = round_mode === "FLOOR" ? Math.floor : Math.ceil;
  const output = sides.map((side) => {
    if (global_pooling) return 1;
    const size = round((side + 2 * pad - kernel_size) / stride) + 1;
    // The last window starts within the image or its border at the left.
    return pad > 0 && (size - 1) * stride >= side + pad ? size - 1 : size;
  });
  return [num, channels, ...output];
}
