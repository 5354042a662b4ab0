import type { NetCase } from "./net_case.ts";
import type { Values } from "./values.ts";

/** A bottom of a layer: its shape, filled with normal values, or more details. */
export type Bottom = readonly number[] | {
  shape: readonly number[];
  values?: Values | undefined;
  /** False for labels and the like. Default true. */
  gradient?: boolean | undefined;
};

/** A configuration of a layer. */
export interface LayerConfig
  extends
    Pick<NetCase, "phase" | "backward" | "passes" | "reshape" | "tolerance" | "floor" | "derive" | "why"> {
  /** What is special about this configuration. */
  what: string;
  bottoms: readonly Bottom[];
  /** The number of tops (1), or "in place". */
  tops?: number | "in place" | undefined;
  /** The rest of the layer's prototxt. */
  param?: string | undefined;
  /** How to fill its parameters. */
  params?: readonly Values[] | undefined;
}

/** A net around one layer of the type under test. */
export interface LayerCase extends NetCase {
  readonly type: string;
}

/**
 * A net for each configuration of a layer type: one Input layer per bottom, then the layer, named "layer".
 */
export function layerCases(type: string, configs: readonly LayerConfig[]): LayerCase[] {
  return configs.map(({ what, bottoms, tops = 1, param = "", params, ...rest }) => {
    const specs = bottoms.map((bottom) => "shape" in bottom ? bottom : { shape: bottom });
    const names = specs.map((_, i) => `x${i}`);
    const outputs = tops === "in place" ? ["x0"] : Array.from({ length: tops }, (_, i) => `y${i}`);
    const inputs = specs.map(({ shape }, i) =>
      `layer { name: "in${i}" type: "Input" top: "x${i}" input_param { shape { ${
        shape.map((size) => `dim: ${size}`).join(" ")
      } } } }`
    );
    const list = (kind: string, all: readonly string[]) => all.map((name) => `${kind}: "${name}"`).join(" ");
    return {
      ...rest,
      type,
      name: `${type}: ${what}`,
      net: [
        "force_backward: true",
        ...inputs,
        `layer { name: "layer" type: "${type}" ${list("bottom", names)} ${list("top", outputs)} ${param} }`,
      ].join("\n"),
      inputs: Object.fromEntries(
        specs.flatMap(({ values }, i) => values === undefined ? [] : [[`x${i}`, values]]),
      ),
      constant: names.filter((_, i) => specs[i]!.gradient === false),
      params: params && { layer: params },
    };
  });
}

/** Class labels, as the last bottom of a loss. */
export function labels(shape: readonly number[], classes: number, ignore?: number): Bottom {
  return {
    shape,
    gradient: false,
    values: { kind: "labels", classes, ignore },
  };
}

/** Values without ties, for a maximum. */
export function distinct(...shape: number[]): Bottom {
  return { shape, values: { kind: "distinct" } };
}
