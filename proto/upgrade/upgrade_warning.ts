import type { Location } from "../../base/error.ts";

/** Takes a warning and the message of the prototxt that it is about. */
export type WarningSink = (text: string, about: object) => void;

/** How to upgrade. */
export interface UpgradeOptions {
  /** Called with each warning and, when known, the place that it is about. */
  onWarning?: ((text: string, at: Location | undefined) => void) | undefined;
}
