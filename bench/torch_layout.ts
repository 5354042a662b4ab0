import { median } from "./measure.ts";
import { PyTorchNet } from "./pytorch.ts";

/** How PyTorch keeps images and filters in memory. */
export type TorchLayout = "channels first" | "channels last";

/** Passes that are compared, after one that is not counted. */
const PASSES = 2;

/**
 * The layout with which PyTorch computes a net faster, forward and backward. The default, channels first, where nothing
 * is convolved. Throws an Error when PyTorch can't build the net.
 */
export async function fasterLayout(
  python: string,
  layers: readonly unknown[],
  threads: number,
): Promise<TorchLayout> {
  const first = await passTime(python, layers, threads, false);
  if (first === undefined) return "channels first";
  const last = await passTime(python, layers, threads, true);
  return last !== undefined && last < first ? "channels last" : "channels first";
}

/** Milliseconds of a pass; undefined where the layout makes no difference. */
async function passTime(
  python: string,
  layers: readonly unknown[],
  threads: number,
  channelsLast: boolean,
): Promise<number | undefined> {
  await using net = await PyTorchNet.create(python, layers, { threads, channelsLast });
  if (net.convolutions === 0) return undefined;
  const { forward_ms, backward_ms } = await net.run(1 + PASSES);
  return median(forward_ms.slice(1).map((forward, i) => forward + backward_ms[i + 1]!));
}
