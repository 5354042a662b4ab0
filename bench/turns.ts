/** Counted passes of one contestant before the next one's turn. */
const TURN = 5;
/**
 * Milliseconds of uncounted passes before those, at least one pass: for a tenth of a second after a rest, threads may
 * share a core, and a small net takes three times as long. Work that goes on does not rest.
 */
export const WARM_UP = 200;
/**
 * Milliseconds between turns. A library's threads spin while they wait for work (OpenBLAS's for a tenth of a second), and
 * would take a core from the next contestant.
 */
const REST = 150;

/** Runs so many counted passes, after uncounted ones for {@link WARM_UP} milliseconds. */
export type Turn = (passes: number) => void | Promise<void>;

/**
 * Lets several contestants do `rounds` passes each, a few in turn, so that a machine whose speed drifts slows all of them
 * alike.
 */
export async function takeTurns(contestants: readonly Turn[], rounds: number): Promise<void> {
  for (let left = rounds; left > 0; left -= TURN) {
    for (const turn of contestants) {
      await rest();
      await turn(Math.min(left, TURN));
    }
  }
}

/** Waits until no library's threads spin. */
export function rest(): Promise<void> {
  return new Promise((done) => setTimeout(done, REST));
}
