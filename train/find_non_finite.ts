import type { SourceState } from "../proto/mod.ts";
import { DebugPass } from "./debug_pass.ts";
import type { DebugEvent } from "./events.ts";
import type { Trainable } from "./trainable.ts";

/**
 * Looks for the first value of the train net that is not finite (NaN or an infinity): in its parameters, then layer by
 * layer in a pass over the batch of the iteration, which is read again from `sources`, the positions before it.
 * With `gradients`, also in the backward pass. Says where, "top 'ip1' of layer 'ip1'"; undefined where all are finite,
 * as random layers may make them the second time. The solver is then as it was, except for gradients.
 */
export function findNonFinite(
  solver: Trainable,
  sources: SourceState[] | undefined,
  { gradients = false }: { gradients?: boolean | undefined } = {},
): string | undefined {
  return nonFiniteParam(solver) ?? inPass(solver, sources, gradients);
}

/** The first parameter of the train net with a value that is not finite. */
export function nonFiniteParam({ net }: Pick<Trainable, "net">): string | undefined {
  for (const { name, params } of net.handle.layers) {
    const index = params.findIndex((blob) => !Number.isFinite(blob.norms().sumsq));
    if (index >= 0) return `parameter ${index} of layer '${name}'`;
  }
  return undefined;
}

function inPass(
  solver: Trainable,
  sources: SourceState[] | undefined,
  gradients: boolean,
): string | undefined {
  const { net, param, iteration } = solver;
  const after = solver.saveState();
  // Layers such as BatchNorm change their parameters in a forward pass.
  const params = net.handle.layers.flatMap((layer) =>
    layer.params.map((blob) => ({ blob, values: blob.read() }))
  );
  for (const blob of net.handle.blobs) {
    blob.keep("data");
    if (gradients) blob.keep("diff");
  }
  let found: string | undefined;
  const sink = (event: { type: string }) => {
    if (found === undefined && event.type === "debug") found = nonFinite(event as DebugEvent);
  };
  if (sources !== undefined) solver.restoreState(solver.saveState(sources));
  try {
    // The gradients of the failed pass would be found everywhere.
    if (gradients) net.handle.clearDiffs();
    const pass = new DebugPass(net.handle, net.param, iteration, sink);
    for (let batch = 0; batch < (param.iter_size ?? 1) && found === undefined; batch++) {
      pass.forward();
      if (gradients) pass.backward();
    }
  } finally {
    for (const { blob, values } of params) blob.write(values);
    solver.restoreState(after);
  }
  return found;
}

function nonFinite({ value, pass, layer, role, blob }: DebugEvent): string | undefined {
  if (Number.isFinite(value)) return undefined;
  const what = role === "param" ? `parameter ${blob}` : `${role} '${blob}'`;
  return `${pass === "backward" ? "the gradient of " : ""}${what}${
    layer === undefined ? "" : ` of layer '${layer}'`
  }`;
}
