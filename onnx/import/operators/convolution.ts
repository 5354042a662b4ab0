import type { ConvolutionParameter } from "../../../proto/messages.ts";
import { NodeError } from "../../graph/node_error.ts";
import { shapeText } from "../../graph/shape_rules.ts";
import { countOf } from "../../graph/tensor_values.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { LayerBlob } from "../net_layers.ts";
import type { NodeImporter } from "../node_importer.ts";
import type { BlobValue } from "../values.ts";
import { padded } from "./parts.ts";
import { planar, planarPads, type Window, windowOf } from "./window.ts";

/** Convolutions and their transposes. */
export const CONVOLUTIONS: Readonly<Record<string, NodeImporter>> = {
  Conv: {
    becomes: "`Convolution`",
    except: "weights that are computed",
    import: (node) => [importConv(node)],
  },
  ConvTranspose: {
    becomes: "`Deconvolution`",
    except: "weights that are computed; paddings that differ before and behind a third spatial axis",
    import: (node) => [importConvTranspose(node)],
  },
};

interface Operands {
  readonly weights: LayerBlob;
  readonly bias: LayerBlob | undefined;
  readonly group: number;
}

function importConv(node: ImportedNode): BlobValue {
  const { weights, bias, group } = operandsOf(node), [outputs, inputs, ...kernel] = weights.shape as number[];
  const { x, before, behind } = paddedInput(node);
  const window = windowOf(node.node, x.shape.slice(2), node.node.ints("kernel_shape") ?? kernel);
  checkKernel(window, kernel);
  if (x.shape[1] !== inputs! * group || outputs! % group !== 0) {
    throw new NodeError(
      `Expected ${inputs! * group} channels in groups of ${group} but found ${shapeText(x.shape)}`,
    );
  }
  return convolve(node, x, weights, bias, group, {
    ...window,
    before: window.before.map((pad, i) => pad + before[i]!),
    behind: window.behind.map((pad, i) => pad + behind[i]!),
  });
}

function convolve(
  node: ImportedNode,
  x: BlobValue,
  weights: LayerBlob,
  bias: LayerBlob | undefined,
  group: number,
  window: Window,
): BlobValue {
  const axes = window.kernel.length;
  if (axes !== 2 && window.before.some((pad, i) => pad !== window.behind[i])) {
    const zeros = [0, 0], none = window.before.map(() => 0);
    const whole = padded(node, x, [...zeros, ...window.before], [...zeros, ...window.behind], 0, "pad");
    return convolve(node, whole, weights, bias, group, { ...window, before: none, behind: none });
  }
  const lengths = x.shape.slice(2).map((length, i) => {
    const reach = (window.kernel[i]! - 1) * window.dilations[i]! + 1;
    const room = length + window.before[i]! + window.behind[i]! - reach;
    if (room < 0) throw new NodeError(`Expected a kernel that fits but found ${shapeText(x.shape)}`);
    return Math.floor(room / window.strides[i]!) + 1;
  });
  return node.layer(
    "Convolution",
    [x],
    { convolution_param: parameterOf(weights.shape[0]!, bias, group, window) },
    [x.shape[0]!, weights.shape[0]!, ...lengths],
    { blobs: [weights, ...bias === undefined ? [] : [bias]] },
  );
}

