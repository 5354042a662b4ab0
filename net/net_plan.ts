/** A layer, or layers that are computed together, in the order of the net. */
export interface PlanGroup {
  /** The names of the layers. */
  readonly layers: readonly string[];
  /** What is fused, such as "batch norm, scale, rectifier"; null for a layer by itself. */
  readonly fusion: string | null;
  /** Whether the last forward pass did compute them together. */
  readonly fused: boolean;
  /** How each pass is computed, where there is a choice: `{ forward: "winograd 4x4" }`. */
  readonly algorithms: Readonly<Record<string, string>>;
  /** The bytes of the tops, with their gradients where they are used, and of what is kept beside them. */
  readonly bytes: number;
  /** The values that the last passes brought into another layout. */
  readonly reorders: { readonly forward: number; readonly backward: number };
}
