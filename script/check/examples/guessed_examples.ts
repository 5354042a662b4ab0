import type { ExampleBottom, LayerExample } from "../../../layers/layer_example.ts";
import type { ScriptLayerClass } from "../../layer/script_layer.ts";

/** Uses to try. */
export interface GuessedExamples {
  /** For each number of bottoms, kinds of examples: the layer is made for one kind. */
  guesses: readonly (readonly (readonly LayerExample[])[])[];
  /** Whether all numbers of bottoms are tried, or those up to the first with which the layer runs. */
  until: "all" | "one runs";
}

/** Tried for one bottom, and for several of one shape. */
const SHAPES = [[4, 3], [2, 3, 4], [2, 4, 3, 3]] as const;
/** Scores of classes, and where their labels stand. */
const SCORES = [{ scores: [4, 3], labels: [4] }, { scores: [2, 3, 2, 2], labels: [2, 2, 2] }] as const;
/** More bottoms than that are not tried unasked. */
const MOST = 4;

/**
 * Uses to try of a class that declares none: bottoms of one shape, and scores with labels, for the fewest and the most
 * bottoms and tops that it takes. What is `given` is not guessed.
 */
export function guessedExamples(layerClass: ScriptLayerClass, given: Partial<LayerExample>): GuessedExamples {
  if (given.bottoms !== undefined) {
    return { guesses: [[[{ ...given, bottoms: given.bottoms }]]], until: "all" };
  }
  const { bottoms, tops } = layerClass;
  const topCounts = given.tops === undefined && tops !== undefined ? ends(tops) : [given.tops];
  const counts = bottoms === undefined ? [1, 2, 3, 0] : ends(bottoms);
  const guesses = counts.map((count) =>
    kindsOf(count, layerClass.isLoss ?? false).map((kind) =>
      kind.flatMap((each) => topCounts.map((tops) => ({ ...given, bottoms: each, tops })))
    )
  );
  return { guesses, until: bottoms === undefined ? "one runs" : "all" };
}

/** The fewest and the most, as far as that is sensible. */
function ends(count: number | readonly [number, number]): number[] {
  const [fewest, most] = typeof count === "number" ? [count, count] : count;
  return most > fewest && most <= MOST ? [fewest, most] : [fewest];
}

function kindsOf(count: number, isLoss: boolean): (readonly (readonly number[] | ExampleBottom)[])[][] {
  if (count === 0) return [[[]]];
  const alike = SHAPES.map((shape) => Array.from({ length: count }, () => shape));
  if (count === 1) return [alike];
  const labelled = SCORES.map(({ scores, labels }) => [
    ...Array.from({ length: count - 1 }, () => scores),
    { shape: labels, labels: 3 },
  ]);
  return isLoss ? [labelled, alike] : [alike, labelled];
}
