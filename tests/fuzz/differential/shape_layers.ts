import { type AddLayer, named, same } from "./add_layer.ts";
import { count } from "./net_draft.ts";

/** Concat along any axis. */
export const concat: AddLayer = (net) => {
  const first = net.find();
  if (first === undefined) return;
  const { shape } = first, axis = net.between(0, shape.length - 1);
  const others = (a: readonly number[]) => a.filter((_, i) => i !== axis);
  const bottoms = [first];
  for (let i = net.between(0, 2); i > 0; i--) {
    bottoms.push(
      net.find((value) => value.shape.length === shape.length && same(others(value.shape), others(shape))) ??
        net.input(shape.with(axis, net.between(1, 4))),
    );
  }
  const length = bottoms.reduce((sum, value) => sum + value.shape[axis]!, 0);
  return net.add("Concat", {
    bottoms,
    tops: [shape.with(axis, length)],
    settings: `concat_param { axis: ${named(net, axis, shape.length)} }`,
  });
};

/** Slice along any axis, at given points or into equal parts. */
export const slice: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const { shape } = bottom, axis = net.between(0, shape.length - 1), length = shape[axis]!;
  const parts = net.between(1, Math.min(3, length));
  const points = Array.from({ length: length - 1 }, (_, i) => i + 1);
  while (points.length >= parts) points.splice(net.dice.below(points.length), 1);
  const even = length % parts === 0 && net.chance(0.5);
  const ends = even ? points.map((_, i) => (i + 1) * length / parts) : points;
  const sizes = [...ends, length].map((end, i) => end - (ends[i - 1] ?? 0));
  return net.add("Slice", {
    bottoms: [bottom],
    tops: sizes.map((size) => shape.with(axis, size)),
    settings: `slice_param { axis: ${named(net, axis, shape.length)} ${
      even ? "" : points.map((point) => `slice_point: ${point}`).join(" ")
    } }`,
  });
};

/** Split, which nets make themselves as well. */
export const split: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  return net.add("Split", {
    bottoms: [bottom],
    tops: Array.from({ length: net.between(1, 3) }, () => bottom.shape),
    positive: bottom.positive,
  });
};

/** Flatten from one axis to another. */
export const flatten: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const { shape } = bottom;
  const axis = net.between(0, shape.length - 1), end = net.between(axis, shape.length - 1);
  return net.add("Flatten", {
    bottoms: [bottom],
    tops: [[...shape.slice(0, axis), count(shape.slice(axis, end + 1)), ...shape.slice(end + 1)]],
    settings: `flatten_param { axis: ${named(net, axis, shape.length)} end_axis: ${
      named(net, end, shape.length)
    } }`,
  });
};

/** Reshape of a range of axes. */
export const reshape: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const { shape } = bottom;
  const start = net.between(0, shape.length - 1), end = net.between(start + 1, shape.length);
  const inner = count(shape.slice(start, end));
  const [dims, sizes] = net.pick([
    () => [[0, -1], [shape[start]!, inner / shape[start]!]] as const,
    () => [[-1], [inner]] as const,
    () => [[1, -1, 1], [1, inner, 1]] as const,
    () => {
      const factor = net.pick([2, 3, 4, 5].filter((each) => inner % each === 0).concat(1));
      return [[factor, inner / factor], [factor, inner / factor]] as const;
    },
  ])();
  const top = [...shape.slice(0, start), ...sizes, ...shape.slice(end)];
  if (top.length > 5) return;
  const numAxes = end === shape.length && net.chance(0.5) ? "" : `num_axes: ${end - start}`;
  return net.add("Reshape", {
    bottoms: [bottom],
    tops: [top],
    settings: `reshape_param { shape { ${
      dims.map((dim) => `dim: ${dim}`).join(" ")
    } } axis: ${start} ${numAxes} }`,
  });
};
