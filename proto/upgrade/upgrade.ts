import { CremaError } from "../../base/error.ts";
import { copyLocation, locationOf, setLocation } from "../text/location.ts";
import type { BlobShape, LayerParameter, NetParameter, ParamSpec } from "../messages.ts";
import { upgradeV0 } from "./upgrade_v0.ts";
import { upgradeDataTransformation, upgradeV1 } from "./upgrade_v1.ts";
import type { UpgradeOptions, WarningSink } from "./upgrade_warning.ts";
import { counted } from "../../base/counted.ts";

/**
 * Brings a net in any of Caffe's older forms to the present one, as Caffe does on reading: V0 layers, V1
 * layers, transformation settings inside data layers, `input` fields, and BatchNorm layers with settings for
 * their statistics. The net itself is not changed; the result shares the parts that need no upgrade.
 * Locations are kept. Throws a CremaError where Caffe would refuse the net.
 *
 * ```ts
 * import { upgradeNet } from "./upgrade.ts";
 * import assert from "node:assert/strict";
 *
 * const net = upgradeNet({ input: ["data"], input_dim: [1, 3, 8, 8], layers: [{ type: "RELU", bottom: ["data"] }] });
 * assert.deepEqual(net.layer, [
 *   { name: "input", type: "Input", top: ["data"], input_param: { shape: [{ dim: [1, 3, 8, 8] }] } },
 *   { type: "ReLU", bottom: ["data"] },
 * ]);
 * ```
 */
export function upgradeNet(net: NetParameter, options: UpgradeOptions = {}): NetParameter {
  const warn: WarningSink = (text, about) => options.onWarning?.(text, locationOf(about));
  let upgraded = net;
  if (upgraded.layers?.some((layer) => layer.layer !== undefined)) upgraded = upgradeV0(upgraded, warn);
  upgraded = upgradeDataTransformation(upgraded);
  if (upgraded.layers !== undefined && upgraded.layers.length > 0) upgraded = upgradeV1(upgraded, warn);
  if (upgraded.input !== undefined && upgraded.input.length > 0) upgraded = upgradeInput(upgraded);
  return upgradeBatchNorm(upgraded);
}

/** Turns `input` with `input_shape` or `input_dim` into an Input layer; without either, drops it. */
function upgradeInput(net: NetParameter): NetParameter {
  const { input = [], input_shape: shapes = [], input_dim: dims = [], ...rest } = net;
  // A file that holds only weights names its inputs but gives no shapes to make a layer of.
  if (shapes.length === 0 && dims.length === 0) return copyLocation(net, rest);
  const at = locationOf(net, "input");
  if (shapes.length > 0 && shapes.length < input.length) {
    throw new CremaError(
      `Expected an input_shape for each of ${counted(input.length, "input")} but found ${shapes.length}`,
      at,
    );
  }
  if (shapes.length === 0 && dims.length < 4 * input.length) {
    throw new CremaError(
      `Expected 4 input_dim for each of ${counted(input.length, "input")} but found ${dims.length}`,
      at,
    );
  }
  const shape: BlobShape[] = input.map((_, i) =>
    shapes.length > 0 ? shapes[i]! : { dim: dims.slice(4 * i, 4 * i + 4) }
  );
  const inputLayer: LayerParameter = { name: "input", type: "Input", top: input, input_param: { shape } };
  if (at !== undefined) setLocation(inputLayer, at);
  return copyLocation(net, { ...rest, layer: [inputLayer, ...(net.layer ?? [])] });
}

/**
 * With the first version of BatchNorm, nets had to set the learning rates of the three statistics to zero.
 * Statistics are never learned, so any settings for them become zero.
 */
function upgradeBatchNorm(net: NetParameter): NetParameter {
  const needs = (layer: LayerParameter) => layer.type === "BatchNorm" && layer.param?.length === 3;
  if (!net.layer?.some(needs)) return net;
  const zero = (spec: ParamSpec) => copyLocation(spec, { ...spec, lr_mult: 0, decay_mult: 0 });
  const layer = net.layer.map((old) =>
    needs(old) ? copyLocation(old, { ...old, param: old.param!.map(zero) }) : old
  );
  return copyLocation(net, { ...net, layer });
}
