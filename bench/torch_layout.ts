import { median } from "./measure.ts";
import { PyTorchNet, type PyTorchOptions } from "./pytorch.ts";

/** How PyTorch keeps images and filters in memory. */
export type TorchLayout = "channels first" | "channels last";

/** Passes that are compared, after one that is not counted: evaluation is shorter, so that noise counts for more. */
const PASSES = { training: 2, evaluation: 5 };

/**
 * The layout with which PyTorch computes a net faster, forward and backward, or only forward where it evaluates. The
 * default, channels first, where nothing is convolved. Throws an Error when PyTorch can't build the net.
 */
export async function fasterLayout(
  python: string,
  layers: readonly unknown[],
  options: Omit<PyTorchOptions, "channelsLast">,
): Promise<TorchLayout> {
  const first = await passTime(python, layers, { ...options, channelsLast: false });
  if (first === undefined) return "channels first";
  const last = await passTime(python, layers, { ...options, channelsLast: true });
  return last !== undefined && last < first ? "channels last" : "channels first";
}

/** Milliseconds of a pass; undefined where the layout makes no difference. */
async function passTime(
  python: string,
  layers: readonly unknown[],
  options: PyTorchOptions,
): Promise<number | undefined> {
  await using net = await PyTorchNet.create(python, layers, options);
  if (net.convolutions === 0) return undefined;
  const passes = options.evaluate === true ? PASSES.evaluation : PASSES.training;
  const { forward_ms, backward_ms } = await net.run(1 + passes);
  return median(forward_ms.slice(1).map((forward, i) => forward + (backward_ms[i + 1] ?? 0)));
}
