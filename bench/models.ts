import { Engine } from "../ffi/mod.ts";
import { readNet, solverFromText } from "../proto/mod.ts";
import { Solver } from "../train/mod.ts";
import { median } from "./measure.ts";
import { PyTorchNet } from "./pytorch.ts";

/** What one model takes on one engine. Times are medians, in milliseconds. */
export interface ModelRow {
  model: string;
  /** Images a pass. */
  batch: number;
  engine: string;
  threads: number;
  forward_ms: number;
  backward_ms: number;
  /** Applying the gradients (SGD with momentum and weight decay). */
  update_ms: number;
  /** The most memory the process held while this model ran, its nets on the other engines included. PyTorch has its own. */
  peak_bytes: number;
  /** Times by layer type, summed over the layers. */
  layer_types: { type: string; forward_ms: number; backward_ms: number }[];
}

interface Contestant {
  engine: Engine;
  solver: Solver;
  forward: number[];
  backward: number[];
  update: number[];
  byType: Map<string, { forward: number[]; backward: number[] }>;
}

/** Passes of one engine before it is another's turn, after one that is not counted. */
const TURN = 5;
/**
 * Milliseconds between turns. Threads of one library (OpenBLAS's for a tenth of a second) wait for work awake and would
 * take a core from the next one.
 */
const REST = 150;

/** Who is measured. */
export interface Contest {
  engines: readonly Engine[];
  /** A Python with torch; without it PyTorch is left out. */
  python: string | undefined;
  /** Measured passes. */
  rounds: number;
}

/**
 * Measures a net on several engines and in PyTorch, a few passes each in turn, so that a machine whose speed drifts slows
 * all of them alike. `file` is a net with made-up data. `onMissing` is told why PyTorch can't run it.
 */
export async function benchModel(
  model: string,
  file: string,
  { engines, python, rounds }: Contest,
  onMissing: (reason: string) => void,
): Promise<ModelRow[]> {
  resetPeak();
  const contestants: Contestant[] = [];
  try {
    for (const engine of engines) contestants.push(await enter(file, engine));
    const torch = python === undefined ? undefined : await enterPyTorch(python, contestants[0]!, onMissing);
    await using _torch = torch?.net;
    for (let turn = 0; turn < Math.ceil(rounds / TURN); turn++) {
      for (const contestant of contestants) {
        await rest();
        for (let pass = 0; pass <= TURN; pass++) runWhole(contestant, pass > 0);
      }
      if (torch === undefined) continue;
      await rest();
      const { forward_ms, backward_ms, update_ms, peak_bytes } = await torch.net.run(TURN + 1);
      torch.forward.push(...forward_ms.slice(1));
      torch.backward.push(...backward_ms.slice(1));
      torch.update.push(...update_ms.slice(1));
      torch.peak_bytes = peak_bytes;
    }
    for (const contestant of contestants) {
      await rest();
      for (let round = -1; round < Math.min(rounds, 10); round++) runLayers(contestant, round >= 0);
    }
    const peak_bytes = peakBytes();
    const batch = contestants[0]?.solver.net.blobs.values().next().value?.shape[0] ?? 0;
    const rows: ModelRow[] = contestants.map(({ engine, forward, backward, update, byType }) => ({
      model,
      batch,
      engine: engine.name,
      threads: engine.threads,
      forward_ms: median(forward),
      backward_ms: median(backward),
      update_ms: median(update),
      peak_bytes,
      layer_types: [...byType].map(([type, times]) => ({
        type,
        forward_ms: median(times.forward),
        backward_ms: median(times.backward),
      })),
    }));
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
        layer_types: [],
      });
    }
    return rows;
  } finally {
    for (const { solver } of contestants) solver[Symbol.dispose]();
  }
}

async function enter(file: string, engine: Engine): Promise<Contestant> {
  const param = solverFromText(
    `base_lr: 0.0001 lr_policy: "fixed" momentum: 0.9 weight_decay: 0.0005 random_seed: 1 snapshot_after_train: false`,
    file,
  );
  const solver = await Solver.create({ ...param, net_param: await readNet(file) }, { engine });
  return { engine, solver, forward: [], backward: [], update: [], byType: new Map() };
}

interface PyTorchContestant {
  net: PyTorchNet;
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
    return { net, forward: [], backward: [], update: [], peak_bytes: 0 };
  } catch (error) {
    onMissing((error as Error).message);
    return undefined;
  }
}

function rest(): Promise<void> {
  return new Promise((done) => setTimeout(done, REST));
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

/** Starts the kernel's count of the process's peak memory anew. */
function resetPeak(): void {
  try {
    Deno.writeTextFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Without /proc the peak is that of the whole run.
  }
}

function peakBytes(): number {
  try {
    const [, kilobytes] = Deno.readTextFileSync("/proc/self/status").match(/VmHWM:\s+(\d+) kB/) ?? [];
    if (kilobytes !== undefined) return 1024 * Number(kilobytes);
  } catch {
    // No /proc: what is held now stands for the peak.
  }
  return Deno.memoryUsage().rss;
}
