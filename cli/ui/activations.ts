import { CremaError } from "../../base/mod.ts";
import { Net, type NetOptions } from "../../net/mod.ts";
import { encodePng } from "../../plot/encode_png.ts";
import { copyLocation, type LayerParameter } from "../../proto/mod.ts";
import type { Sample } from "./test_samples.ts";

/** A blob for one example, as the page shows it. */
export interface ActivationView {
  blob: string;
  shape: readonly number[];
  /** The least and the greatest of the values that are finite. */
  low: number;
  high: number;
  /** How many are NaN or infinite. */
  notFinite: number;
  /** The values as maps side by side, black for the least and white for the greatest: a PNG, in Base64. */
  png: string;
  /** The values themselves, if they are few. */
  values?: number[] | undefined;
}

/** Values that are shown as numbers. */
const FEW = 64;
/** Maps of a sheet, and its pixels. */
const MAPS = 256, PIXELS = 2 ** 20;

/**
 * What a blob of a net holds for one example. It is computed in a net of its own, with the parameters of `net` as they are
 * now and in the phase TEST, so that nothing of `net` changes. Throws a CremaError if there is no such blob, or if the net
 * can't take a single example.
 */
export async function viewActivations(
  net: Net,
  { inputs }: Sample,
  blob: string,
  options: NetOptions,
): Promise<ActivationView> {
  const layer = (net.param.layer ?? []).flatMap((param): LayerParameter[] => {
    const tops = param.top ?? [];
    if ((param.bottom?.length ?? 0) > 0 || !tops.some((top) => inputs.has(top))) return [bare(param)];
    return tops.map((top) => ({
      name: top,
      type: "Input",
      top: [top],
      input_param: { shape: [{ dim: [...inputs.get(top)!.shape] }] },
    }));
  });
  using view = await Net.create(copyLocation(net.param, { ...net.param, layer }), {
    ...options,
    engine: net.handle.engine,
    phase: "TEST",
    set: undefined,
    threads: undefined,
    weights: undefined,
    compute: { ...options.compute, recycle: false, tune: "off" },
  });
  if (!view.blobs.has(blob)) {
    throw new CremaError(`Expected a blob of the net but found '${blob}'`, {
      hint: `It has ${[...view.blobs.keys()].join(", ")}.`,
    });
  }
  for (const [name, params] of view.params) {
    for (const [i, param] of params.entries()) param.write(net.params.get(name)![i]!.read());
  }
  for (const [name, { values }] of inputs) view.blob(name).write(values);
  view.forward();
  return drawBlob(blob, view.blob(blob).shape, view.blob(blob).read());
}

/** A layer for another phase, whose parameters need no filling: that would draw random numbers. */
function bare(param: LayerParameter): LayerParameter {
  const { include: _include, exclude: _exclude, phase: _phase, ...rest } = param;
  return copyLocation(param, withoutFillers(rest) as LayerParameter);
}

function withoutFillers(message: object): object {
  const fields = Object.entries(message).filter(([name]) => !name.endsWith("filler"));
  return copyLocation(
    message,
    Object.fromEntries(fields.map(([name, value]) => [
      name,
      name.endsWith("_param") && typeof value === "object" && value !== null && !Array.isArray(value)
        ? withoutFillers(value)
        : value,
    ])),
  );
}

/** Draws the values of a blob, (1, C, H, W) as C maps, of fewer axes as one map. */
export function drawBlob(
  blob: string,
  shape: readonly number[],
  values: Float32Array<ArrayBuffer>,
): ActivationView {
  let low = Infinity, high = -Infinity, notFinite = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) notFinite++;
    else {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) low = high = 0;
  const [height, width] = mapSize(shape, values.length);
  const size = height * width, maps = size === 0 ? 0 : Math.min(MAPS, Math.floor(values.length / size));
  // Of maps that are many and large only each second pixel, or third, is drawn.
  const step = Math.max(1, Math.ceil(Math.sqrt(maps * size / PIXELS)));
  const shownWidth = Math.ceil(width / step), shownHeight = Math.ceil(height / step);
  const columns = Math.max(1, Math.ceil(Math.sqrt(maps * shownHeight / Math.max(1, shownWidth))));
  const rows = Math.max(1, Math.ceil(maps / columns));
  const sheet = {
    width: Math.max(1, columns * (shownWidth + 1) - 1),
    height: Math.max(1, rows * (shownHeight + 1) - 1),
    channels: 1 as const,
  };
  const pixels = new Uint8Array(sheet.width * sheet.height).fill(128);
  const scale = high > low ? 255 / (high - low) : 0;
  for (let map = 0; map < maps; map++) {
    const left = (map % columns) * (shownWidth + 1), top = Math.floor(map / columns) * (shownHeight + 1);
    for (let y = 0; y < shownHeight; y++) {
      for (let x = 0; x < shownWidth; x++) {
        const value = values[map * size + y * step * width + x * step]!;
        pixels[(top + y) * sheet.width + left + x] = Number.isFinite(value)
          ? Math.round((value - low) * scale)
          : 0;
      }
    }
  }
  return {
    blob,
    shape,
    low,
    high,
    notFinite,
    png: encodePng({ ...sheet, pixels }).toBase64(),
    values: values.length <= FEW ? [...values] : undefined,
  };
}

/** Height and width of a map: the last two axes of three or more, else all values in a rectangle, or a row if they are few. */
function mapSize(shape: readonly number[], count: number): [height: number, width: number] {
  if (shape.length >= 3 && shape.at(-1)! * shape.at(-2)! > 1) return [shape.at(-2)!, shape.at(-1)!];
  for (let height = Math.floor(Math.sqrt(count)); height > 1 && count > FEW; height--) {
    if (count % height === 0) return [height, count / height];
  }
  return [1, count];
}
