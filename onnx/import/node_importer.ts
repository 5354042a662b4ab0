import type { ImportedNode } from "./imported_node.ts";
import type { Value } from "./values.ts";

/** Makes layers of the nodes of one operator. */
export interface NodeImporter {
  /** The layers that it makes, for the manual. */
  readonly becomes: string;
  /** What it does not take, for the manual. */
  readonly except?: string;
  /** Makes the layers; returns the outputs. Throws a NodeError for what no layers compute exactly. */
  readonly import: (node: ImportedNode) => readonly (Value | undefined)[];
}
