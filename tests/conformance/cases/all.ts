import type { LayerCase } from "../layer_case.ts";
import { activationCases } from "./activation.ts";
import { arithmeticCases } from "./arithmetic.ts";
import { libraryCases } from "./library.ts";
import { arrangingCases } from "./arranging.ts";
import { neuronCases } from "./neuron.ts";
import { deconvolutionCases } from "./deconvolution.ts";
import { lossCases } from "./loss.ts";
import { recurrentCases } from "./recurrent.ts";
import { shapeCases } from "./shape.ts";
import { visionCases } from "./vision.ts";
/** Every layer type's cases, in turn. */
export const allLayerCases: readonly LayerCase[] = [
  ...visionCases,
  ...deconvolutionCases,
  ...activationCases,
  ...arithmeticCases,
  ...shapeCases,
  ...lossCases,
  ...libraryCases,
  ...neuronCases,
  ...arrangingCases,
  ...recurrentCases,
];

/** The layer types that have cases. */
export const layerTypes: readonly string[] = [...new Set(allLayerCases.map(({ type }) => type))].toSorted();
