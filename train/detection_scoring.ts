import { CremaError } from "../base/error.ts";
import type { Net } from "../net/mod.ts";
import type { SolverParameter } from "../proto/messages.ts";
import { locationOf } from "../proto/text/location.ts";
import { AP_VERSIONS, type ApVersion } from "./average_precision.ts";
import { checkDetectionShape } from "./detection_scores.ts";
import { outputsOf } from "./read_scores.ts";

/** How detections are scored. */
export interface DetectionScoring {
  /** How average precision is computed. */
  readonly apVersion: ApVersion;
  /** Whether an output is of DetectionEvaluate; all outputs are by default. */
  readonly isDetection?: ((output: string) => boolean) | undefined;
}

/**
 * How a solver's test nets are scored: as detections if its `eval_type` is "detection". Undefined for
 * "classification", the default: the mean of each output. Throws a CremaError for another `eval_type` or an
 * unknown `ap_version`.
 */
export function detectionScoring(solver: SolverParameter): DetectionScoring | undefined {
  const { eval_type = "classification", ap_version = "Integral" } = solver;
  if (eval_type === "classification") return undefined;
  if (eval_type !== "detection") {
    throw new CremaError(
      `Expected eval_type "classification" or "detection" but found ${JSON.stringify(eval_type)}`,
      locationOf(solver, "eval_type"),
    );
  }
  const apVersion = AP_VERSIONS.find((version) => version === ap_version);
  if (apVersion === undefined) {
    throw new CremaError(
      `Expected ap_version "11point", "MaxIntegral" or "Integral" but found ${JSON.stringify(ap_version)}`,
      locationOf(solver, "ap_version"),
    );
  }
  return { apVersion };
}

/**
 * Throws a CremaError, before anything is trained, when an output of a test net can't be one of detections: the first test
 * may be far away.
 */
export function checkDetectionOutputs(solver: SolverParameter, testNets: readonly Net[]): void {
  for (const { handle } of testNets) {
    for (const { name, blob } of outputsOf(handle)) {
      checkDetectionShape(name, handle.blobs[blob]!.shape, locationOf(solver, "eval_type"));
    }
  }
}
