import type { Net } from "../net.ts";
import type { LayerParameter } from "../../proto/messages.ts";

/** Floating-point operations of a pass: two for each multiplication with its addition. */
export interface Flops {
  /** Of a forward pass. */
  forward: number;
  /** Of a backward pass. */
  backward: number;
}

/**
 * The operations of each layer's products of matrices and convolutions, in the order of the net's layers; 0 for layers
 * without. A convolution counts as computed directly, so that an algorithm with fewer multiplications, such as
 * Winograd's, may exceed the processor's peak. Backward takes as many operations as forward for the gradient of the
 * bottom, and again for that of the weights, each where the net computes it.
 */
export function layerFlops(net: Net): Flops[] {
  const { layers } = net.handle;
  const params = new Map(net.param.layer?.map((layer) => [layer.name, layer]));
  /** Whether there is a gradient of each blob, as its last maker so far left it. */
  const hasGradient = new Map<number, boolean>();
  return layers.map(({ name, needsBackward, bottoms, tops }, i) => {
    const param = params.get(name);
    const forward = 2 * layerMultiplications(net, i, param);
    const ofWeights = (param?.param?.[0]?.lr_mult ?? 1) !== 0;
    const ofBottom = param?.propagate_down?.[0] ??
      (net.param.force_backward === true || hasGradient.get(bottoms[0] ?? -1) === true);
    for (const top of tops) hasGradient.set(top, needsBackward);
    const gradients = needsBackward ? Number(ofWeights) + Number(ofBottom) : 0;
    return { forward, backward: forward * gradients };
  });
}

/** The sum over all layers of {@link layerFlops}. */
export function netFlops(net: Net): Flops {
  return sumFlops(layerFlops(net));
}

/** The sum of several layers' operations. */
export function sumFlops(all: readonly Flops[]): Flops {
  return all.reduce((sum, each) => ({
    forward: sum.forward + each.forward,
    backward: sum.backward + each.backward,
  }), { forward: 0, backward: 0 });
}

/** The multiplications of the forward pass of layer `index`: weights times the positions that each is used at. */
function layerMultiplications(net: Net, index: number, param: LayerParameter | undefined): number {
  const { layers, blobs } = net.handle;
  const { type, bottoms, tops, params } = layers[index]!;
  const weights = params[0]?.count ?? 0;
  /** Items times pixels of a blob, whose channels are axis 1. */
  const positions = (blob: number) => blobs[blob]!.count / blobs[blob]!.shape[1]!;
  switch (type) {
    case "Convolution":
    case "ConvolutionDepthwise":
    case "DepthwiseConvolution":
      return weights * sum(tops.map(positions));
    case "Deconvolution":
      return weights * sum(bottoms.map(positions));
    case "InnerProduct":
      return weights * blobs[tops[0]!]!.count / (param?.inner_product_param?.num_output ?? NaN);
    case "LSTM":
    case "RNN": {
      const [steps = 0, streams = 0] = blobs[bottoms[0]!]!.shape;
      const matrices = params.filter(({ shape }) => shape.length > 1);
      // With a static bottom the second matrix is its own, and used once for all steps.
      const fixed = bottoms.length > 2 ? matrices[1]!.count : 0;
      return streams * (steps * (sum(matrices.map(({ count }) => count)) - fixed) + fixed);
    }
    default:
      return 0;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
