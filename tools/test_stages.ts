/**
 * Runs the stages of a test run, some at once, and shows what they print one after the other.
 *
 * @module
 */

import type { TestCounts } from "./junit.ts";

/** A part of a test run. */
export interface TestStage {
  /** What it tests; unlike the names of others. */
  name: string;
  /** Names of stages that must have ended before it begins. */
  after?: readonly string[] | undefined;
  /** Runs it. What it prints goes to `print`. */
  run: (print: (text: string) => void) => Promise<TestCounts>;
}

/** How stages are run. */
export interface StagesOptions {
  /** How many run at once. */
  lanes: number;
  /** Shows text to the user. */
  print: (text: string) => void;
}

/** Holds text back until its turn comes, and passes it on from then on. */
class Turn {
  ended = false;
  #held: string[] | undefined = [];
  readonly #print: (text: string) => void;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  print(text: string): void {
    if (this.#held === undefined) this.#print(text);
    else this.#held.push(text);
  }

  begin(): void {
    for (const text of this.#held ?? []) this.#print(text);
    this.#held = undefined;
  }
}

/**
 * Runs stages in their order, several at once: whenever a lane is free, the first that may begin does. What the oldest
 * one prints is shown at once, what the others print after it has ended, each with its name, result and duration.
 *
 * Returns how many tests passed and failed in all. Throws what a stage throws, and an Error when stages wait for each
 * other, or for none that is there.
 */
export async function runStages(
  stages: readonly TestStage[],
  { lanes, print }: StagesOptions,
): Promise<TestCounts> {
  const total = { passed: 0, failed: 0 };
  const waiting = [...stages], running = new Set<Promise<void>>(), ended = new Set<string>();
  const turns: Turn[] = [];
  const nextTurn = () => {
    while (turns[0] !== undefined) {
      turns[0].begin();
      if (!turns[0].ended) break;
      turns.shift();
    }
  };
  const run = async ({ name, run }: TestStage) => {
    const turn = new Turn(print);
    turns.push(turn);
    nextTurn();
    turn.print(`\n== ${name}\n`);
    const start = performance.now();
    const { passed, failed } = await run((text) => turn.print(text));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    turn.print(`== ${name}: ${passed} passed, ${failed} failed (${seconds} s)\n`);
    total.passed += passed;
    total.failed += failed;
    turn.ended = true;
    ended.add(name);
    nextTurn();
  };
  while (waiting.length > 0 || running.size > 0) {
    for (let next = 0; running.size < lanes && next >= 0;) {
      next = waiting.findIndex(({ after = [] }) => after.every((name) => ended.has(name)));
      const [stage] = next < 0 ? [] : waiting.splice(next, 1);
      if (stage === undefined) break;
      const promise: Promise<void> = run(stage).finally(() => running.delete(promise));
      running.add(promise);
    }
    if (running.size === 0) {
      throw new Error(
        `Expected stages that may begin but found only '${waiting.map(({ name }) => name).join("', '")}'`,
      );
    }
    await Promise.race(running);
  }
  return total;
}
