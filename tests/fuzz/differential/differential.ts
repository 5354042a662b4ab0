import { EngineComparison, type Verdict } from "./compare_engines.ts";
import { type NetPlan, planText } from "./net_plan.ts";
import { randomNet } from "./random_net.ts";
import { shrinkNet } from "./shrink_net.ts";

/** What came of a run of random nets. */
export interface DifferentialResult {
  nets: number;
  /** Nets that both engines answered alike. */
  agreed: number;
  /** Those of them that were trained as well. */
  trained: number;
  /** How many nets each known difference explains. */
  known: Record<string, number>;
  /** Nets whose values rounding decides. */
  rounding: number;
  /** Nets that neither engine takes. */
  refused: number;
  /** libcaffe's last words, where it ended its process, by the net's seed. */
  ended: Record<number, string>;
  /** Texts of what nothing explains: the seed, the differences, the smallest net. */
  unexplained: string[];
}

/** Runs the nets of `count` seeds from `seed` on, on both engines. `report` gets what is found, as it is found. */
export async function differential(
  { seed, count, report = () => {} }: { seed: number; count: number; report?: (text: string) => void },
): Promise<DifferentialResult> {
  await using engines = new EngineComparison();
  const result: DifferentialResult = {
    ...{ nets: 0, agreed: 0, trained: 0, known: {}, rounding: 0, refused: 0 },
    ...{ ended: {}, unexplained: [] },
  };
  for (let net = seed; net < seed + count; net++) {
    const plan = randomNet(net), verdict = await engines.compare(plan);
    result.nets++;
    switch (verdict.kind) {
      case "agree":
        result.agreed++;
        if (verdict.trained) result.trained++;
        break;
      case "known":
        result.known[verdict.difference.title] = (result.known[verdict.difference.title] ?? 0) + 1;
        break;
      case "rounding":
        result.rounding++;
        break;
      case "refused":
        result.refused++;
        report(`seed ${net}: neither engine takes it: ${verdict.message}`);
        break;
      case "ended":
        result.ended[net] = verdict.lastWords;
        report(`seed ${net}: libcaffe ended the process: ${verdict.lastWords}`);
        break;
      case "unexplained": {
        const text = await unexplained(engines, net, plan, verdict);
        result.unexplained.push(text);
        report(text);
      }
    }
  }
  return result;
}

async function unexplained(
  engines: EngineComparison,
  seed: number,
  plan: NetPlan,
  verdict: Verdict & { kind: "unexplained" },
): Promise<string> {
  let { found } = verdict;
  const smallest = await shrinkNet(plan, async (smaller) => {
    const again = await engines.compare(smaller);
    if (again.kind === "unexplained") ({ found } = again);
    return again.kind === "unexplained";
  });
  return [
    `seed ${seed}: the engines disagree in a ${plan.phase} net of ${plan.layers.length} layers`,
    ...found.slice(0, 8).map((line) => `  ${line}`),
    `The smallest net (passes: ${smallest.passes}${
      smallest.solver === undefined ? "" : `, solver: ${smallest.solver}`
    }):`,
    planText(smallest),
  ].join("\n");
}
