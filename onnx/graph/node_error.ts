/**
 * Why a node can't become layers. The importer collects these, and throws one CremaError that lists them all.
 */
export class NodeError extends Error {
  override name = "NodeError";

  /** `why` reads "Expected X but found Y"; `layer` is the type of layer that would have to be written. */
  constructor(readonly why: string, readonly layer?: string) {
    super(why);
  }
}
