import { CremaError } from "../../base/mod.ts";

/** A net that gave no scores for an input that is right: a layer has failed, or the scores are not finite. */
export class NetFailure extends CremaError {
  override name = "NetFailure";
}
