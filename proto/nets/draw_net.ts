import { counted } from "../../base/counted.ts";
import type { LayerParameter, NetParameter, NetStateRule } from "../messages.ts";

/** How to draw a net. */
export interface DrawNetOptions {
  /** Where the outputs are: "LR" to the right (the default), "TB" below, "BT" above, "RL" to the left. */
  rankdir?: "LR" | "TB" | "BT" | "RL" | undefined;
  /** Whether edges show the number of outputs and the batch size. Default true. */
  labelEdges?: boolean | undefined;
  /** Whether layers show the factors of their learning rates. Default false. */
  lrMult?: boolean | undefined;
  /** The shapes of blobs, by name: octagons show them. */
  shapes?: ReadonlyMap<string, readonly number[]> | undefined;
  /** Numbers of parameters by layer name: boxes show them. */
  parameters?: ReadonlyMap<string, number> | undefined;
  /** Whether layers show the phases and stages that they are for. Default false. */
  phases?: boolean | undefined;
}

const COLOURS: Readonly<Record<string, string>> = {
  Convolution: "#ff5050",
  Deconvolution: "#ff5050",
  Pooling: "#ff9900",
  InnerProduct: "#cc33ff",
};

/**
 * Draws an upgraded net as text for Graphviz (`dot -Tsvg`), as pycaffe's `draw.draw_net`: boxes are layers
 * (green if they work in place), octagons are blobs. To draw the net of one phase, use `filterNet` first.
 *
 * ```ts
 * import { drawNet } from "./draw_net.ts";
 * import assert from "node:assert/strict";
 *
 * const text = drawNet({ name: "tiny", layer: [{ name: "relu", type: "ReLU", bottom: ["x"], top: ["y"] }] });
 * assert.match(text, /^digraph "tiny" \{/);
 * assert.match(text, /"blob x" -> "layer 0 relu";/);
 * ```
 */
export function drawNet(net: NetParameter, options: DrawNetOptions = {}): string {
  const { rankdir = "LR", labelEdges = true, lrMult = false, shapes, parameters, phases = false } = options;
  const nodes = new Map<string, string>(), edges: string[] = [];
  const blob = (name: string) => {
    const id = quoted(`blob ${name}`);
    const shape = shapes?.get(name);
    const label = shape === undefined ? name : `${name}\n(${shape.join(", ")})`;
    nodes.set(id, `[label=${quoted(label)}, shape=octagon, style=filled, fillcolor="#e0e0e0"]`);
    return id;
  };
  for (const [index, layer] of (net.layer ?? []).entries()) {
    const { name = "", type = "", bottom = [], top = [] } = layer;
    const id = quoted(`layer ${index} ${name}`);
    const isInPlace = bottom.length === 1 && top.length === 1 && bottom[0] === top[0];
    const colour = isInPlace ? "#90ee90" : COLOURS[type] ?? "#6495ed";
    const count = parameters?.get(name) ?? 0;
    const label = [
      name,
      `(${type})`,
      ...details(layer),
      ...(lrMult ? lrMults(layer) : []),
      ...(count === 0 ? [] : [counted(count, "parameter")]),
      ...(phases ? phasesOf(layer) : []),
    ].join("\n");
    nodes.set(id, `[label=${quoted(label)}, shape=box, style=filled, fillcolor="${colour}"]`);
    for (const each of bottom) edges.push(`${blob(each)} -> ${id};`);
    const said = labelEdges ? edgeLabel(layer) : "";
    for (const each of top) {
      edges.push(`${id} -> ${blob(each)}${said === "" ? "" : ` [label=${quoted(said)}]`};`);
    }
  }
  const lines = [`rankdir=${rankdir};`, ...Array.from(nodes, ([id, style]) => `${id} ${style};`), ...edges];
  return `digraph ${quoted(net.name || "net")} {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** What a layer's box shows besides name and type. */
function details({ type, convolution_param: conv, pooling_param: pooling }: LayerParameter): string[] {
  if (type === "Convolution" || type === "Deconvolution") {
    const size = (
      list: number[] | undefined,
      h: number | undefined,
      w: number | undefined,
      otherwise: string,
    ) =>
      h !== undefined || w !== undefined
        ? `${h ?? otherwise}×${w ?? otherwise}`
        : list?.join("×") || otherwise;
    return [
      `kernel size: ${size(conv?.kernel_size, conv?.kernel_h, conv?.kernel_w, "?")}`,
      `stride: ${size(conv?.stride, conv?.stride_h, conv?.stride_w, "1")}`,
      `pad: ${size(conv?.pad, conv?.pad_h, conv?.pad_w, "0")}`,
    ];
  }
  if (type === "Pooling") {
    const { pool = "MAX", global_pooling, kernel_size, kernel_h, kernel_w, stride = 1, pad = 0 } = pooling ??
      {};
    const kernel = global_pooling ? "all" : kernel_size ?? `${kernel_h ?? "?"}×${kernel_w ?? "?"}`;
    return [`${pool}, kernel size: ${kernel}`, `stride: ${stride}`, `pad: ${pad}`];
  }
  return [];
}

function lrMults({ param = [] }: LayerParameter): string[] {
  return param.length === 0 ? [] : [`lr_mult: ${param.map(({ lr_mult = 1 }) => lr_mult).join(", ")}`];
}

/** The rules by which a layer is in a net: "TRAIN", "not stage a". */
function phasesOf({ include = [], exclude = [] }: LayerParameter): string[] {
  const text = ({ phase, stage = [], not_stage = [], min_level, max_level }: NetStateRule) =>
    [
      ...phase === undefined ? [] : [phase],
      ...stage.map((name) => `stage ${name}`),
      ...not_stage.map((name) => `not stage ${name}`),
      ...min_level === undefined ? [] : [`level ≥ ${min_level}`],
      ...max_level === undefined ? [] : [`level ≤ ${max_level}`],
    ].join(", ");
  return [
    ...include.length === 0 ? [] : [`only ${include.map(text).join(" or ")}`],
    ...exclude.length === 0 ? [] : [`not ${exclude.map(text).join(" or ")}`],
  ];
}

function edgeLabel(layer: LayerParameter): string {
  const batch = layer.data_param?.batch_size ?? layer.image_data_param?.batch_size;
  if (batch !== undefined) return `batch ${batch}`;
  const outputs = layer.convolution_param?.num_output ?? layer.inner_product_param?.num_output;
  return outputs === undefined ? "" : String(outputs);
}