function importConvTranspose(node: ImportedNode): BlobValue {
  const { weights, bias, group } = operandsOf(node), [inputs, outputs, ...kernel] = weights.shape as number[];
  const x = node.floats(0), lengths = x.shape.slice(2), axes = lengths.length;
  if (x.shape[1] !== inputs || inputs! % group !== 0) {
    throw new NodeError(`Expected ${inputs} channels in groups of ${group} but found ${shapeText(x.shape)}`);
  }
  const { node: { ints }, node: graphNode } = node;
  const wanted = ints.call(graphNode, "output_shape")?.slice(-axes);
  const auto = graphNode.string("auto_pad", "NOTSET");
  const isSame = auto.startsWith("SAME"),
    more = ints.call(graphNode, "output_padding") ?? lengths.map(() => 0);
  const window = windowOf(graphNode, lengths, ints.call(graphNode, "kernel_shape") ?? kernel);
  checkKernel(window, kernel);
  const before: number[] = [], behind: number[] = [];
  for (const [i, length] of lengths.entries()) {
    const stride = window.strides[i]!, open = more[i] ?? 0;
    const whole = stride * (length - 1) + (kernel[i]! - 1) * window.dilations[i]! + 1 + open;
    const target = wanted?.[i] ?? (isSame ? length * stride : undefined);
    if (!(open >= 0 && open <= 2 ** 20)) {
      throw new NodeError(`Expected an output_padding of 0 or more but found ${open}`);
    }
    if (target === undefined) {
      before.push(window.before[i]!);
      behind.push(window.behind[i]! - open);
      continue;
    }
    const total = whole - target, half = Math.floor(total / 2);
    const first = total <= 0 ? 0 : auto === "SAME_UPPER" ? half : total - half;
    before.push(first);
    behind.push(total - first - open);
  }
  return deconvolve(node, x, weights, bias, group, outputs! * group, { ...window, before, behind });
}

/** What a padding of less than 0 behind an axis needs, taps of 0 at the kernel's end, is added. */
function deconvolve(
  node: ImportedNode,
  x: BlobValue,
  given: LayerBlob,
  bias: LayerBlob | undefined,
  group: number,
  outputs: number,
  window: Window,
): BlobValue {
  const taps = window.behind.map((pad, i) => Math.max(0, Math.ceil(-pad / window.dilations[i]!)));
  const weights = longer(given, taps);
  const behind = window.behind.map((pad, i) => pad + taps[i]! * window.dilations[i]!);
  const own = { ...window, kernel: weights.shape.slice(2), behind };
  const shape = own.kernel.map((size, i) =>
    own.strides[i]! * (x.shape[i + 2]! - 1) + (size - 1) * own.dilations[i]! + 1 - own.before[i]! - behind[i]!
  );
  if (!shape.every((length) => length >= 1)) {
    throw new NodeError(`Expected pads that leave something but found ${shapeText(shape)}`);
  }
  const blobs = [weights, ...bias === undefined ? [] : [bias]];
  const isEven = own.before.every((pad, i) => pad === behind[i]);
  if (own.kernel.length === 1 && !isEven) {
    // Only two axes have paddings of their own at each edge.
    const [n, c, length] = x.shape as [number, number, number];
    const plane = deconvolve(
      node,
      node.reshape(x, [n, c, 1, length], "plane"),
      { ...given, shape: [...given.shape.slice(0, 2), 1, ...given.shape.slice(2)] },
      bias,
      group,
      outputs,
      {
        kernel: [1, ...window.kernel],
        strides: [1, ...window.strides],
        dilations: [1, ...window.dilations],
        before: [0, ...window.before],
        behind: [0, ...window.behind],
      },
    );
    return node.reshape(plane, [n, outputs, ...shape], "line");
  }
  if (own.kernel.length !== 2 && !isEven) {
    throw new NodeError("Expected the same padding before and behind each axis but found others");
  }
  return node.layer(
    "Deconvolution",
    [x],
    { convolution_param: parameterOf(outputs, bias, group, own) },
    [x.shape[0]!, outputs, ...shape],
    { blobs },
  );
}

