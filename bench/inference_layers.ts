import { CremaError } from "../base/mod.ts";
import type { Inference } from "./inference.ts";
import { makeInferenceNet } from "./inference_net.ts";
import { type LayerTypeRow, layerTypeRows } from "./layer_types.ts";
import { median } from "./measure.ts";
import type { Contest } from "./models.ts";
import { type GroupRow, planGroupRows, planGroups } from "./plan_groups.ts";
import { PyTorchContestant } from "./pytorch_contestant.ts";
import { rest, WARM_UP } from "./turns.ts";

/** What {@link benchInferenceLayers} measured, all forward. */
export interface InferenceLayers {
  /** Of the types of layers, each layer by itself; in PyTorch a BatchNorm with its Scale. */
  layerRows: LayerTypeRow[];
  /** Of the groups of the first engine's plan. */
  groupRows: GroupRow[];
}

/** Measures where the time of a net's forward pass goes, on nets that keep all blobs. Leaves out who can't compute it. */
export async function benchInferenceLayers(
  { model, file, batch }: Inference,
  { engines, python, rounds }: Pick<Contest, "engines" | "python" | "rounds">,
): Promise<InferenceLayers> {
  const found: InferenceLayers = { layerRows: [], groupRows: [] };
  const [first, ...others] = engines;
  const options = { rounds, warmUpMs: WARM_UP };
  using net = await makeInferenceNet(file, { engine: first!, batch, recycle: false });
  net.handle.forward();
  const groups = planGroups(net);
  for (const engine of engines) {
    await rest();
    try {
      using own = engine === first
        ? undefined
        : await makeInferenceNet(file, { engine, batch, recycle: false });
      found.groupRows.push(...planGroupRows(model, engine.name, own ?? net, groups, options));
      found.layerRows.push(...layerTypeRows(model, engine.name, own ?? net, options));
    } catch (error) {
      if (!others.includes(engine) || !(error instanceof CremaError)) throw error;
    }
  }
  if (python === undefined) return found;
  await using torch = await PyTorchContestant.create(python, net).catch(() => undefined);
  if (torch === undefined) return found;
  await torch.turn(rounds); // warm
  for (const [type, times] of Object.entries(await torch.net.layerTypes(rounds))) {
    found.layerRows.push({ model, engine: "pytorch", type, forward_ms: median(times), backward_ms: 0 });
  }
  return found;
}
