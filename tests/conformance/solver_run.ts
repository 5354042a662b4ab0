import { Solver } from "../../train/solver.ts";
import { type Answer, scalar } from "./answer.ts";
import { ITERATIONS, SOLVER_NET, type SolverCase } from "./cases/solvers.ts";
import { writeInputs, writeParams } from "./net_case.ts";

const FILLED = { name: "solver", inputs: { label: { kind: "labels", classes: 4 } } } as const;

/** The text of what a solver's case asks. */
export function solverAsked({ solver }: SolverCase): string {
  return JSON.stringify({ solver, net: SOLVER_NET, ITERATIONS, FILLED });
}

/** A solver whose net's parameters and data are filled. */
export async function makeSolver({ solver: text }: SolverCase, engine: string): Promise<Solver> {
  const solver = await Solver.fromText(
    `net_param { ${SOLVER_NET} } ${text} max_iter: ${ITERATIONS} random_seed: 1
      snapshot_prefix: "none" display: 0`,
    { engine },
  );
  writeInputs(solver.net, FILLED);
  writeParams(solver.net, FILLED);
  return solver;
}

/** The parameters and the last loss. */
export function solved(solver: Solver, losses: Record<string, number>): Answer {
  const answer: Answer = {};
  for (const [name, loss] of Object.entries(losses)) answer[name] = scalar(loss);
  for (const { name, blobs } of solver.net.layers) {
    for (const [i, blob] of blobs.entries()) {
      answer[`parameter ${name} ${i}`] = { shape: blob.shape, values: blob.read() };
    }
  }
  return answer;
}

/** Runs a solver's case. */
export async function solverAnswer(each: SolverCase, engine: string): Promise<Answer> {
  using solver = await makeSolver(each, engine);
  const seen: Record<string, number> = {};
  for (let i = 0; i < ITERATIONS; i++) {
    if (i % 10 === 9) seen[`rate ${i}`] = solver.learningRate;
    const loss = solver.step();
    if (i % 10 === 0 || i === ITERATIONS - 1) seen[`loss ${i}`] = loss;
  }
  return solved(solver, seen);
}
