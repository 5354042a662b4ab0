import type { GraphBuilder, OnnxValue } from "../../onnx/mod.ts";
import type { LayerView } from "../net.ts";

/**
 * Gives a graph's values the names of blobs. Where layers work in place, several values are one blob: the last one has
 * the blob's name, since that is what one sees after a run. An input keeps its name, whatever follows.
 */
export class BlobNames {
  readonly #graph: GraphBuilder;
  readonly #lastMaker = new Map<string, number>();
  readonly #named = new Set<OnnxValue>();

  /** Keeps the names of all blobs that these layers make. */
  constructor(graph: GraphBuilder, layers: readonly LayerView[]) {
    this.#graph = graph;
    for (const [i, { tops }] of layers.entries()) {
      for (const top of tops) this.#lastMaker.set(top, i);
    }
    graph.reserve(this.#lastMaker.keys());
  }

  /** Notes that a value has its name already: an input. */
  keep(value: OnnxValue): void {
    this.#named.add(value);
  }

  /** Names the value of a top after the layer of this index: but what is named already, such as a bottom that is passed on. */
  give(value: OnnxValue, top: string, layer: number): void {
    if (this.#lastMaker.get(top) !== layer || this.#named.has(value)) return;
    this.#graph.rename(value, top);
    this.#named.add(value);
  }
}
