import { CremaError } from "../../base/mod.ts";
import type { WeightsReport } from "../../net/mod.ts";

/**
 * Throws a CremaError when weights lack the parameters of a layer, which would keep what its filler gave: a result with
 * such a layer means nothing. `--allow-missing` allows it.
 */
export function refuseMissing(
  { notFound, leftOut }: WeightsReport,
  { weights = [], allowMissing }: {
    weights?: readonly string[] | undefined;
    allowMissing?: boolean | undefined;
  },
): void {
  if (notFound.length === 0 || allowMissing) return;
  const names = (layers: readonly string[]) => layers.map((name) => `'${name}'`).join(", ");
  const others = leftOut.length === 0 ? "" : ` They have layers that the net lacks: ${names(leftOut)}.`;
  throw new CremaError(
    `Expected parameters of layer ${names(notFound)} in ${weights.join(", ")} but found none`,
    {
      hint: `Are these the weights of this net, and is the name right?${others} ` +
        "--allow-missing lets layers keep what their fillers gave.",
    },
  );
}
