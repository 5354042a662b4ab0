import { allLayerCases } from "./cases/all.ts";
import { fillerCases } from "./cases/fillers.ts";
import { networkCases } from "./cases/networks.ts";
import { solverCases } from "./cases/solvers.ts";
import { wiringCases } from "./cases/wiring.ts";
import type { Question } from "./judge.ts";
import { answerOf, asked, type NetCase } from "./net_case.ts";
import { solverAnswer, solverAsked } from "./solver_run.ts";

const ofNet = (each: NetCase): Question => ({
  ...each,
  asked: asked(each),
  answer: (engine) => answerOf(each, engine),
});

/** The questions to every engine, by the file of the record that holds the answers. */
export const questions: Readonly<Record<string, readonly Question[]>> = {
  layers: allLayerCases.map(ofNet),
  networks: networkCases.map(ofNet),
  wiring: wiringCases.map(ofNet),
  fillers: fillerCases.map(ofNet),
  solvers: solverCases.map((each) => ({
    ...each,
    asked: solverAsked(each),
    answer: (engine) => solverAnswer(each, engine),
  })),
};
