import type { Engine } from "../ffi/mod.ts";
import { readNet, solverFromText } from "../proto/mod.ts";
import { Solver } from "../train/mod.ts";

/** A solver over a net with made-up data, for measurements: SGD with momentum and weight decay. */
export async function makeSolver(file: string, engine: Engine): Promise<Solver> {
  const param = solverFromText(
    `base_lr: 0.0001 lr_policy: "fixed" momentum: 0.9 weight_decay: 0.0005 random_seed: 1 snapshot_after_train: false`,
    file,
  );
  const net = await readNet(file);
  return await Solver.create({ ...param, net_param: net }, { engine, compute: { recycle: true } });
}
