import { withDefaults } from "../../../proto/codec/defaults.ts";
import type { LayerParameter, TransformationParameter } from "../../../proto/messages.ts";
import type { Blob } from "../../../ffi/blob.ts";
import type { Net } from "../../../net/net.ts";

/**
 * What a net's scores are: inputs of a softmax, its outputs, or something else that is greatest for the class that the
 * net takes an input for.
 */
export type ScoreKind = "logits" | "probabilities" | "scores";

/** Where a net has the scores of classes, and the labels that they should point to. */
export interface ClassOutputs {
  /** The scores: (outer…, classes, inner…), with the classes on `axis`. */
  scores: Blob;
  /** The labels: one for each outer and inner index. */
  labels: Blob;
  axis: number;
  kind: ScoreKind;
  /** A label that doesn't count. */
  ignoreLabel?: number | undefined;
}

/** Where a net has its images. */
export interface ImageInput {
  /** The images, (N, C, H, W), as the net sees them. */
  images: Blob;
  /** How they were made from pixels, where the net's own data layer did it. */
  transform?: TransformationParameter | undefined;
}

/**
 * The scores and labels that a net's accuracy or loss compares: those of the last Accuracy, if there is one (of those with
 * top_k 1, if possible), else of the last loss over classes, else a Softmax beside a blob named "label". Undefined for
 * a net that doesn't classify.
 */
export function findClassOutputs(net: Net): ClassOutputs | undefined {
  const layers = net.param.layer ?? [];
  const judges = [
    layers.filter((layer) => layer.type === "Accuracy" && (layer.accuracy_param?.top_k ?? 1) === 1),
    layers.filter((layer) => layer.type === "Accuracy"),
    layers.filter(({ type }) => LOSSES.includes(type ?? "")),
  ];
  const judge = judges.map((each) => each.at(-1)).find((each) => each !== undefined);
  const [scoresName, labelsName] = judge?.bottom ??
    [layers.findLast(({ type }) => type === "Softmax")?.top?.[0], "label"];
  const scores = net.blobs.get(scoresName ?? ""), labels = net.blobs.get(labelsName ?? "");
  if (scoresName === undefined || scores === undefined || labels === undefined) return undefined;
  const axis = axisOf(judge, scores.numAxes);
  if (axis < 0 || axis >= scores.numAxes) return undefined;
  return { scores, labels, axis, kind: kindOf(scoresName, layers), ignoreLabel: ignoredBy(judge) };
}

const LOSSES = ["SoftmaxWithLoss", "MultinomialLogisticLoss", "InfogainLoss", "HingeLoss"];

function axisOf(judge: LayerParameter | undefined, axes: number): number {
  const axis = judge?.type === "Accuracy"
    ? judge.accuracy_param?.axis
    : judge?.type === "InfogainLoss"
    ? judge.infogain_loss_param?.axis
    : judge?.softmax_param?.axis;
  return (axis ?? 1) < 0 ? (axis ?? 1) + axes : axis ?? 1;
}

function ignoredBy(judge: LayerParameter | undefined): number | undefined {
  return judge?.type === "Accuracy" ? judge.accuracy_param?.ignore_label : judge?.loss_param?.ignore_label;
}

function kindOf(scores: string, layers: readonly LayerParameter[]): ScoreKind {
  const maker = layers.findLast((layer) => layer.top?.includes(scores) && layer.type !== "Split");
  if (maker?.type === "Softmax") return "probabilities";
  const takers = layers.filter((layer) => layer.bottom?.[0] === scores);
  if (takers.some(({ type }) => type === "SoftmaxWithLoss" || type === "Softmax")) return "logits";
  return takers.some(({ type }) => type === "MultinomialLogisticLoss") ? "probabilities" : "scores";
}

/**
 * Where a net has its images: the first blob of four axes that a layer without bottoms makes. Undefined if there is
 * none, or if it has one pixel for each image.
 */
export function findImages(net: Net): ImageInput | undefined {
  for (const layer of net.param.layer ?? []) {
    if ((layer.bottom?.length ?? 0) > 0) continue;
    for (const name of layer.top ?? []) {
      const images = net.blobs.get(name);
      if (images?.numAxes !== 4 || images.height * images.width < 2) continue;
      const transform = layer.transform_param;
      return { images, ...transform && { transform: withDefaults("TransformationParameter", transform) } };
    }
  }
  return undefined;
}
