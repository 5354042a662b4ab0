import { NodeError } from "../../graph/node_error.ts";
import { axisIn, shapeText } from "../../graph/shape_rules.ts";
import { countOf } from "../../graph/tensor_values.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { LayerBlob } from "../net_layers.ts";
import type { NodeImporter } from "../node_importer.ts";
import type { BlobValue } from "../values.ts";

/** Normalizations. */
export const NORMALIZATIONS: Readonly<Record<string, NodeImporter>> = {
  BatchNormalization: {
    becomes: "`BatchNorm` and `Scale`",
    except: "parameters that are computed; training_mode",
    import: (node) => [importBatchNorm(node)],
  },
  InstanceNormalization: {
    becomes: "`GroupNorm` with a group for each channel",
    except: "parameters that are computed",
    import: (node) => [importInstanceNorm(node)],
  },
  LRN: { becomes: "`LRN`", except: "an even size", import: (node) => [importLrn(node)] },
  LayerNormalization: {
    becomes: "`LayerNorm`",
    except: "parameters that are computed; the second and third output",
    import: (node) => [importLayerNorm(node)],
  },
  LpNormalization: {
    becomes: "`L2Normalize`",
    except: "p of 1",
    import: (node) => {
      const x = node.floats(0), axis = axisIn(node.node.int("axis", -1), x.shape.length);
      if (node.node.int("p", 2) !== 2) throw new NodeError("Expected p of 2 but found 1", "LpNormalize");
      const script_param = { param_str: JSON.stringify({ axis }) };
      return [node.layer("L2Normalize", [x], { script_param }, x.shape)];
    },
  },
};

function importBatchNorm(node: ImportedNode): BlobValue {
  const { node: graphNode } = node, x = node.floats(0), channels = x.shape[1];
  if (graphNode.int("training_mode", 0) !== 0 || (node.opset < 7 && graphNode.int("is_test", 0) === 0)) {
    throw new NodeError("Expected a model for inference but found one in training mode");
  }
  if (graphNode.int("spatial", 1) !== 1) throw new NodeError("Expected spatial of 1 but found 0");
  node.onlyFirstOutput();
  if (channels === undefined) throw new NodeError(`Expected channels but found ${shapeText(x.shape)}`);
  const [scale, bias, mean, variance] = ["scales", "biases", "means", "variances"].map((what, i) =>
    row(node, i + 1, what, channels)
  ) as [LayerBlob, LayerBlob, LayerBlob, LayerBlob];
  const eps = graphNode.float("epsilon", 1e-5), fraction = graphNode.float("momentum", 0.9);
  const normal = node.layer(
    "BatchNorm",
    [x],
    { batch_norm_param: { moving_average_fraction: fraction, eps } },
    x.shape,
    { blobs: [mean, variance, { shape: [1], data: Float32Array.of(1) }] },
  );
  node.inPlace("Scale", normal, { scale_param: { bias_term: true } }, "scale", [scale, bias]);
  return normal;
}

function importInstanceNorm(node: ImportedNode): BlobValue {
  const x = node.floats(0), [, channels] = x.shape;
  if (channels === undefined) throw new NodeError(`Expected channels but found ${shapeText(x.shape)}`);
  const param = { groups: channels, epsilon: node.node.float("epsilon", 1e-5) };
  return node.layer("GroupNorm", [x], { script_param: { param_str: JSON.stringify(param) } }, x.shape, {
    blobs: [row(node, 1, "scales", channels), row(node, 2, "biases", channels)],
  });
}

function importLayerNorm(node: ImportedNode): BlobValue {
  node.onlyFirstOutput();
  const x = node.floats(0), axis = axisIn(node.node.int("axis", -1), x.shape.length);
  const shape = x.shape.slice(axis), gamma = node.weights(1, "scales");
  const beta = node.has(2)
    ? node.weights(2, "biases")
    : { shape, data: new Float32Array(countOf(gamma.shape)) };
  for (const { shape: own } of [gamma, beta]) {
    if (own.length !== shape.length || own.some((dim, i) => dim !== shape[i])) {
      throw new NodeError(`Expected parameters of ${shapeText(shape)} but found ${shapeText(own)}`);
    }
  }
  const param = { axis, epsilon: node.node.float("epsilon", 1e-5) };
  return node.layer("LayerNorm", [x], { script_param: { param_str: JSON.stringify(param) } }, x.shape, {
    blobs: [gamma, beta],
  });
}

function importLrn(node: ImportedNode): BlobValue {
  const { node: graphNode } = node, x = node.floats(0), size = graphNode.int("size", 0);
  if (size < 1 || size % 2 !== 1) throw new NodeError(`Expected an odd size but found ${size}`, "EvenLRN");
  if (x.shape.length < 2) throw new NodeError(`Expected channels but found ${shapeText(x.shape)}`);
  const [n, c, ...lengths] = x.shape as [number, number, ...number[]];
  const lrn_param = {
    local_size: size,
    alpha: graphNode.float("alpha", 1e-4),
    beta: graphNode.float("beta", 0.75),
    k: graphNode.float("bias", 1),
  };
  const plane = lengths.length === 2 ? x : node.reshape(x, [n, c, 1, countOf(lengths)], "plane");
  return node.reshape(node.layer("LRN", [plane], { lrn_param }, plane.shape), x.shape, "back");
}

/** Parameters, one for each channel. */
function row(node: ImportedNode, index: number, what: string, channels: number): LayerBlob {
  const { shape, data } = node.weights(index, what);
  if (countOf(shape) === channels) return { shape: [channels], data };
  throw new NodeError(`Expected ${channels} ${what} but found ${shapeText(shape)}`);
}
