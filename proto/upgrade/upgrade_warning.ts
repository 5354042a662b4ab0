import type { Location } from "../../base/error.ts";

/** Takes a warning and the message of the prototxt that it is about. */
export type WarningSink = (text: string, about: object) => void;

/** What upgrading may tell. */
export interface UpgradeOptions {
  /** Called with each warning, and with the place that it is about when known. */
  onWarning?: ((text: string, at: Location | undefined) => void) | undefined;
}
