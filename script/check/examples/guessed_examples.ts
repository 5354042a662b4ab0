import type { ExampleBottom, LayerExample } from "../../../layers/layer_example.ts";
import type { ScriptLayerClass } from "../../layer/script_layer.ts";

/** Uses to try. */
export interface GuessedExamples {
  /** For each number of bottoms, the kinds of examples to try: a layer is made for one kind. */
  guesses: readonly (readonly (readonly LayerExample[])[])[];
  /** Whether to try every number of bottoms, or to stop at the first with which the layer runs. */
  until: "all" | "one runs";
}

/** Shapes for one bottom, or for several of equal shape. */
const SHAPES = [[4, 3], [2, 3, 4], [2, 4, 3, 3]] as const;
/** Shapes of class scores, with those of their labels. */
const SCORES = [{ scores: [4, 3], labels: [4] }, { scores: [2, 3, 2, 2], labels: [2, 2, 2] }] as const;
/** More bottoms than this are not guessed. */
const MOST = 4;

/**
 * Uses to try for a class that declares none: bottoms of equal shape, and scores with labels, each with the
 * fewest and the most bottoms and tops that the class takes. Properties in `given` are taken as they are.
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

/** The fewest, and the most if that is not too many. */
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
