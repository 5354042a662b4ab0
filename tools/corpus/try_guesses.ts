import { EnginesDiffer } from "./engines_differ.ts";

/**
 * Runs with one guess after the other, until one does. Throws the first error if none does, and at once if the engines
 * differ: that is no fault of the guess.
 */
export async function tryGuesses<Guess>(
  guesses: readonly Guess[],
  run: (guess: Guess) => Promise<void>,
): Promise<void> {
  let first: unknown;
  for (const guess of guesses) {
    try {
      return await run(guess);
    } catch (error) {
      if (error instanceof EnginesDiffer) throw error;
      first ??= error;
    }
  }
  throw first;
}
