import { CremaError } from "../../base/error.ts";
import type { GraphNode } from "../graph/graph_node.ts";

/** A node that no layers compute. */
export interface UnsupportedNode {
  /** The node's name. */
  readonly node: string;
  /** Its operator. */
  readonly operator: string;
  /** Why: "Expected X but found Y". */
  readonly why: string;
  /** The type of a layer in TypeScript that would compute it; undefined where a layer is no help. */
  readonly layer?: string | undefined;
}

/** A model that can't be imported: it lists all nodes that no layers compute. */
export class UnsupportedNodesError extends CremaError {
  override name = "UnsupportedNodesError";

  /** Takes the nodes, at least one; `file` is the model. */
  constructor(readonly nodes: readonly UnsupportedNode[], file?: string) {
    const lines = nodes.map(({ node, operator, why }) => `\n  ${node} (${operator}): ${why}`);
    const layers = [...new Set(nodes.flatMap(({ layer }) => layer ?? []))].sort();
    const commands = layers.map((layer) => `\n  crema new layer ${layer}`);
    super(
      `Expected nodes that layers compute but found ${nodes.length} that none do:${lines.join("")}`,
      {
        file,
        ...layers.length === 0 ? {} : {
          hint: `\nLayers in TypeScript could: write them, and put them into the net by hand.${
            commands.join("")
          }`,
        },
      },
    );
  }
}

/** A node without an importer. */
export function unknownOperator({ name, op }: GraphNode): UnsupportedNode {
  const layer = op.slice(op.lastIndexOf(".") + 1).replaceAll(/\W/g, "");
  return {
    node: name,
    operator: op,
    why: `Expected an operator that layers compute but found ${op}`,
    ...layer === "" ? {} : { layer },
  };
}
