import protobuf from "protobufjs";
import type { LayerParameter, Messages } from "../messages.ts";
import { messageTypes } from "../codec/schema.ts";
import { SpecLayer, Top } from "./spec_layer.ts";

/** Messages called …Parameter that do not belong to a layer type. */
type NoLayer = "Net" | "Solver" | "Layer" | "V0Layer" | "V1Layer" | "Filler" | "Loss" | "Transformation";

/** Layer types that have parameters of their own. */
type ParamLayerType = Exclude<
  { [K in keyof Messages]: K extends `${infer T}Parameter` ? T : never }[keyof Messages],
  NoLayer
>;

/** Caffe's layer types that have no parameters, or share those of another type. */
type OtherLayerType =
  | "AbsVal"
  | "BatchReindex"
  | "BNLL"
  | "Deconvolution"
  | "EuclideanLoss"
  | "Filter"
  | "Im2col"
  | "LSTM"
  | "MultinomialLogisticLoss"
  | "RNN"
  | "SigmoidCrossEntropyLoss"
  | "Silence"
  | "SoftmaxWithLoss"
  | "Split";

/** The type whose parameters a type uses. */
type Namesake<T> = T extends "Deconvolution" | "Im2col" ? "Convolution"
  : T extends "LSTM" | "RNN" ? "Recurrent"
  : T;

/** The message with a layer type's own parameters. */
type OwnParameter<T extends string> = `${Namesake<T> & string}Parameter` extends
  infer K extends keyof Messages ? Messages[K]
  : Record<never, never>;

/** A message in which a single value may be given for a repeated field. */
type Loose<T> = T extends ArrayBufferView ? T
  : T extends readonly (infer Item)[] ? Loose<Item> | readonly Loose<Item>[]
  : T extends object ? { [K in keyof T]: K extends "param_str" ? T[K] | object : Loose<T[K]> }
  : T;

/** What a function of {@link layers} returns: `ntop` tops. */
export type Tops<N extends number> = number extends N ? Top | Top[]
  : N extends 0 | 1 ? Top
  : N extends 2 ? [Top, Top]
  : N extends 3 ? [Top, Top, Top]
  : Top[];

/** Makes a layer of a type from its bottoms and its fields. */
export interface LayerFunction<Fields> {
  /** A layer without fields and with one top. */
  (...bottoms: (Top | undefined)[]): Top;
  /** A layer with fields, `ntop` tops (one by default), which are its bottoms when it is `in_place`. */
  <N extends number = 1>(
    ...args: [
      ...bottoms: (Top | undefined)[],
      fields: Fields & { ntop?: N | undefined; in_place?: boolean | undefined },
    ]
  ): Tops<N>;
}

/** The functions of {@link layers}: typed for Caffe's layers, loose for others. */
export type LayerFunctions =
  & { readonly [T in ParamLayerType | OtherLayerType]: LayerFunction<LayerFields<T>> }
  & { readonly [type: string]: LayerFunction<Record<string, unknown>> };

/**
 * The fields that a function of {@link layers} takes: those of the type's own parameters and of the layer.
 */
export type LayerFields<T extends string> =
  & Loose<Omit<OwnParameter<T>, keyof LayerParameter>>
  & Loose<LayerParameter>;

/**
 * Functions that make layers, one per type, as pycaffe's `layers`. Each takes the bottoms, then an object
 * with the fields of the type's parameters (`kernel_size`) and of the layer (`param`, `include`,
 * `loss_weight`), `ntop` and `in_place`, and returns one Top, or `ntop` of them. A `name` names the layer and
 * its single top, and `top` names several; a NetSpec's property names the blob all the same. Types that Caffe
 * does not have work as well, with the layer's fields only.
 *
 * ```ts
 * import { layers as L, NetSpec } from "crema";
 * import assert from "node:assert/strict";
 *
 * const n = new NetSpec();
 * n.data = L.Input({ shape: { dim: [1, 1, 28, 28] } });
 * n.conv1 = L.Convolution(n.data, { kernel_size: 5, num_output: 20, weight_filler: { type: "xavier" } });
 * n.relu1 = L.ReLU(n.conv1, { in_place: true });
 *
 * const { layer } = n.toProto();
 * assert.deepEqual(layer?.[1]?.convolution_param?.kernel_size, [5]);
 * assert.deepEqual(layer?.[2], { name: "relu1", type: "ReLU", bottom: ["conv1"], top: ["conv1"] });
 * ```
 */
export const layers: LayerFunctions = new Proxy({}, {
  get: (_, type) => typeof type === "string" ? (...args: unknown[]) => make(type, args) : undefined,
}) as LayerFunctions;

function make(type: string, args: readonly unknown[]): Top | Top[] {
  const last = args.at(-1);
  const hasFields = typeof last === "object" && last !== null && !(last instanceof Top) &&
    !Array.isArray(last);
  const fields = hasFields ? last as Record<string, unknown> : {};
  const layer = new SpecLayer(type, hasFields ? args.slice(0, -1) : args, fields);
  if (layer.tops.length === 0) return new Top(layer, -1);
  return layer.tops.length === 1 ? layer.tops[0]! : [...layer.tops];
}

/** The names of all values of a message's enums. */
type EnumValue<M> = Extract<
  {
    [K in keyof M]-?: NonNullable<M[K]> extends string
      ? string extends NonNullable<M[K]> ? never : NonNullable<M[K]>
      : never;
  }[keyof M],
  string
>;

/** The values of {@link params}. */
export type ParamValues = {
  readonly [T in ParamLayerType]: { readonly [Value in EnumValue<OwnParameter<T>>]: Value };
};

/**
 * The enum values of the layers' parameters, as pycaffe's `params`: `params.Pooling.MAX` is "MAX", which can
 * be written directly as well.
 */
export const params: ParamValues = Object.fromEntries(
  messageTypes.filter(({ name }) => name.endsWith("Parameter")).map((type) => [
    type.name.replace(/Parameter$/, ""),
    Object.fromEntries(
      type.nestedArray.filter((each) => each instanceof protobuf.Enum)
        .flatMap((each) => Object.keys((each as protobuf.Enum).values).map((value) => [value, value])),
    ),
  ]),
) as unknown as ParamValues;
