import { type Answer, differences } from "../../conformance/answer.ts";
import { EngineProcess, type Reply } from "./engine_process.ts";
import { type KnownDifference, knownDifferences } from "./known_differences.ts";
import type { NetPlan } from "./net_plan.ts";
import { questionOf, type QuestionOptions } from "./question.ts";

/** What came of a net on both engines. */
export type Verdict =
  | { kind: "agree"; trained: boolean }
  /** Neither engine takes the net. */
  | { kind: "refused"; message: string }
  /** libcaffe ended its process. */
  | { kind: "ended"; lastWords: string }
  /** The last bits decide the values: the embedded engine's own change as much with the last bits of its inputs. */
  | { kind: "rounding"; found: string[] }
  /** libcaffe is wrong in a known way, and the embedded engine is right. */
  | { kind: "known"; difference: KnownDifference }
  | { kind: "unexplained"; found: string[] };

/** Differences up to this, relative to the larger values of an array, are rounding, which adds up from layer to layer. */
const TOLERANCE = 5e-4;

/** Arrays whose values are smaller than this are compared as if they were so large: what sums of ones leave is rounding. */
const FLOOR = 1e-3;

/** Inputs are changed by so much to see how much rounding matters: each of these tries other changes. */
const NOISES = [1e-6, 1.1e-6, 2e-6];

/** Other inputs for a net whose values rounding decides, to see whether they always do. */
const VARIANTS = ["once more", "and again"];

/** Asks both engines about nets, and explains where they disagree. */
export class EngineComparison implements AsyncDisposable {
  readonly #embedded = new EngineProcess("embedded");
  readonly #libcaffe = new EngineProcess("libcaffe");

  /** Asks both engines about a net. */
  async compare(plan: NetPlan): Promise<Verdict> {
    const verdict = await this.#compare(plan);
    if (verdict.kind !== "rounding") return verdict;
    for (const variant of VARIANTS) {
      const other = await this.#compare({ ...plan, seed: `${plan.seed} ${variant}` });
      if (other.kind !== "rounding") return other.kind === "agree" ? verdict : other;
    }
    return verdict;
  }

