import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { thrownMessage } from "../../base/thrown.ts";

/**
 * The error for user code that threw: "forward threw: <message>", with the thrown value as its cause. `what`
 * is what ran ("forward", "constructor of MyLayer"), `place` is its layer and where that is in the prototxt.
 */
export function threwError(what: string, error: unknown, place: CremaErrorOptions): CremaError {
  return new CremaError(`${what} threw: ${thrownMessage(error)}`, { ...place, cause: error });
}
