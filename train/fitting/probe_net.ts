import { CremaError } from "../../base/error.ts";
import { type EngineOptions } from "../../net/engine_options.ts";
import { Net } from "../../net/net.ts";
import type { WeightsReport } from "../../net/weights_report.ts";
import type { LayerParameter, NetParameter } from "../../proto/messages.ts";

/** What a net that was made for a try tells. */
export interface NetProbe {
  /** Number of values of its parameters. */
  readonly parameters: number;
  /** Bytes that training takes with a batch of one image, without those per image; and those of each image. */
  readonly bytes: { readonly fixed: number; readonly perImage: number };
  /** What copying the weights did, if there are some. */
  readonly weights?: WeightsReport | undefined;
}

/** Bytes of a value with its gradient, and of a parameter with its gradient and its momentum. */
const VALUE = 8, PARAMETER = 12;

/**
 * Makes a net for training with one image per batch, to see that it fits the images, what it takes, and which weights fit
 * it. Throws a CremaError when it can't be made, or no layer takes its parameters from the weights.
 */
export async function probeNet(
  { layer = [], ...net }: NetParameter,
  input: readonly number[],
  weights: readonly string[],
  options: EngineOptions,
): Promise<NetProbe> {
  const data: LayerParameter = {
    name: "data",
    type: "Input",
    top: ["data", "label"],
    input_param: { shape: [{ dim: [1, ...input] }, { dim: [1] }] },
  };
  const probed: NetParameter = {
    ...net,
    layer: [data, ...layer.filter(({ type }) => type !== "ImageData")],
  };
  using made = await Net.create(probed, { ...options, phase: "TRAIN" });
  const values = made.blobs.values().reduce((sum, { count }) => sum + count, 0);
  const parameters = made.params.values().reduce(
    (sum, blobs) => sum + blobs.reduce((all, { count }) => all + count, 0),
    0,
  );
  const probe = { parameters, bytes: { fixed: PARAMETER * parameters, perImage: VALUE * values } };
  if (weights.length === 0) return probe;
  const report = await made.copyTrainedLayersFrom([...weights], { skipMismatch: true });
  if (report.copied.length > 0) return { ...probe, weights: report };
  const stored = [...report.leftOut, ...report.mismatched.map(({ layer }) => layer)];
  throw new CremaError(
    `Expected weights for layers of the net '${net.name ?? ""}' in ${
      weights.join(", ")
    } but found none that fit`,
    {
      hint: `The net has ${some(report.notFound)}; the weights have ${some(stored)}. ` +
        "Choose the --model that they were trained with.",
    },
  );
}

function some(names: readonly string[]): string {
  const first = names.slice(0, 4).map((name) => `'${name}'`).join(", ");
  return names.length > 4 ? `${first} and ${names.length - 4} more` : first || "no layers with parameters";
}
