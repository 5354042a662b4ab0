import { NodeError } from "../../graph/node_error.ts";
import { shapeText } from "../../graph/shape_rules.ts";
import { countOf } from "../../graph/tensor_values.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { LayerFields } from "../net_layers.ts";
import type { NodeImporter } from "../node_importer.ts";
import type { BlobValue } from "../values.ts";
import { addBlobs, clipped, multiplyBlobs } from "./arithmetic.ts";

/** Functions of single values. */
export const ACTIVATIONS: Readonly<Record<string, NodeImporter>> = {
  Abs: neuron("AbsVal"),
  Celu: {
    becomes: "`Power`, `ELU` and `Power`",
    import: (node) => {
      const x = node.floats(0), alpha = node.node.float("alpha", 1);
      const y = node.layer("ELU", [node.power(x, { scale: 1 / alpha }, "in")], {}, x.shape);
      return [node.power(y, { scale: alpha }, "out")];
    },
  },
  Clip: {
    becomes: "`Clip`, or `ReLU` for 0 and up",
    except: "bounds that are computed; whole numbers",
    import: (node) => [importClip(node)],
  },
  Elu: neuron("ELU", ({ node }) => ({ elu_param: { alpha: node.float("alpha", 1) } })),
  Exp: neuron("Exp"),
  HardSigmoid: neuron("HardSigmoid", ({ node }) => ({
    hard_sigmoid_param: { alpha: node.float("alpha", 0.2), beta: node.float("beta", 0.5) },
  })),
  HardSwish: neuron("HardSwish"),
  LeakyRelu: neuron("ReLU", ({ node }) => ({ relu_param: { negative_slope: node.float("alpha", 0.01) } })),
  Log: neuron("Log"),
  Neg: neuron("Power", () => ({ power_param: { scale: -1 } })),
  PRelu: {
    becomes: "`PReLU` with a slope for each channel, or one",
    except: "slopes that are computed",
    import: (node) => [importPRelu(node)],
  },
  Reciprocal: neuron("Power", () => ({ power_param: { power: -1 } })),
  Relu: neuron("ReLU"),
  Selu: neuron("SeLU", ({ node }) => ({
    selu_param: {
      lambda: node.float("gamma", 1.0507009873554805),
      alpha: node.float("alpha", 1.6732632423543772),
    },
  })),
  Sigmoid: neuron("Sigmoid"),
  Softplus: neuron("BNLL"),
  Softsign: {
    becomes: "`AbsVal`, `Power` and `Eltwise`",
    import: (node) => {
      const x = node.floats(0), size = node.layer("AbsVal", [x], {}, x.shape, { part: "abs" });
      return [multiplyBlobs(node, x, node.power(size, { power: -1, shift: 1 }, "inverse"))];
    },
  },
  Sqrt: neuron("Power", () => ({ power_param: { power: 0.5 } })),
  Tanh: neuron("TanH"),
  ThresholdedRelu: {
    becomes: "`Threshold` and `Eltwise`",
    import: (node) => {
      const x = node.floats(0), threshold = node.node.float("alpha", 1);
      const passed = node.layer("Threshold", [x], { threshold_param: { threshold } }, x.shape, {
        part: "passed",
      });
      return [multiplyBlobs(node, x, passed)];
    },
  },
};

function neuron(type: string, fields: (node: ImportedNode) => LayerFields = () => ({})): NodeImporter {
  return {
    becomes: `\`${type}\``,
    import: (node) => {
      const x = node.floats(0);
      return [node.layer(type, [x], fields(node), x.shape)];
    },
  };
}

function importClip(node: ImportedNode): BlobValue {
  const { node: graphNode } = node, isOld = node.opset < 11;
  const low = isOld ? graphNode.float("min", -Infinity) : node.number(1, "a bound");
  const high = isOld ? graphNode.float("max", Infinity) : node.number(2, "a bound");
  return clipped(node, node.floats(0), low ?? -Infinity, high ?? Infinity);
}

function importPRelu(node: ImportedNode): BlobValue {
  const x = node.floats(0), { shape: given, data } = node.weights(1, "slopes"), count = countOf(given);
  // Before opset 7, slopes were always those of the channels.
  const shape = node.opset < 7 && x.shape.length > 1 ? [count, ...x.shape.slice(2).map(() => 1)] : given;
  const own = x.shape.map((_, i) => shape[i - x.shape.length + shape.length] ?? 1);
  const isChannels = own.every((dim, i) => dim === (i === 1 ? x.shape[1] : 1));
  if (shape.length <= x.shape.length && x.shape.length >= 2 && (count === 1 || isChannels)) {
    const shared = count === 1 && x.shape[1] !== 1;
    return node.layer("PReLU", [x], shared ? { prelu_param: { channel_shared: true } } : {}, x.shape, {
      blobs: [{ shape: shared ? [] : [x.shape[1]!], data }],
    });
  }
  // max(x, 0) − slope max(−x, 0), with slopes of any axes.
  const end = own.findLastIndex((dim) => dim !== 1) + 1, begin = own.findIndex((dim) => dim !== 1);
  const run = begin < 0 ? [] : own.slice(begin, end);
  if (shape.length > x.shape.length || !run.every((dim, i) => dim === x.shape[begin + i])) {
    throw new NodeError(
      `Expected slopes for neighbouring axes of ${shapeText(x.shape)} but found ${shapeText(shape)}`,
    );
  }
  const above = node.layer("ReLU", [x], {}, x.shape, { part: "above" });
  const below = node.layer("ReLU", [node.power(x, { scale: -1 }, "minus")], {}, x.shape, { part: "below" });
  const scale_param = { axis: Math.max(begin, 0), num_axes: run.length };
  const sloped = node.layer("Scale", [below], { scale_param }, x.shape, {
    part: "slope",
    blobs: [{ shape: run, data: data.map((value) => -value) }],
  });
  return addBlobs(node, above, sloped);
}
