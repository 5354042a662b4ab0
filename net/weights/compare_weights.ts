import { indexedParameters } from "./indexed_parameters.ts";
import { type NamedParameter, shapeText } from "./stored_parameter.ts";

/** A parameter that two files have with the same shape. */
export interface ParameterDifference {
  /** Its name: `conv1/0`, where names tell its number. */
  readonly name: string;
  /** The largest difference of two values; infinite where one alone is NaN. */
  readonly absolute: number;
  /** The largest difference relative to the larger of the two values, from 0 to 2; infinite as above. */
  readonly relative: number;
  /** How many values differ. */
  readonly differing: number;
  /** Number of values. */
  readonly count: number;
}

/** How two files of weights differ. */
export interface WeightsDifference {
  /** Layers that only the first has; parameters, where their layer is in both, or where they have none. */
  readonly onlyFirst: readonly string[];
  /** What only the second has. */
  readonly onlySecond: readonly string[];
  /** Parameters with other shapes. */
  readonly shapes: readonly {
    /** The parameter's name. */
    readonly name: string;
    /** Its shape in the first. */
    readonly first: readonly number[];
    /** Its shape in the second. */
    readonly second: readonly number[];
  }[];
  /** The other parameters that both have, in the order of the first. */
  readonly parameters: readonly ParameterDifference[];
}

/**
 * Compares weights: parameters are the same when their layer and number are (`conv1.weight` is `conv1/0`), or else their
 * names.
 *
 * ```ts
 * import { compareWeights } from "./compare_weights.ts";
 * import assert from "node:assert/strict";
 *
 * const one = [{ name: "ip.weight", shape: [2], read: () => Float32Array.of(1, 2) }];
 * const other = [{ name: "ip/0", shape: [2], read: () => Float32Array.of(1, 4) }];
 * assert.deepEqual(compareWeights(one, other).parameters, [
 *   { name: "ip/0", absolute: 2, relative: 0.5, differing: 1, count: 2 },
 * ]);
 * ```
 */
export function compareWeights(
  first: readonly NamedParameter[],
  second: readonly NamedParameter[],
): WeightsDifference {
  const ours = byKey(first), theirs = byKey(second);
  const shapes: { name: string; first: readonly number[]; second: readonly number[] }[] = [];
  const parameters: ParameterDifference[] = [];
  for (const [name, { parameter: one }] of ours) {
    const other = theirs.get(name)?.parameter;
    if (other === undefined) continue;
    if (shapeText(one.shape) === shapeText(other.shape)) {
      parameters.push({ name, ...difference(one.read(), other.read()) });
    } else shapes.push({ name, first: one.shape, second: other.shape });
  }
  return { onlyFirst: missing(ours, theirs), onlySecond: missing(theirs, ours), shapes, parameters };
}

/** A parameter with the name of its layer. */
interface Placed {
  parameter: NamedParameter;
  layer: string;
}

function byKey(parameters: readonly NamedParameter[]): Map<string, Placed> {
  const found = indexedParameters(parameters);
  const keys = found.map(({ parameter, layer, index }) =>
    index === undefined ? parameter.name : `${layer}/${index}`
  );
  const times = Map.groupBy(keys, (key) => key);
  // Two that would be the same are told apart by their own names.
  return new Map(
    found.map(({ parameter, layer }, i) => {
      const key = keys[i]!;
      return [times.get(key)!.length === 1 ? key : parameter.name, { parameter, layer }];
    }),
  );
}

/** What the others lack: whole layers, or parameters of layers that they have. */
function missing(own: ReadonlyMap<string, Placed>, others: ReadonlyMap<string, Placed>): string[] {
  const layers = new Set(Array.from(others.values(), ({ layer }) => layer));
  const names = Array.from(own).filter(([name]) => !others.has(name)).map(([name, { layer }]) =>
    layer === "" || layers.has(layer) ? name : layer
  );
  return Array.from(new Set(names));
}

function difference(
  first: Float32Array,
  second: Float32Array,
): Omit<ParameterDifference, "name"> {
  let absolute = 0, relative = 0, differing = 0;
  for (let i = 0; i < first.length; i++) {
    const one = first[i]!, other = second[i]!;
    if (one === other || (Number.isNaN(one) && Number.isNaN(other))) continue;
    differing++;
    const apart = Math.abs(one - other), isFinite = Number.isFinite(apart);
    absolute = Math.max(absolute, isFinite ? apart : Infinity);
    relative = Math.max(relative, isFinite ? apart / Math.max(Math.abs(one), Math.abs(other)) : Infinity);
  }
  return { absolute, relative, differing, count: first.length };
}
