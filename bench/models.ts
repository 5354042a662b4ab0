import type { Engine } from "../ffi/mod.ts";
import type { Solver } from "../train/mod.ts";
import { median } from "./measure.ts";
import { enginePeak } from "./peak.ts";
import { PyTorchNet } from "./pytorch.ts";
import { makeSolver } from "./solver.ts";

/** Times and memory of one model on one engine. Times are medians, in milliseconds. */
export interface ModelRow {
  model: string;
  /** Images per pass. */
  batch: number;
  engine: string;
  threads: number;
  forward_ms: number;
  backward_ms: number;
  /** Applying the gradients (SGD with momentum and weight decay). */
  update_ms: number;
  /** The most that it adds to the memory of a process that runs nothing else: see `enginePeak`. */
  peak_bytes: number;
}

/** Times of all layers of one type together, in a model on one engine. */
export interface LayerTypeRow {
  model: string;
  engine: string;
  type: string;
  forward_ms: number;
  backward_ms: number;
}

/** What {@link benchModel} measured. */
export interface ModelRows {
  rows: ModelRow[];
  layerRows: LayerTypeRow[];
}

interface Contestant {
  engine: Engine;
  solver: Solver;
  forward: number[];
  backward: number[];
  update: number[];
  byType: Map<string, { forward: number[]; backward: number[] }>;
}

/** Counted passes of one engine before the next one's turn. */
const TURN = 5;
/**
 * Milliseconds of uncounted passes before those, at least one pass: for a tenth of a second after a rest, threads may
 * share a core, and a small net takes three times as long. Training does not rest.
 */
const WARM_UP = 200;
/**
 * Milliseconds between turns. A library's threads spin while they wait for work (OpenBLAS's for a tenth of a second), and
 * would take a core from the next engine.
 */
const REST = 150;

/** What is compared. */
export interface Contest {
  engines: readonly Engine[];
  /** A Python with torch; without it PyTorch is left out. */
  python: string | undefined;
  /** Measured passes. */
  rounds: number;
}

/**
 * Measures a net on several engines and in PyTorch, a few passes each in turn, so that a machine whose speed drifts slows
 * all of them alike. `file` is a net with made-up data. `onMissing` gets the reason why PyTorch can't run it.
 */
export async function benchModel(
  model: string,
  file: string,
  { engines, python, rounds }: Contest,
  onMissing: (reason: string) => void,
): Promise<ModelRows> {
  const contestants: Contestant[] = [];
  try {
    for (const engine of engines) contestants.push(await enter(file, engine));
    const torch = python === undefined ? undefined : await enterPyTorch(python, contestants[0]!, onMissing);
    await using _torch = torch?.net;
    for (let turn = 0; turn < Math.ceil(rounds / TURN); turn++) {
      for (const contestant of contestants) {
        await rest();
        warmUp(() => runWhole(contestant, false));
        for (let pass = 0; pass < TURN; pass++) runWhole(contestant, true);
      }
      if (torch === undefined) continue;
      await rest();
      const { forward_ms, backward_ms, update_ms, peak_bytes } = await torch.net.run(torch.warmUp + TURN);
      torch.forward.push(...forward_ms.slice(torch.warmUp));
      torch.backward.push(...backward_ms.slice(torch.warmUp));
      torch.update.push(...update_ms.slice(torch.warmUp));
      torch.peak_bytes = peak_bytes;
      const pass = median(torch.forward) + median(torch.backward) + median(torch.update);
      torch.warmUp = Math.ceil(WARM_UP / pass);
    }
    for (const contestant of contestants) {
      await rest();
      warmUp(() => runLayers(contestant, false));
      for (let round = 0; round < Math.min(rounds, 10); round++) runLayers(contestant, true);
    }
    const batch = contestants[0]?.solver.net.blobs.values().next().value?.shape[0] ?? 0;
    const rows: ModelRow[] = [];
    for (const { engine, forward, backward, update } of contestants) {
      rows.push({
        model,
        batch,
        engine: engine.name,
        threads: engine.threads,
        forward_ms: median(forward),
        backward_ms: median(backward),
        update_ms: median(update),
        peak_bytes: await enginePeak(engine, file),
      });
    }
    const layerRows = contestants.flatMap(({ engine, byType }) =>
      [...byType].map(([type, times]): LayerTypeRow => ({
        model,
        engine: engine.name,
        type,
        forward_ms: median(times.forward),
        backward_ms: median(times.backward),
      }))
    );
    if (torch !== undefined) {
      rows.push({
        model,
        batch,
        engine: "pytorch",
        threads: engines[0]!.threads,
        forward_ms: median(torch.forward),
        backward_ms: median(torch.backward),
        update_ms: median(torch.update),
        peak_bytes: torch.peak_bytes,
      });
    }
    return { rows, layerRows };
  } finally {
    for (const { solver } of contestants) solver[Symbol.dispose]();
  }
}

async function enter(file: string, engine: Engine): Promise<Contestant> {
  const solver = await makeSolver(file, engine);
  return { engine, solver, forward: [], backward: [], update: [], byType: new Map() };
}

interface PyTorchContestant {
  net: PyTorchNet;
  /** Uncounted passes at the start of a turn. */
  warmUp: number;
  forward: number[];
  backward: number[];
  update: number[];
  peak_bytes: number;
}

async function enterPyTorch(
  python: string,
  { engine, solver }: Contestant,
  onMissing: (reason: string) => void,
): Promise<PyTorchContestant | undefined> {
  try {
    const net = await PyTorchNet.create(python, solver.net.param, engine.threads);
    return { net, warmUp: 1, forward: [], backward: [], update: [], peak_bytes: 0 };
  } catch (error) {
    onMissing((error as Error).message);
    return undefined;
  }
}

function rest(): Promise<void> {
  return new Promise((done) => setTimeout(done, REST));
}

function warmUp(pass: () => void): void {
  const start = performance.now();
  do pass(); while (performance.now() - start < WARM_UP);
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

function runLayers({ solver, byType }: Contestant, counts: boolean): void {
  const { handle } = solver.net;
  const round = new Map<string, { forward: number; backward: number }>();
  const of = (type: string) => {
    let sums = round.get(type);
    if (sums === undefined) round.set(type, sums = { forward: 0, backward: 0 });
    return sums;
  };
  handle.clearDiffs();
  for (const [i, { type }] of handle.layers.entries()) {
    of(type).forward += elapsed(() => handle.forward(i, i));
  }
  for (const [i, { type }] of [...handle.layers.entries()].reverse()) {
    of(type).backward += elapsed(() => handle.backward(i, i));
  }
  if (!counts) return;
  for (const [type, { forward, backward }] of round) {
    let times = byType.get(type);
    if (times === undefined) byType.set(type, times = { forward: [], backward: [] });
    times.forward.push(forward);
    times.backward.push(backward);
  }
}

function elapsed(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
