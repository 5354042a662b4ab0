import type { TestConfusion } from "./test_samples.ts";

/** A confusion matrix, as the page shows it. */
export interface ConfusionView {
  /** Updates done before the test. */
  iteration: number;
  /** Names of the classes. */
  names: string[];
  /** How many of a row's class were taken for a column's; undefined for more classes than fit. */
  counts?: number[][] | undefined;
  /** The most frequent mistakes: label, guess, how many. */
  mistakes: [label: number, guess: number, count: number][];
}

/** Classes whose matrix is shown, and mistakes that are listed. */
const CLASSES = 40, MISTAKES = 40;

/** The matrix of a test. */
export function viewConfusion(
  { iteration, confusion }: TestConfusion,
  nameOf: (index: number) => string,
): ConfusionView {
  const all = Array.from({ length: confusion.classes }, (_, i) => i);
  const mistakes = all.flatMap((label) =>
    all.filter((guess) => guess !== label && confusion.count(label, guess) > 0)
      .map((guess): ConfusionView["mistakes"][number] => [label, guess, confusion.count(label, guess)])
  ).sort(([, , a], [, , b]) => b - a).slice(0, MISTAKES);
  return {
    iteration,
    names: all.map(nameOf),
    counts: all.length <= CLASSES
      ? all.map((label) => all.map((guess) => confusion.count(label, guess)))
      : undefined,
    mistakes,
  };
}
