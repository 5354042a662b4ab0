import { CremaError } from "../../base/error.ts";
import type { HostLayer } from "../../ffi/host/host_layer.ts";
import type { OnnxDim } from "../../onnx/mod.ts";
import { classOf } from "../../script/layer/script_layer_onnx.ts";
import type { Net } from "../net.ts";

/**
 * The shapes of a net's blobs, by name, with "N" where a length is the batch's, "2*N" where it is twice that, and a name
 * of its own where it depends on the batch in another way, or on how much a layer finds (`static countedAxis`). Found by
 * shaping the net for two batches; it has its own shapes again at the end. With `fixed`, the net is shaped for that batch
 * only, and stays so.
 *
 * The batch is the first axis of all inputs. In a net that takes no other batch then, it is that of the inputs which are as
 * long there as the first, such as the time of a recurrent layer's; or else all shapes are those of the prototxt.
 */
export function blobShapes(net: Net, fixed?: number): Map<string, readonly OnnxDim[]> {
  const inputs = net.inputs.map((name) => net.blob(name)), own = inputs.map(({ shape }) => [...shape]);
  const shapedFor = (batch: number | undefined, batched: Batched = () => true): Shapes => {
    for (const [i, blob] of inputs.entries()) {
      const [first, ...others] = own[i]!, changes = batch !== undefined && first !== undefined && batched(i);
      blob.reshape(changes ? [batch, ...others] : own[i]!);
    }
    net.reshape();
    return new Map([...net.blobs].map(([name, { shape }]) => [name, [...shape]]));
  };
  const counting = net.layers.flatMap(({ name, layer }) => {
    const axis = layer && classOf(layer).countedAxis;
    return axis === undefined ? [] : [{ name, layer: layer!, axis }];
  });
  using counts = new Counts(counting);
  const likeFirst: Batched = (i) => own[i]![0] === own[0]![0];
  const ways: readonly Batched[] = fixed === undefined ? [() => true, likeFirst, () => false] : [() => true];
  const [one, other, batched] = firstThatFits(
    ways,
    (way) => [shapedFor(fixed ?? 2, way), shapedFor(fixed ?? 3, way), way] as const,
  );
  const shapes = new Map([...one].map(([name, shape]): [string, OnnxDim[]] => {
    return [name, shape.map((length, i) => dimOf(length, other.get(name)![i]!, "N", `${name}_${i}`))];
  }));
  for (const { name: layer } of counting) {
    counts.set(layer, 3);
    const more = shapedFor(fixed ?? 2, batched);
    counts.set(layer, 2);
    for (const [name, shape] of one) {
      const dims = shapes.get(name)!;
      for (const [i, length] of shape.entries()) {
        const changed = more.get(name)![i]!, isBatched = typeof dims[i] === "string";
        if (changed === length) continue;
        dims[i] = isBatched ? `${name}_${i}` : dimOf(length, changed, `${layer}_count`, `${name}_${i}`);
      }
    }
  }
  counts[Symbol.dispose]();
  shapedFor(fixed);
  return shapes;
}

/** Whether the first axis of an input is the batch. */
type Batched = (input: number) => boolean;

/** What the first of some ways gives that does not throw, or what the last throws. */
function firstThatFits<Way, Result>(ways: readonly Way[], attempt: (way: Way) => Result): Result {
  const [way, ...others] = ways;
  try {
    return attempt(way!);
  } catch (error) {
    if (others.length === 0 || !(error instanceof CremaError)) throw error;
    return firstThatFits(others, attempt);
  }
}

type Shapes = ReadonlyMap<string, readonly number[]>;

/** What a length is that is `two` for one value of a variable of 2, and `three` for 3. */
function dimOf(two: number, three: number, variable: string, name: string): OnnxDim {
  if (two === three) return two;
  if (two * 3 !== three * 2) return name;
  return two === 2 ? variable : `${two / 2}*${variable}`;
}

/** Lets layers find as much as is wanted, 2 at first, while a net is shaped: what they find decides the shapes after them. */
class Counts implements Disposable {
  readonly #counts = new Map<string, number>();
  readonly #own: readonly (readonly [layer: HostLayer, reshape: PropertyDescriptor | undefined])[];

  constructor(counting: readonly { name: string; layer: HostLayer; axis: number }[]) {
    this.#own = counting.map(({ layer }) => [layer, Object.getOwnPropertyDescriptor(layer, "reshape")]);
    for (const { name, layer, axis } of counting) {
      this.#counts.set(name, 2);
      const reshape = layer.reshape.bind(layer);
      layer.reshape = (bottoms, tops) => {
        reshape(bottoms, tops);
        for (const top of tops) top.reshape(top.shape.with(axis, this.#counts.get(name)!));
      };
    }
  }

  set(name: string, count: number): void {
    this.#counts.set(name, count);
  }

  [Symbol.dispose](): void {
    for (const [layer, own] of this.#own) {
      // What the class has is under it.
      if (own === undefined) Reflect.deleteProperty(layer, "reshape");
      else Object.defineProperty(layer, "reshape", own);
    }
  }
}
