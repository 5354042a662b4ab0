import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { isInstance } from "../../base/thrown.ts";
import { type Engine, Status } from "../engine.ts";
import type { PlannedLayer } from "./plan_layers.ts";
import { threwError } from "./threw_error.ts";

/** What was thrown while the engine was calling. */
interface Failure {
  readonly error: unknown;
  /** The layer that was called; undefined when it is not known. */
  readonly planned: PlannedLayer | undefined;
  /** The method that threw; undefined for an error that needs no explanation. */
  readonly method: string | undefined;
}

/**
 * How a failure is explained. What a layer throws is kept here until the engine has unwound to the call that
 * TypeScript made; there it is thrown, with the layer's name and its place in the prototxt.
 */
export class HostFailures {
  readonly #engine: Engine;
  readonly #planned: readonly PlannedLayer[];
  #failure: Failure | undefined;

  /** Explains the failures of a net or solver that has these layers. */
  constructor(engine: Engine, planned: readonly PlannedLayer[]) {
    this.#engine = engine;
    this.#planned = planned;
  }

  /** Keeps what was thrown, as it is: little stack may be left. Returns the status for the engine. */
  keep(error: unknown, planned?: PlannedLayer, method?: string): number {
    this.#failure = { error, planned, method };
    return Status.HOST_FAILED;
  }

  /** As {@link keep}, but an earlier failure wins: while it unwinds, the engine disposes of layers. */
  keepFirst(error: unknown, planned: PlannedLayer | undefined, method: string): void {
    this.#failure ??= { error, planned, method };
  }

  /** Returns the error of the kept failure and forgets it; `place` is where the engine failed. */
  take(place: CremaErrorOptions = {}): CremaError | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) return undefined;
    const { error, planned, method } = failure;
    if (method === undefined && isInstance(error, CremaError)) return error;
    const layer = planned?.param.name ?? place.layer;
    return threwError(method ?? "create", error, { ...place, ...planned?.location, layer });
  }

  /** The error that a status stands for; `net` is the index of the net that ran, when it was one net. */
  explain(status: number, net: number | undefined): CremaError {
    const name = this.#engine.failedLayer();
    const named = this.#planned.filter(({ param }) => name !== undefined && param.name === name);
    const planned = named.find((layer) => layer.net === net) ?? named[0];
    const place = { ...planned?.location, layer: name };
    const thrown = this.take(place);
    return status === Status.HOST_FAILED && thrown !== undefined
      ? thrown
      : this.#engine.failure(status, place);
  }
}
