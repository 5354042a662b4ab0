import type { Net } from "../net.ts";

/**
 * The blobs that a model gives: the net's outputs, without those that a Silence layer reads. An input that no layer reads,
 * such as labels without a loss, is left out, unless there is nothing else.
 */
export function graphOutputs(net: Net): string[] {
  const silenced = new Set(
    net.layers.filter(({ type }) => type === "Silence").flatMap(({ bottoms }) => bottoms),
  );
  const made = net.outputs.filter((name) => !silenced.has(name));
  const unread = unreadInputs(net);
  const useful = made.filter((name) => !unread.has(name));
  return useful.length > 0 ? useful : made;
}

/** The inputs that no layer reads, and none works on in place. */
export function unreadInputs(net: Net): Set<string> {
  const read = new Set(net.layers.flatMap(({ bottoms }) => bottoms));
  return new Set(net.inputs.filter((name) => !read.has(name)));
}

/** The name of an output in the model: the blob's, but not where that is an input's, which a layer works on in place. */
export function outputName(net: Net, blob: string): string {
  if (!net.inputs.includes(blob)) return blob;
  let name = `${blob}_out`;
  while (net.blobs.has(name)) name += "_";
  return name;
}
