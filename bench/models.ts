import { CremaError } from "../base/mod.ts";
import type { Engine } from "../ffi/mod.ts";
import type { Solver } from "../train/mod.ts";
import type { Net } from "../net/mod.ts";
import { type LayerTypeRow, layerTypeRows } from "./layer_types.ts";
import { elapsed, median, warmUpFor } from "./measure.ts";
import { netFlops } from "../net/summary/layer_flops.ts";
import { trainingPeak } from "./peak.ts";
import { type GroupRow, planGroupRows, planGroups } from "./plan_groups.ts";
import { PyTorchContestant, type Times } from "./pytorch_contestant.ts";
import { makeSolver } from "./solver.ts";
import type { TorchLayout } from "./torch_layout.ts";
import { rest, takeTurns, WARM_UP } from "./turns.ts";

/** Times and memory of one model on one engine. Times are medians, in milliseconds. */
export interface ModelRow {
  model: string;
  /** Images per pass; sequences, for a recurrent net. */
  batch: number;
  /** The engine's name, or `pytorch`. */
  engine: string;
  threads: number;
  forward_ms: number;
  backward_ms: number;
  /** Applying the gradients (SGD with momentum and weight decay). */
  update_ms: number;
  /** Images (sequences) per second of training: forward, backward and update. */
  images_per_second: number;
  /** Operations of the products of both passes: see `layerFlops`. */
  forward_flops: number;
  backward_flops: number;
  /** How fast forward and backward compute those, in parts of {@link Contest.peak}. */
  of_peak: number;
  /** The most that it adds to the memory of a process that runs nothing else: see `trainingPeak`. */
  peak_bytes: number;
  /** In PyTorch: the layout of images that is faster for this net. */
  layout?: TorchLayout;
}

/** What {@link benchModel} measured. */
export interface ModelRows {
  rows: ModelRow[];
  layerRows: LayerTypeRow[];
  groupRows: GroupRow[];
}

interface Contestant extends Times {
  engine: Engine;
  solver: Solver;
}

/** What is compared. */
export interface Contest {
  engines: readonly Engine[];
  /** A Python with torch; without it PyTorch is left out. */
  python: string | undefined;
  /** Measured passes. */
  rounds: number;
  /** The most that products of matrices reach with the engines' threads, in GFLOP/s. */
  peak: number;
  /** Whether to measure types of layers and groups of the plan too. */
  layers: boolean;
}

/**
 * Measures a net on several engines and in PyTorch, a few passes each in turn, so that a machine whose speed drifts slows
 * all of them alike. `file` is a net with made-up data. `onMissing` gets who can't compute it, PyTorch or an engine after
 * the first, and why. Throws a CremaError when the first engine can't.
 */
export async function benchModel(
  model: string,
  file: string,
  { engines, python, rounds, peak, layers }: Contest,
  onMissing: (who: string, reason: string) => void,
): Promise<ModelRows> {
  const contestants: Contestant[] = [];
  try {
    for (const engine of engines) {
      try {
        contestants.push(await enter(file, engine));
      } catch (error) {
        if (contestants.length === 0 || !(error instanceof CremaError)) throw error;
        onMissing(engine.name, error.message);
      }
    }
    const { net } = contestants[0]!.solver;
    await using torch = python === undefined ? undefined : await enterPyTorch(python, net, onMissing);
    await takeTurns([
      ...contestants.map((contestant) => (passes: number) => takeTurn(contestant, passes)),
      ...torch === undefined ? [] : [(passes: number) => torch.turn(passes)],
    ], rounds);
    const flops = netFlops(net);
    const rowOf = (engine: string, times: Times, peak_bytes: number): ModelRow => {
      const [forward_ms, backward_ms, update_ms] = [times.forward, times.backward, times.update].map(median);
      const both_ms = forward_ms! + backward_ms!;
      return {
        model,
        batch: batchOf(net),
        engine,
        threads: engines[0]!.threads,
        forward_ms: forward_ms!,
        backward_ms: backward_ms!,
        update_ms: update_ms!,
        images_per_second: 1000 * batchOf(net) / (both_ms + update_ms!),
        forward_flops: flops.forward,
        backward_flops: flops.backward,
        of_peak: (flops.forward + flops.backward) / (both_ms * 1e6) / peak,
        peak_bytes,
      };
    };
    const rows: ModelRow[] = [];
    for (const contestant of contestants) {
      const { engine } = contestant;
      rows.push(rowOf(engine.name, contestant, await trainingPeak(engine, file)));
    }
    if (torch !== undefined) {
      rows.push({ ...rowOf("pytorch", torch, torch.peakBytes), layout: torch.layout });
    }
    const layerRows: LayerTypeRow[] = [], groupRows: GroupRow[] = [];
    if (layers) {
      const groups = planGroups(net);
      for (const { engine, solver } of contestants) {
        await rest();
        const options = { rounds: Math.min(rounds, 10), warmUpMs: WARM_UP };
        layerRows.push(...layerTypeRows(model, engine.name, solver.net, options));
        groupRows.push(...planGroupRows(model, engine.name, solver.net, groups, options));
      }
    }
    return { rows, layerRows, groupRows };
  } finally {
    for (const { solver } of contestants) solver[Symbol.dispose]();
  }
}

/** The first axis of the data, or the second where the first is time. */
function batchOf({ handle, blobs }: Net): number {
  const recurrent = handle.layers.some(({ type }) => type === "LSTM" || type === "RNN");
  return blobs.values().next().value?.shape[recurrent ? 1 : 0] ?? 0;
}

async function enter(file: string, engine: Engine): Promise<Contestant> {
  const solver = await makeSolver(file, engine);
  return { engine, solver, forward: [], backward: [], update: [] };
}

async function enterPyTorch(
  python: string,
  net: Net,
  onMissing: (who: string, reason: string) => void,
): Promise<PyTorchContestant | undefined> {
  net.handle.forward();
  try {
    return await PyTorchContestant.create(python, net);
  } catch (error) {
    onMissing("pytorch", (error as Error).message);
    return undefined;
  }
}

function takeTurn(contestant: Contestant, passes: number): void {
  warmUpFor(WARM_UP, () => runWhole(contestant, false));
  for (let pass = 0; pass < passes; pass++) runWhole(contestant, true);
}

function runWhole({ solver, forward, backward, update }: Contestant, counts: boolean): void {
  const { handle } = solver.net;
  handle.clearDiffs();
  const times = [
    elapsed(() => handle.forward()),
    elapsed(() => handle.backward()),
    elapsed(() => solver.applyUpdate()),
  ] as const;
  if (!counts) return;
  forward.push(times[0]);
  backward.push(times[1]);
  update.push(times[2]);
}
