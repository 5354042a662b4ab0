import { Engine } from "../../ffi/engine.ts";
import { CremaError } from "../../base/error.ts";
import type { Phase } from "../../proto/messages.ts";
import { type Bench, prepareBench } from "./bench.ts";
import { failureOf } from "./failure.ts";
import { withExampleFiles } from "./examples/example_files.ts";
import { type FindingDetails, FindingRank, identityOf, LayerFinding, type LayerRule } from "./finding.ts";
import {
  checkDiffsBefore,
  checkGradients,
  checkPropagateDown,
  checkTopDiff,
} from "./rules/gradient_rules.ts";
import { guessedExamples } from "./examples/guessed_examples.ts";
import { bottomsOf } from "./examples/inputs.ts";
import type { OnnxRuntime } from "./onnx_runtime.ts";
import { checkMemory } from "./rules/memory_rules.ts";
import { checkOnnx } from "./rules/onnx_rule.ts";
import {
  checkBatchSize,
  checkFinite,
  checkInPlace,
  checkState,
  checkTopsWritten,
  checkTwoInANet,
} from "./rules/use_rules.ts";
import type { LayerExample } from "../../layers/layer_example.ts";
import type { ScriptLayerClass } from "../layer/script_layer.ts";
import { counted } from "../../base/counted.ts";

/** How {@link checkLayer} checks. */
export interface CheckLayerOptions {
  /** Uses to check instead of the class's `static examples`. */
  examples?: readonly LayerExample[] | undefined;
  /** Properties that override those of every example; with `bottoms`, only this one example is checked. */
  use?: Partial<LayerExample> | undefined;
  /** An engine, its name or the path of its library; by default $CREMA_ENGINE, else the embedded one. */
  engine?: Engine | string | undefined;
  /** How far a gradient may be from the slope of the loss, relative to the larger one. Default 0.01. */
  tolerance?: number | undefined;
  /** The phases to check in. Default both. */
  phases?: readonly Phase[] | undefined;
  /** An onnxruntime to compare `static onnx` with; null reports that there is none. Without it, that is not checked. */
  onnxRuntime?: OnnxRuntime | null | undefined;
}

/** What {@link checkLayer} found. */
export interface LayerReport {
  /** The class's name. */
  layer: string;
  /** The uses that were checked, as text. */
  uses: string[];
  /** The mistakes; empty when the layer is right. */
  findings: LayerFinding[];
  /** What could not be checked, and why. */
  skipped: string[];
}

/** A class that may be a layer, whatever its context's `param` is. */
export type CheckableLayer = new (context: never) => object;

/**
 * Looks for mistakes in a layer: runs it in nets on a real engine, compares its gradients with differences of
 * the loss, and watches what it reads and writes. It runs the uses that the class declares in
 * `static examples`, or without them shapes that fit `static bottoms` and `static tops`.
 *
 * ```ts ignore
 * const { findings } = await checkLayer(MarginLossLayer);
 * assert.deepEqual(findings.map(String), []);
 * ```
 */
export async function checkLayer(
  layer: CheckableLayer,
  options: CheckLayerOptions = {},
): Promise<LayerReport> {
  const layerClass = layer as unknown as ScriptLayerClass;
  const { use = {} } = options;
  const declared = options.examples ?? (use.bottoms === undefined ? layerClass.examples : undefined);
  const reports = declared === undefined
    ? await checkGuesses(layerClass, use, options)
    : [await checkExamples(layerClass, declared.map((each) => ({ ...each, ...use })), options)];
  const skipped = new Set(reports.flatMap((report) => [...report.skipped]));
  if (declared?.length === 0) skipped.add("its `static examples` is empty");
  return {
    layer: layerClass.name,
    uses: reports.flatMap(({ uses }) => uses),
    findings: byRank([
      ...new Map(reports.flatMap((report) => [...report.refused, ...report.found])).values(),
    ]),
    skipped: [...skipped],
  };
}

/** What was found in some uses; findings by their identity. */
interface ExamplesReport {
  uses: string[];
  /** Findings of uses in which the layer did not run at all. */
  refused: Map<string, LayerFinding>;
  found: Map<string, LayerFinding>;
  skipped: Set<string>;
}

/**
 * Checks guessed uses. A use that the layer refuses is not held against it, unless it refuses all of them, or for an
 * error that no use can have caused.
 */
async function checkGuesses(
  layerClass: ScriptLayerClass,
  use: Partial<LayerExample>,
  options: CheckLayerOptions,
): Promise<ExamplesReport[]> {
  const { guesses, until } = guessedExamples(layerClass, use);
  const reports: ExamplesReport[] = [];
  const own = new Map<string, LayerFinding>();
  let refused: ExamplesReport | undefined;
  for (const kinds of guesses) {
    let best: ExamplesReport | undefined;
    for (const kind of kinds) {
      const report = await checkExamples(layerClass, kind, options);
      for (const [identity, finding] of report.refused) {
        if (finding.rank === FindingRank.OWN) own.set(identity, finding);
      }
      if (report.uses.length === 0) {
        if (refused === undefined || bestRank(report) < bestRank(refused)) refused = report;
      } // The layer is taken to be made for the kind with the fewest mistakes.
      else if (best === undefined || report.found.size < best.found.size) best = report;
    }
    if (best !== undefined) reports.push({ ...best, refused: new Map() });
    if (best !== undefined && until === "one runs") break;
  }
  const [first] = reports;
  if (first === undefined) return refused === undefined ? [] : [refused];
  // Bottoms that are not for the layer excuse none of these.
  return [{ ...first, refused: own }, ...reports.slice(1)];
}

