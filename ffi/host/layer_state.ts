import { deserialize, serialize } from "node:v8";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { isInstance, thrownMessage } from "../../base/thrown.ts";
import type { SourceState } from "../../proto/messages.ts";
import type { HostLayer } from "./host_layer.ts";
import { LayerRandom } from "./layer_random.ts";
import { checkFinished } from "./live_layer.ts";
import { threwError } from "./threw_error.ts";

/**
 * What a layer's object has to keep between runs: how far it has read (`saveState`), how many random numbers it
 * has drawn (`this.random`), and what its `save` returns, as bytes. Undefined for a layer without any. With `saves`
 * false, `save` is not called. Throws a CremaError with `place` when a method throws, and when what `save` returns can't be
 * copied.
 */
export function saveLayer(
  layer: HostLayer,
  place: CremaErrorOptions,
  saves = true,
): SourceState | undefined {
  const state = attempt("saveState", place, () => layer.saveState?.());
  const random = isInstance(layer.random, LayerRandom) && !layer.random.isUnused
    ? layer.random.save()
    : undefined;
  const saved = saves && keepsState(layer) ? savedBytes(layer, place) : undefined;
  if (state === undefined && random === undefined && saved === undefined) return undefined;
  return { ...state, ...random !== undefined && { random }, ...saved !== undefined && { saved } };
}

/**
 * Gives a layer's object what {@link saveLayer} kept, as far as it is there. Throws a CremaError with `place` when
 * a method throws, or the bytes can't be read.
 */
export function restoreLayer(layer: HostLayer, state: SourceState, place: CremaErrorOptions): void {
  const { random, saved, ...position } = state;
  if (random !== undefined && isInstance(layer.random, LayerRandom)) layer.random.restore(random);
  attempt("restoreState", place, () => layer.restoreState?.(position));
  if (saved === undefined || !keepsState(layer)) return;
  let value: unknown;
  try {
    value = deserialize(saved);
  } catch (cause) {
    throw new CremaError(
      `Expected the layer's state, as its save() returned it, but found bytes that can't be read: ${
        thrownMessage(cause)
      }`,
      { ...place, cause },
    );
  }
  attempt("restore", place, () => checkFinished(layer.restore!(value)));
}

/** Whether a layer has state of its own: both methods. */
export function keepsState(layer: HostLayer): boolean {
  return typeof layer.save === "function" && typeof layer.restore === "function";
}

function savedBytes(layer: HostLayer, place: CremaErrorOptions): Uint8Array {
  const value = attempt("save", place, () => {
    const value = layer.save!();
    checkFinished(value);
    return value;
  });
  try {
    return serialize(value);
  } catch (cause) {
    throw new CremaError(
      `Expected save() to return what can be copied (numbers, strings, arrays, typed arrays, plain objects, Map, Set) but found: ${
        thrownMessage(cause)
      }`,
      { ...place, cause },
    );
  }
}

/** Runs a method of the layer; what it throws names the method and the layer. */
function attempt<Result>(method: string, place: CremaErrorOptions, run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    if (isInstance(cause, CremaError) && cause.layer !== undefined) throw cause;
    throw threwError(method, cause, place);
  }
}
