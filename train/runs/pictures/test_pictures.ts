import { confusionSvg } from "../../../plot/confusion_svg.ts";
import { imageSheet } from "../../../plot/image_sheet.ts";
import type { ClassScores, Confusion } from "../outputs/confusion.ts";
import type { ImageInput, ScoreKind } from "../outputs/find_outputs.ts";
import type { TestOutputs } from "../outputs/test_outputs.ts";
import { imagePixels } from "./image_pixels.ts";
import { csvField } from "../../../base/csv_field.ts";
import { counted } from "../../../base/counted.ts";

/** Gives the name of a class. */
export type ClassName = (index: number) => string;

/** A test's confusion matrix, drawn. */
export function drawConfusion({ iteration, confusion }: TestOutputs, nameOf: ClassName): string {
  return confusionSvg({
    title: `Confusion at iteration ${iteration}`,
    names: Array.from({ length: confusion.classes }, (_, i) => nameOf(i)),
    count: (label, guess) => confusion.count(label, guess),
  });
}

/** The images of a test with the greatest losses, each with its class, what the net took it for, and the loss. */
export function drawWorst(
  { iteration, worst }: TestOutputs,
  input: ImageInput | undefined,
  kind: ScoreKind,
  nameOf: ClassName,
): string | undefined {
  const [first] = worst.images;
  if (first === undefined) return undefined;
  // A net may be reshaped between batches: images of another shape are left out.
  const shown = worst.images.filter(({ shape }) => shape.join() === first.shape.join());
  const images = shown.map(({ values }) => values);
  const pixels = imagePixels({ images, shape: first.shape, transform: input?.transform });
  const measure = kind === "scores" ? "margin" : "loss";
  const sheet = shown.map(({ label, guess, loss, number }, i) => ({
    image: pixels[i]!,
    captions: [`#${number}: ${nameOf(label)}`, `guess ${nameOf(guess)}`, `${measure} ${loss.toPrecision(3)}`],
  }));
  return imageSheet(`The worst test images at iteration ${iteration}`, sheet);
}

/** The confusion matrix as a table: a row for each label, a column for each guess. */
export function confusionCsv(confusion: Confusion, nameOf: ClassName): string {
  const all = Array.from({ length: confusion.classes }, (_, i) => i);
  const rows = all.map((
    label,
  ) => [csvField(nameOf(label)), ...all.map((guess) => confusion.count(label, guess))]);
  return [["label", ...all.map((guess) => csvField(nameOf(guess)))], ...rows].map((row) =>
    `${row.join(",")}\n`
  )
    .join("");
}

/** Precision, recall and F1 of each class as a table. Where there is none, the field is empty. */
export function classesCsv(scores: readonly ClassScores[], nameOf: ClassName): string {
  const field = (value: number) => Number.isNaN(value) ? "" : String(value);
  return [
    "class,name,precision,recall,f1,support",
    ...scores.map(({ class: index, precision, recall, f1, support }) =>
      [index, csvField(nameOf(index)), field(precision), field(recall), field(f1), support].join(",")
    ),
    "",
  ].join("\n");
}

/** Precision, recall and F1 of each class, and their means over the classes that have them, as lines of a log. */
export function classScoreLines(scores: readonly ClassScores[], nameOf: ClassName): string[] {
  const text = (value: number) => Number.isNaN(value) ? "none" : value.toFixed(4);
  const mean = (values: number[]) => {
    const found = values.filter((value) => !Number.isNaN(value));
    return text(found.reduce((sum, value) => sum + value, 0) / found.length);
  };
  const means = (["precision", "recall", "f1"] as const).map((key) => mean(scores.map((each) => each[key])));
  return [
    ...scores.map(({ class: index, precision, recall, f1, support }) =>
      `Class ${nameOf(index)}: precision ${text(precision)}, recall ${text(recall)}, F1 ${
        text(f1)
      }, of ${support}`
    ),
    `Mean of ${counted(scores.length, "class", "classes")}: precision ${means[0]}, recall ${means[1]}, F1 ${
      means[2]
    }`,
  ];
}