  async #compare(plan: NetPlan): Promise<Verdict> {
    const [ours, theirs] = await this.#askBoth(plan);
    if (ours.kind === "ended") {
      return { kind: "unexplained", found: [`the embedded engine ended: ${ours.lastWords}`] };
    }
    if (ours.kind === "refused" && theirs.kind !== "answer") {
      return theirs.kind === "ended"
        ? { kind: "ended", lastWords: theirs.lastWords }
        : { kind: "refused", message: ours.message };
    }
    if (ours.kind === "answer" && theirs.kind === "answer") {
      let found = differing(ours.answer, theirs.answer);
      if (found.size === 0 && plan.layers.some(({ inPlace }) => inPlace)) {
        // Both may have overwritten what a gradient needs.
        const apart = await this.#libcaffe.ask(questionOf(plan, { apart: true }));
        if (apart.kind === "answer") found = differing(ours.answer, apart.answer);
        if (
          found.size > 0 &&
          await this.#agrees(plan, ours, knownDifferences.filter((each) => each.applies(plan)))
        ) {
          found.clear();
        }
      }
      if (found.size === 0) return { kind: "agree", trained: plan.solver !== undefined };
      const rounding = await this.#rounding(plan, ours.answer);
      if (found.keys().every((name) => rounding.has(name))) {
        return { kind: "rounding", found: [...found.values()] };
      }
      return await this.#explain(plan, ours) ??
        { kind: "unexplained", found: [...found.values()] };
    }
    const found = disagreement(ours, theirs);
    if (ours.kind === "refused" && / in place/.test(ours.message) && await this.#mayRefuse(plan, theirs)) {
      return { kind: "known", difference: knownDifferences.at(-1)! };
    }
    return await this.#explain(plan, ours) ??
      (theirs.kind === "ended"
        ? { kind: "ended", lastWords: theirs.lastWords }
        : { kind: "unexplained", found });
  }

  /** Ends the engines' processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#embedded[Symbol.asyncDispose](), this.#libcaffe[Symbol.asyncDispose]()]);
  }

  /** The known difference that explains a disagreement, if one does. */
  async #explain(plan: NetPlan, ours: Reply): Promise<Verdict | undefined> {
    const known = knownDifferences.filter((each) => each.applies(plan));
    for (const difference of known) {
      if (await this.#agrees(plan, ours, [difference])) return { kind: "known", difference };
    }
    if (known.length > 1 && await this.#agrees(plan, ours, known)) {
      return { kind: "known", difference: known[0]! };
    }
    return undefined;
  }

  /** Whether libcaffe computes a net with layers in place wrong, so that refusing it is right. */
  async #mayRefuse(plan: NetPlan, theirs: Reply): Promise<boolean> {
    const apart = { ...plan, layers: plan.layers.map((layer) => ({ ...layer, inPlace: false })) };
    if ((await this.compare(apart)).kind === "unexplained") return false;
    const right = await this.#libcaffe.ask(questionOf(plan, { apart: true }));
    return theirs.kind !== "answer" || right.kind !== "answer" ||
      differing(theirs.answer, right.answer).size > 0;
  }

  /** Whether what the embedded engine said of a net is what libcaffe says of its mended form. */
  async #agrees(plan: NetPlan, ours: Reply, known: readonly KnownDifference[]): Promise<boolean> {
    if (ours.kind !== "answer") return false;
    const mended = known.reduce((net, { mend }) => mend?.(net) ?? net, plan);
    const asked = Object.assign({}, ...known.map((each) => each.asked)) as QuestionOptions;
    const theirs = await this.#libcaffe.ask(questionOf(mended, asked));
    if (theirs.kind !== "answer") return false;
    // Parameters that are not shared are not trained.
    const answer = Object.fromEntries(
      Object.entries(ours.answer).filter(([name]) => name in theirs.answer || !name.startsWith("trained: ")),
    );
    const found = differing(answer, theirs.answer);
    if (found.size === 0) return true;
    const rounding = await this.#rounding(plan, ours.answer);
    return found.keys().every((name) => rounding.has(name));
  }

  #askBoth(plan: NetPlan): Promise<[Reply, Reply]> {
    const question = questionOf(plan);
    return Promise.all([this.#embedded.ask(question), this.#libcaffe.ask(question)]);
  }

  /** The parts of the embedded engine's answer that the last bits of its inputs decide. */
  async #rounding(plan: NetPlan, ours: Answer): Promise<Set<string>> {
    const names = new Set<string>();
    for (const noise of NOISES) {
      const noisy = await this.#embedded.ask(questionOf(plan, { noise }));
      if (noisy.kind !== "answer") continue;
      for (const name of differing(noisy.answer, ours, TOLERANCE / 4).keys()) names.add(name);
    }
    return names;
  }
}

/** Where two answers differ, by name. */
function differing(actual: Answer, expected: Answer, tolerance = TOLERANCE): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const only = (answer: Answer): Answer => answer[name] === undefined ? {} : { [name]: answer[name] };
    const [line] = differences(only(actual), only(expected), tolerance, FLOOR);
    if (line !== undefined) found.set(name, line);
  }
  return found;
}

function disagreement(ours: Reply, theirs: Reply): string[] {
  if (ours.kind === "answer" && theirs.kind === "answer") {
    return [...differing(ours.answer, theirs.answer).values()];
  }
  if (ours.kind === theirs.kind) return [];
  const told = (engine: string, reply: Reply) =>
    `${engine}: ${
      reply.kind === "answer" ? "an answer" : reply.kind === "refused" ? reply.message : reply.lastWords
    }`;
  return [told("embedded", ours), told("libcaffe", theirs)];
}
