import { type LayerFields, layers as L, type NetSpec, type Top } from "crema";
import { weightAndBias } from "./learning.ts";

/** A convolution without bias, with BatchNorm and Scale in place; `id` follows "res", "bn" and "scale". */
export function convNorm(bottom: Top, id: string, fields: LayerFields<"Convolution">): Top {
  const conv = L.Convolution(bottom, {
    name: id.startsWith("_") ? id.slice(1) : `res${id}`, // the first one is called conv1
    bias_term: false,
    weight_filler: { type: "msra" },
    ...fields,
  });
  const norm = L.BatchNorm(conv, { name: `bn${id}`, moving_average_fraction: 0.9, in_place: true });
  return L.Scale(norm, { name: `scale${id}`, scale_param: { bias_term: true }, in_place: true });
}

/** ReLU in place, named after its blob. */
export function relu(bottom: Top, blob: string): Top {
  return L.ReLU(bottom, { name: `${blob}_relu`, in_place: true });
}

/** The sum of a block's shortcut and its branch, with ReLU. */
export function residualSum(shortcut: Top, branch: Top, id: string): Top {
  return relu(L.Eltwise(shortcut, branch, { name: `res${id}`, operation: "SUM" }), `res${id}`);
}

/** One block of a residual network: from its bottom and the number of its channels to its sum. */
export type ResidualBlock = (
  bottom: Top,
  id: string,
  channels: number,
  first: boolean,
  stride: number,
) => Top;

/**
 * A residual network (He et al. 2015) up to its scores: a convolution and a pooling, then stages of blocks,
 * 2a, 2b, …, 3a, …, the first of each at half the resolution, then the mean over all pixels.
 */
export function residualLayers(
  data: Top,
  conv1: LayerFields<"Convolution">,
  block: ResidualBlock,
  blocks: readonly number[],
): Top {
  let top = convNorm(data, "_conv1", { num_output: 64, kernel_size: 7, stride: 2, pad: 3, ...conv1 });
  top = L.Pooling(relu(top, "conv1"), { name: "pool1", pool: "MAX", kernel_size: 3, stride: 2 });
  for (const [i, count] of blocks.entries()) {
    for (let j = 0; j < count; j++) {
      const id = `${i + 2}${String.fromCharCode("a".charCodeAt(0) + j)}`;
      top = block(top, id, 64 << i, j === 0, j === 0 && i > 0 ? 2 : 1);
    }
  }
  const pooled = L.Pooling(top, { name: "pool5", pool: "AVE", kernel_size: 7, stride: 1 });
  return L.InnerProduct(pooled, {
    name: "fc1000",
    num_output: 1000,
    param: weightAndBias,
    weight_filler: { type: "xavier" },
    bias_filler: { type: "constant" },
  });
}

/** The loss, and in testing the accuracy of the best and of the best five classes. */
export function topOneAndFive(n: NetSpec, scores: Top, label: Top): void {
  n.loss = L.SoftmaxWithLoss(scores, label);
  n["acc/top-1"] = L.Accuracy(scores, label, { include: { phase: "TEST" } });
  n["acc/top-5"] = L.Accuracy(scores, label, { include: { phase: "TEST" }, top_k: 5 });
}