/** The findings with those first that bottoms can't have caused, and last those that they may have. */
function byRank(findings: readonly LayerFinding[]): LayerFinding[] {
  return findings.toSorted((a, b) => a.rank - b.rank);
}

function bestRank({ refused }: ExamplesReport): number {
  return Math.min(...refused.values().map(({ rank }) => rank));
}

async function checkExamples(
  layerClass: ScriptLayerClass,
  examples: readonly LayerExample[],
  options: CheckLayerOptions,
): Promise<ExamplesReport> {
  const engine = options.engine instanceof Engine ? options.engine : Engine.open(options.engine);
  const { tolerance = 0.01, phases = ["TRAIN", "TEST"] } = options;
  const report: ExamplesReport = { uses: [], refused: new Map(), found: new Map(), skipped: new Set() };
  const check = async (example: LayerExample, prototxt: string | undefined) => {
    for (const phase of phases) {
      const use = useText(example, phase);
      const rules = new Set<LayerRule>(), seen = new Set<string>();
      const tellIn = (findings: Map<string, LayerFinding>) => (rule: LayerRule, details: FindingDetails) => {
        const identity = identityOf(rule, details.key);
        const known = findings.get(identity);
        if (known === undefined) {
          findings.set(identity, new LayerFinding(rule, layerClass.name, use, details));
        } else if (!seen.has(identity)) known.uses++;
        seen.add(identity);
        rules.add(rule);
      };
      const bench = await prepareBench({ layerClass, example, phase, engine, prototxt }, {
        tolerance,
        refuse: tellIn(report.refused),
        tell: tellIn(report.found),
        skip: (why) => report.skipped.add(why),
      });
      if (bench === undefined) continue;
      report.uses.push(use);
      await checkBench(bench, (rule) => rules.has(rule));
      if (options.onnxRuntime !== undefined) await checkOnnx(bench, options.onnxRuntime);
    }
  };
  for (const example of examples) await withExampleFiles(example, (prototxt) => check(example, prototxt));
  return report;
}

/** Checks for every layer. */
const CHECKS = [
  checkMemory,
  checkState,
  checkTopsWritten,
  checkFinite,
  checkBatchSize,
  checkTwoInANet,
  checkInPlace,
];
/** More checks for a layer with `backward`. */
const GRADIENT_CHECKS = [checkDiffsBefore, checkPropagateDown, checkTopDiff];

async function checkBench(bench: Bench, found: (rule: LayerRule) => boolean): Promise<void> {
  const checks: ((bench: Bench) => void | Promise<void>)[] = [...CHECKS];
  const hasGradients = bench.hasBackward && (bench.params.length > 0 || bench.wanted.includes(true));
  if (hasGradients) checks.push(...GRADIENT_CHECKS);
  else if (!bench.hasBackward && (bench.layerClass.isLoss || bench.params.length > 0)) {
    const what = bench.layerClass.isLoss ? "a loss" : "a layer with parameters";
    bench.tell("gradient-missing", { what: `${what} has no method 'backward'`, key: { method: "backward" } });
  }
  for (const check of checks) await tellErrors(bench, check);
  // Differences of the loss mean nothing if the same inputs give different outputs.
  const steady = !(["state", "seed", "not-finite", "top-not-written"] as const).some(found);
  if (hasGradients && steady) await tellErrors(bench, checkGradients);
}

/** Runs a check. If the layer throws there, though it ran before, that is a finding. */
async function tellErrors(bench: Bench, check: (bench: Bench) => void | Promise<void>): Promise<void> {
  try {
    await check(bench);
  } catch (error) {
    if (!(error instanceof CremaError)) throw error;
    bench.tell("fails", failureOf(error));
  }
}

/** A use in words: `bottoms (4, 3) (4), param {"margin":1}, TRAIN`. */
function useText(example: LayerExample, phase: Phase): string {
  const bottoms = bottomsOf(example).map(({ shape, labels }) =>
    `(${shape.join(", ")})${labels === undefined ? "" : ` labels of ${counted(labels, "class", "classes")}`}`
  );
  return [
    bottoms.length === 0
      ? "no bottoms"
      : `${bottoms.length === 1 ? "bottom" : "bottoms"} ${bottoms.join(" ")}`,
    ...(example.tops === undefined ? [] : [`${example.tops} ${example.tops === 1 ? "top" : "tops"}`]),
    ...(example.param === undefined ? [] : [`param ${JSON.stringify(example.param)}`]),
    phase,
  ].join(", ");
}
