/** A method of a layer. */
export type LayerMethod = "setup" | "reshape" | "forward" | "backward";

/** What a blob is to its layer. */
export type BlobKind = "bottom" | "top" | "parameter";

/**
 * What tells two mistakes against one rule apart. Mistakes with equal keys are reported once, however many
 * elements, blobs of one kind and uses show them. A field that does not matter to the rule is left out.
 */
export interface FindingKey {
  /** The method that makes the mistake. */
  readonly method?: LayerMethod | undefined;
  /** The kind of blob that shows it. */
  readonly blob?: BlobKind | undefined;
  /** What was done with an index that is out of range. */
  readonly access?: "reads" | "writes" | undefined;
  /** That index if it is NaN or infinite: then the cause is another than when it is a little too large. */
  readonly index?: string | undefined;
  /** Whether only two layers that share the parameter show it. */
  readonly shared?: boolean | undefined;
  /** The message of an error that the layer threw, without its numbers: see {@link errorKey}. */
  readonly error?: string | undefined;
}

/**
 * The key of an error that a layer threw. The same message with other numbers or shapes is the same mistake.
 *
 * ```ts
 * import { errorKey } from "./finding_key.ts";
 * import assert from "node:assert/strict";
 *
 * const key = errorKey("Expected (N, C, 7) but found (4, 3)");
 * assert.deepEqual(errorKey("Expected (N, C, 9) but found (2, 5, 4, 3)"), key);
 * ```
 */
export function errorKey(message: string): FindingKey {
  return { error: message.replaceAll(/-?\d[-\d.,\sx×]*/g, "#") };
}
