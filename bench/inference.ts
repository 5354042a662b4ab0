import { CremaError } from "../base/mod.ts";
import type { Engine } from "../ffi/mod.ts";
import type { Net } from "../net/mod.ts";
import { makeInferenceNet } from "./inference_net.ts";
import { elapsed, median, warmUpFor } from "./measure.ts";
import type { Contest } from "./models.ts";
import { netFlops } from "../net/summary/layer_flops.ts";
import { inferencePeak } from "./peak.ts";
import { OnnxRuntimeContestant } from "./onnxruntime_contestant.ts";
import { PyTorchContestant } from "./pytorch_contestant.ts";
import type { TorchLayout } from "./torch_layout.ts";
import { takeTurns, WARM_UP } from "./turns.ts";

/** Time and memory of forward passes of one model for deployment on one engine. */
export interface InferenceRow {
  model: string;
  /** Images per pass. */
  batch: number;
  /** The engine's name, `pytorch` or `onnxruntime`. */
  engine: string;
  threads: number;
  /** The median. */
  forward_ms: number;
  images_per_second: number;
  /** Operations of the products: see `layerFlops`. */
  forward_flops: number;
  /** How fast forward computes those, in parts of the contest's peak. */
  of_peak: number;
  /** The most that the net adds to the memory of a process that runs nothing else: see `inferencePeak`. */
  peak_bytes: number;
  /** In PyTorch: the layout of images that is faster for this net. */
  layout?: TorchLayout;
}

/** What to infer. */
export interface Inference {
  model: string;
  /** The net for deployment. */
  file: string;
  /** Images per pass. */
  batch: number;
}

/**
 * Measures forward passes of a net on several engines, as `crema classify` makes it, in PyTorch in inference mode and in onnxruntime, a
 * few passes each in turn. `onMissing` gets who can't compute it, PyTorch, onnxruntime or an engine after the first, and why.
 * Throws a CremaError when the first engine can't.
 */
export async function benchInference(
  { model, file, batch }: Inference,
  { engines, python, rounds, peak }: Omit<Contest, "layers">,
  onMissing: (who: string, reason: string) => void,
): Promise<InferenceRow[]> {
  await using stack = new AsyncDisposableStack();
  const contestants: { engine: Engine; net: Net; forward: number[] }[] = [];
  for (const engine of engines) {
    try {
      const net = stack.use(await makeInferenceNet(file, { engine, batch }));
      net.handle.forward();
      contestants.push({ engine, net, forward: [] });
    } catch (error) {
      if (contestants.length === 0 || !(error instanceof CremaError)) throw error;
      onMissing(engine.name, error.message);
    }
  }
  const { net } = contestants[0]!;
  const torch = python === undefined
    ? undefined
    : await PyTorchContestant.create(python, net).catch((error) => {
      onMissing("pytorch", (error as Error).message);
    });
  if (torch !== undefined) stack.use(torch);
  const onnx = await OnnxRuntimeContestant.create(net).catch((error) => {
    onMissing("onnxruntime", (error as Error).message);
  });
  if (onnx !== undefined) stack.use(onnx);
  await takeTurns([
    ...contestants.map(({ net, forward }) => (passes: number) => {
      const pass = () => void net.handle.forward();
      warmUpFor(WARM_UP, pass);
      for (let i = 0; i < passes; i++) forward.push(elapsed(pass));
    }),
    ...torch === undefined ? [] : [(passes: number) => torch.turn(passes)],
    ...onnx === undefined ? [] : [(passes: number) => onnx.turn(passes)],
  ], rounds);

  const flops = netFlops(net).forward;
  const rowOf = (engine: string, forward: readonly number[], peak_bytes: number): InferenceRow => {
    const forward_ms = median(forward);
    return {
      model,
      batch,
      engine,
      threads: engines[0]!.threads,
      forward_ms,
      images_per_second: 1000 * batch / forward_ms,
      forward_flops: flops,
      of_peak: flops / (forward_ms * 1e6) / peak,
      peak_bytes,
    };
  };
  const rows: InferenceRow[] = [];
  for (const { engine, forward } of contestants) {
    rows.push(rowOf(engine.name, forward, await inferencePeak(engine, file, batch)));
  }
  if (torch !== undefined) {
    rows.push({ ...rowOf("pytorch", torch.forward, torch.peakBytes), layout: torch.layout });
  }
  if (onnx !== undefined) rows.push(rowOf("onnxruntime", onnx.forward, await onnx.peakBytes()));
  return rows;
}
