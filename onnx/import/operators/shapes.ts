import { NodeError } from "../../graph/node_error.ts";
import { castType, givenAxes, shapeTensor } from "../../graph/fold_node.ts";
import {
  axisIn,
  broadcastShape,
  permutation,
  reshaped,
  shapeText,
  squeezed,
  unsqueezed,
} from "../../graph/shape_rules.ts";
import { countOf } from "../../graph/tensor_values.ts";
import { isFloat } from "../../read_tensor.ts";
import { intTensor } from "../../tensor.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { NodeImporter } from "../node_importer.ts";
import type { BlobValue, Value } from "../values.ts";

/** Operators that move values without computing. */
export const SHAPES: Readonly<Record<string, NodeImporter>> = {
  Cast: {
    becomes: "nothing: blobs hold floats",
    except: "floats that become whole numbers or truth values",
    import: (node) => [importCast(node)],
  },
  DepthToSpace: { becomes: "`DepthToSpace`", import: (node) => [depthToSpace(node)] },
  Dropout: {
    becomes: "`Dropout`",
    except: "training_mode; the second output",
    import: (node) => [importDropout(node)],
  },
  Expand: { becomes: "`Tile`", except: "a shape that is computed", import: (node) => [importExpand(node)] },
  Flatten: { becomes: "`Flatten` or `Reshape`", import: (node) => [importFlatten(node)] },
  Identity: { becomes: "nothing", import: (node) => [node.value(0)] },
  Reshape: {
    becomes: "`Reshape`",
    except: "a shape that depends on values",
    import: (node) => [importReshape(node)],
  },
  Shape: {
    becomes: "a constant",
    import: (node) => [{ kind: "constant", tensor: shapeTensor(node.node, node.shape(0)), learned: false }],
  },
  Size: {
    becomes: "a constant",
    import: (node) => [{ kind: "constant", tensor: intTensor([countOf(node.shape(0))], []), learned: false }],
  },
  SpaceToDepth: { becomes: "`Reshape` and `Permute`", import: (node) => [spaceToDepth(node)] },
  Squeeze: {
    becomes: "`Reshape`",
    import: (node) => {
      const x = node.blob(0);
      return [node.reshape(x, squeezed(x.shape, axesOf(node)))];
    },
  },
  Tile: { becomes: "`Tile`", except: "repeats that are computed", import: (node) => [importTile(node)] },
  Transpose: {
    becomes: "`Permute`",
    import: (node) => {
      const x = node.blob(0);
      return [node.permute(x, permutation(x.shape.length, node.node.ints("perm")))];
    },
  },
  Unsqueeze: {
    becomes: "`Reshape`",
    import: (node) => {
      const x = node.blob(0);
      return [node.reshape(x, unsqueezed(x.shape, axesOf(node) ?? []))];
    },
  },
};

/** The axes that a node names: in an attribute, or from opset 13 on in a constant input. */
export function axesOf(node: ImportedNode): number[] | undefined {
  const inputs = node.has(1) ? [undefined, node.constant(1, "axes")] : [];
  return givenAxes({ node: node.node, opset: node.opset, inputs, external: undefined });
}

function importCast(node: ImportedNode): Value {
  const to = castType(node.node), value = node.value(0);
  const from = value.kind === "blob" ? value.type : "float32";
  if (isFloat(from) && !isFloat(to)) {
    throw new NodeError(`Expected a cast that keeps values but found one of ${from} to ${to}`, "Truncate");
  }
  if (!isFloat(from) && to === "bool" && from !== "bool") {
    throw new NodeError(`Expected a cast that keeps values but found one of ${from} to ${to}`, "NotZero");
  }
  return value.kind === "blob" ? { ...value, type: to } : value;
}

function importDropout(node: ImportedNode): BlobValue {
  node.onlyFirstOutput();
  const x = node.floats(0);
  const ratio = node.opset < 12 ? node.node.float("ratio", 0.5) : node.number(1, "ratio") ?? 0.5;
  if (node.opset >= 12 && (node.number(2, "training_mode") ?? 0) !== 0) {
    throw new NodeError("Expected a model for inference but found training_mode");
  }
  if (!(ratio > 0 && ratio < 1)) return x;
  return node.layer("Dropout", [x], { dropout_param: { dropout_ratio: ratio } }, x.shape);
}

