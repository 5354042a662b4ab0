import type { NetHandle } from "../ffi/net_handle.ts";

/** How weights are copied into a net. */
export interface CopyWeightsOptions {
  /**
   * Whether layers whose parameters have other shapes, or another number of them, are left as they are. Otherwise such a
   * layer is an error.
   */
  skipMismatch?: boolean | undefined;
}

/** A layer whose parameters in the weights do not fit those of the net. */
export interface WeightsMismatch {
  /** Name of the layer. */
  readonly layer: string;
  /** What differs: "Parameter 0 does not fit: Expected shape (2, 3) but found (4, 3)". */
  readonly reason: string;
}

/** What copying weights into a net did, layer by layer. Layers without parameters are not mentioned. */
export interface WeightsReport {
  /** Layers of the net that took their parameters, in the net's order. */
  readonly copied: readonly string[];
  /** Layers of the net that the weights do not have. They keep their values: what their fillers gave, at first. */
  readonly notFound: readonly string[];
  /** Layers of the weights that the net does not have. */
  readonly leftOut: readonly string[];
  /** Layers that do not fit, with `skipMismatch`. They keep their values as well. */
  readonly mismatched: readonly WeightsMismatch[];
}

/** The report for weights that have parameters for layers of these names, some of which did not fit. */
export function weightsReport(
  net: NetHandle,
  stored: Iterable<string>,
  mismatched: readonly WeightsMismatch[],
): WeightsReport {
  const given = new Set(stored), skipped = new Set(mismatched.map(({ layer }) => layer));
  const layers = net.layers.filter(({ params }) => params.length > 0);
  const own = new Set(layers.map(({ name }) => name));
  // A layer whose parameters all belong to others gets what those get.
  const owned = new Set(net.learnable.map(({ blob }) => blob));
  return {
    copied: layers.filter(({ name }) => given.has(name) && !skipped.has(name)).map(({ name }) => name),
    notFound: layers.filter(({ name, params }) =>
      !given.has(name) && !skipped.has(name) && params.some((blob) => owned.has(blob))
    ).map(({ name }) => name),
    leftOut: Array.from(given).filter((name) => !own.has(name) && !skipped.has(name)),
    mismatched,
  };
}

/**
 * The report for several weights that were copied one after the other, or into several nets: a layer is not found, or
 * left out, when that is so for all.
 *
 * ```ts
 * import { joinReports } from "./weights_report.ts";
 * import assert from "node:assert/strict";
 *
 * const first = { copied: ["a"], notFound: ["b", "c"], leftOut: ["x"], mismatched: [] };
 * const second = { copied: ["b"], notFound: ["a", "c"], leftOut: ["x"], mismatched: [] };
 * assert.deepEqual(joinReports([first, second]), {
 *   copied: ["a", "b"],
 *   notFound: ["c"],
 *   leftOut: ["x"],
 *   mismatched: [],
 * });
 * ```
 */
export function joinReports(reports: readonly WeightsReport[]): WeightsReport {
  const copied = new Set(reports.flatMap((report) => report.copied));
  const mismatched = new Map(
    reports.flatMap((report) => report.mismatched).filter(({ layer }) => !copied.has(layer))
      .map((each) => [each.layer, each]),
  );
  return {
    copied: [...copied],
    notFound: [...new Set(reports.flatMap((report) => report.notFound))].filter((name) =>
      !copied.has(name) && !mismatched.has(name)
    ),
    leftOut: [...new Set(reports.flatMap((report) => report.leftOut))].filter((name) =>
      !copied.has(name) && !mismatched.has(name)
    ),
    mismatched: [...mismatched.values()],
  };
}
