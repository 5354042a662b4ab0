import type { OnnxDim } from "../../onnx/mod.ts";
import type { Net } from "../net.ts";

/**
 * The shapes of a net's blobs, by name, with "N" where a length is the batch's, "2*N" where it is twice that, and a name
 * of its own where it depends on the batch in another way. Found by shaping the net for two batches; it has its own
 * shapes again at the end. With `fixed`, the net is shaped for that batch only, and stays so. The batch is the first
 * axis of the inputs.
 */
export function blobShapes(net: Net, fixed?: number): Map<string, readonly OnnxDim[]> {
  const inputs = net.inputs.map((name) => net.blob(name));
  const own = inputs.map(({ shape }) => [...shape]);
  const shapedFor = (batch: number | undefined): Map<string, number[]> => {
    for (const [i, blob] of inputs.entries()) {
      const [first, ...others] = own[i]!;
      if (first !== undefined) blob.reshape(batch === undefined ? own[i]! : [batch, ...others]);
    }
    net.reshape();
    return new Map([...net.blobs].map(([name, { shape }]) => [name, [...shape]]));
  };
  if (fixed !== undefined) return shapedFor(fixed);
  const two = shapedFor(2), three = shapedFor(3);
  shapedFor(undefined);
  return new Map([...two].map(([name, shape]) => {
    const other = three.get(name)!;
    return [name, shape.map((length, i) => dimOf(length, other[i]!, `${name}_${i}`))];
  }));
}

function dimOf(two: number, three: number, name: string): OnnxDim {
  if (two === three) return two;
  if (two * 3 !== three * 2) return name;
  return two === 2 ? "N" : `${two / 2}*N`;
}
