import { expectSameInOnnx, gaussian, type JudgeOptions } from "../judge.ts";

/** A bottom of a layer: its shape, with its values, or an end for values from 0 to there. */
export interface Bottom {
  readonly shape: readonly number[];
  /** Values, repeated to fill the shape. */
  readonly values?: readonly number[];
  /** The least and the most of its values. */
  readonly range?: readonly [least: number, most: number];
  /** Whether it has the same shape at each batch. */
  readonly keeps?: boolean;
}

/** A use of a layer to compare. */
export interface Use extends Omit<JudgeOptions, "values" | "keep"> {
  readonly bottoms: readonly (readonly number[] | Bottom)[];
  /** Fields of the layer in the prototxt, such as `axpy_param { … }`. */
  readonly fields?: string;
  /** The number of tops. */
  readonly tops?: number;
  /** Whether the first top is the first bottom. */
  readonly inPlace?: boolean;
  /** More layers after it. */
  readonly more?: string;
}

/** Expects a layer of a type to be the same in ONNX, in some uses. */
export async function expectLayerInOnnx(type: string, uses: readonly Use[]): Promise<void> {
  for (const [k, use] of uses.entries()) {
    const { bottoms, fields = "", tops = 1, inPlace = false, more = "", ...options } = use;
    const all = bottoms.map((bottom) => isShape(bottom) ? { shape: bottom } : bottom);
    const inputs = all.map(({ shape }, i) =>
      `layer { name: "b${i}" type: "Input" top: "b${i}" input_param { shape { ${
        shape.map((length) => `dim: ${length}`).join(" ")
      } } } }`
    );
    const names = (field: string, count: number, letter: string) =>
      Array.from({ length: count }, (_, i) => `${field}: "${letter}${i}"`).join(" ");
    const top = inPlace
      ? 'bottom: "t0" top: "t0"'
      : `${names("bottom", all.length, "b")} ${names("top", tops, "t")}`;
    const copy =
      'layer { name: "copy" type: "ReLU" bottom: "b0" top: "t0" relu_param { negative_slope: 1 } }';
    const random = gaussian(k + 1);
    try {
      await expectSameInOnnx(
        `${inputs.join("\n")}
        ${inPlace ? copy : ""} layer { name: "layer" type: "${type}" ${top} ${fields} } ${more}`,
        {
          keep: all.flatMap(({ keeps }, i) => keeps ? [`b${i}`] : []),
          values: (name, shape) => valuesOf(all[Number(name.slice(1))]!, random(name, shape)),
          ...options,
        },
      );
    } catch (error) {
      throw new Error(`${type}, use ${k + 1}: ${fields}`, { cause: error });
    }
  }
}

function isShape(bottom: readonly number[] | Bottom): bottom is readonly number[] {
  return Array.isArray(bottom);
}

function valuesOf({ values, range }: Bottom, random: Float32Array): Float32Array {
  if (values !== undefined) return random.map((_, i) => values[i % values.length]!);
  if (range === undefined) return random;
  const [least, most] = range;
  return random.map((value) => least + (most - least) * (0.5 + 0.5 * Math.sin(5 * value)));
}