function importFlatten(node: ImportedNode): BlobValue {
  const x = node.blob(0), given = node.node.int("axis", 1);
  const axis = given === x.shape.length ? given : axisIn(given, x.shape.length);
  const shape = [countOf(x.shape.slice(0, axis)), countOf(x.shape.slice(axis))];
  if (axis === 1 && x.shape.length > 1) return node.layer("Flatten", [x], {}, shape, { type: x.type });
  return node.reshape(x, shape, "", axis === 0 ? [1, -1] : [-1, shape[1]!]);
}

function importReshape(node: ImportedNode): BlobValue {
  const x = node.blob(0), to = node.numbers(1, "the new shape") ?? [];
  const allowZero = node.node.int("allowzero", 0) !== 0, shape = reshaped(x.shape, to, allowZero);
  // What the model leaves open stays so, for other batches; 0 means the same in Caffe, but not as a length.
  if (allowZero || shape.includes(0)) return node.reshape(x, shape);
  const keeps = shape.length > 0 && shape[0] === x.shape[0] && to[0] !== -1;
  return node.reshape(x, shape, "", to.map((dim, i) => i === 0 && keeps ? 0 : dim));
}

function importExpand(node: ImportedNode): BlobValue {
  const x = node.blob(0), wanted = node.numbers(1, "the new shape") ?? [];
  const shape = broadcastShape(x.shape, wanted), missing = shape.length - x.shape.length;
  const whole = node.reshape(x, [...new Array<number>(missing).fill(1), ...x.shape], "axes");
  return tiled(node, whole, shape.map((dim, i) => whole.shape[i] === dim ? 1 : dim));
}

function importTile(node: ImportedNode): BlobValue {
  const x = node.blob(0), tiles = node.numbers(1, "repeats") ?? [];
  if (tiles.length !== x.shape.length) {
    throw new NodeError(`Expected ${x.shape.length} repeats but found ${tiles.length}`);
  }
  return tiled(node, x, tiles);
}

function tiled(node: ImportedNode, x: BlobValue, tiles: readonly number[]): BlobValue {
  return tiles.reduce((of, times, axis) => {
    if (times === 1) return of;
    if (!(times >= 1)) throw new NodeError(`Expected repeats of 1 or more but found ${times}`);
    const shape = of.shape.map((dim, i) => i === axis ? dim * times : dim);
    const tile_param = { ...axis === 1 ? {} : { axis }, tiles: times };
    return node.layer("Tile", [of], { tile_param }, shape, { part: `axis${axis}`, type: x.type });
  }, x);
}

function depthToSpace(node: ImportedNode): BlobValue {
  const x = node.blob(0), { node: graphNode } = node;
  const [n = 0, c = 0, h = 0, w = 0] = x.shape, block = graphNode.int("blocksize", 0);
  const mode = graphNode.string("mode", "DCR");
  if (x.shape.length !== 4 || block < 1 || c % block ** 2 !== 0 || !["DCR", "CRD"].includes(mode)) {
    throw new NodeError(`Expected channels in blocks of ${block} × ${block} but found ${shapeText(x.shape)}`);
  }
  const depth_to_space_param = { block_size: block, data_format: mode };
  return node.layer(
    "DepthToSpace",
    [x],
    { depth_to_space_param },
    [n, c / block ** 2, h * block, w * block],
    {
      type: x.type,
    },
  );
}

function spaceToDepth(node: ImportedNode): BlobValue {
  const x = node.blob(0), block = node.node.int("blocksize", 0), [n = 0, c = 0, h = 0, w = 0] = x.shape;
  if (x.shape.length !== 4 || block < 1 || h % block !== 0 || w % block !== 0) {
    throw new NodeError(`Expected images in blocks of ${block} × ${block} but found ${shapeText(x.shape)}`);
  }
  const cells = node.reshape(x, [n, c, h / block, block, w / block, block], "cells");
  const turned = node.permute(cells, [0, 3, 5, 1, 2, 4], "turned");
  return node.reshape(turned, [n, c * block ** 2, h / block, w / block]);
}