/** Weights with more taps, of 0, at the end of each axis. */
function longer(weights: LayerBlob, taps: readonly number[]): LayerBlob {
  if (taps.every((each) => each === 0)) return weights;
  const kernel = weights.shape.slice(2), larger = kernel.map((size, i) => size + taps[i]!);
  const maps = countOf(weights.shape.slice(0, 2)), size = countOf(kernel), room = countOf(larger);
  if (maps * room > 2 ** 26) throw new NodeError("Expected a smaller output_padding or output_shape");
  const data = new Float32Array(maps * room);
  for (let map = 0; map < maps; map++) {
    for (let tap = 0; tap < size; tap++) {
      let rest = tap, at = 0, step = 1;
      for (let axis = kernel.length - 1; axis >= 0; axis--) {
        at += rest % kernel[axis]! * step;
        rest = Math.floor(rest / kernel[axis]!);
        step *= larger[axis]!;
      }
      data[map * room + at] = weights.data[map * size + tap]!;
    }
  }
  return { shape: [...weights.shape.slice(0, 2), ...larger], data };
}

function operandsOf(node: ImportedNode): Operands {
  const weights = node.weights(1, "weights"), group = node.node.int("group", 1);
  if (
    weights.shape.length < 3 || weights.shape.length !== node.shape(0).length ||
    !weights.shape.every((dim) => dim >= 1)
  ) {
    throw new NodeError(
      `Expected images and weights with spatial axes but found ${shapeText(node.shape(0))} and ${
        shapeText(weights.shape)
      }`,
    );
  }
  if (!(group >= 1)) throw new NodeError(`Expected a group of 1 or more but found ${group}`);
  const outputs = node.node.op === "Conv" ? weights.shape[0]! : weights.shape[1]! * group;
  const bias = node.has(2) ? node.weights(2, "biases") : undefined;
  if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== outputs)) {
    throw new NodeError(`Expected ${outputs} biases but found ${shapeText(bias.shape)}`);
  }
  return { weights, bias, group };
}

/** The input without the zeros that a Pad before puts around its images: the layer adds them itself. */
function paddedInput(node: ImportedNode): { x: BlobValue; before: number[]; behind: number[] } {
  const value = node.value(0), auto = node.node.string("auto_pad", "NOTSET");
  if (value.kind === "padded" && !auto.startsWith("SAME")) {
    const { of, before, behind } = value;
    const isSpatial = [...before.slice(0, 2), ...behind.slice(0, 2)].every((pad) => pad === 0);
    if (isSpatial) return { x: of, before: before.slice(2), behind: behind.slice(2) };
  }
  const x = node.floats(0), none = x.shape.slice(2).map(() => 0);
  return { x, before: none, behind: none };
}

function checkKernel({ kernel }: Window, shape: readonly number[]): void {
  if (kernel.every((size, i) => size === shape[i])) return;
  throw new NodeError(
    `Expected a kernel_shape of ${shapeText(shape)}, as the weights have, but found ${shapeText(kernel)}`,
  );
}

function parameterOf(
  outputs: number,
  bias: LayerBlob | undefined,
  group: number,
  window: Window,
): ConvolutionParameter {
  const { kernel, strides, dilations, before } = window;
  const fewest = (values: readonly number[]) =>
    values.every((value) => value === values[0]) ? [values[0]!] : [...values];
  const lists = (values: readonly number[], otherwise: number, name: "stride" | "pad" | "dilation") => {
    return values.every((value) => value === otherwise) ? {} : { [name]: fewest(values) };
  };
  const isPlanar = kernel.length === 2, pads = isPlanar ? planarPads(window) : {};
  const { pad, ...edges } = pads;
  return {
    num_output: outputs,
    ...bias === undefined ? { bias_term: false } : {},
    ...isPlanar ? (pad === undefined ? edges : { pad: [pad] }) : lists(before, 0, "pad"),
    ...isPlanar && kernel[0] !== kernel[1]
      ? planar(kernel, "kernel_size", "kernel_h", "kernel_w")
      : { kernel_size: fewest(kernel) },
    ...isPlanar && strides[0] !== strides[1]
      ? planar(strides, "stride", "stride_h", "stride_w")
      : lists(strides, 1, "stride"),
    ...lists(dilations, 1, "dilation"),
    ...group === 1 ? {} : { group },
    weight_filler: { type: "msra" },
  };
}
