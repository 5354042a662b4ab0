import { CremaError, type CremaErrorOptions } from "../../base/error.ts";

/**
 * The error for code of the user's that threw: `forward threw: <message>`, with the thrown value as its cause. `what` is
 * what ran ("forward", "constructor of MyLayer"), `place` the layer and the place in its prototxt.
 */
export function threwError(what: string, error: unknown, place: CremaErrorOptions): CremaError {
  const message = error instanceof Error ? error.message : String(error);
  return new CremaError(`${what} threw: ${message}`, { ...place, cause: error });
}
