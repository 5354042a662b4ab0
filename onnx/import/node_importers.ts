import type { NodeImporter } from "./node_importer.ts";
import { ACTIVATIONS } from "./operators/activations.ts";
import { ARITHMETIC_NODES } from "./operators/arithmetic.ts";
import { CONVOLUTIONS } from "./operators/convolution.ts";
import { INNER_PRODUCTS } from "./operators/inner_product.ts";
import { NORMALIZATIONS } from "./operators/normalization.ts";
import { POOLINGS } from "./operators/pooling.ts";
import { RECURRENTS } from "./operators/recurrent.ts";
import { REDUCTION_NODES } from "./operators/reductions.ts";
import { RESIZES } from "./operators/resize.ts";
import { SHAPES } from "./operators/shapes.ts";
import { SLICES } from "./operators/slices.ts";
import { SOFTMAXES } from "./operators/softmax.ts";

/** What makes layers of each operator. Those of constants alone are computed instead. */
export const NODE_IMPORTERS: Readonly<Record<string, NodeImporter>> = {
  ...ACTIVATIONS,
  ...ARITHMETIC_NODES,
  ...CONVOLUTIONS,
  ...INNER_PRODUCTS,
  ...NORMALIZATIONS,
  ...POOLINGS,
  ...RECURRENTS,
  ...REDUCTION_NODES,
  ...RESIZES,
  ...SHAPES,
  ...SLICES,
  ...SOFTMAXES,
};
