import type { Position } from "../sources/record_source.ts";
import type { BatchSlot } from "./prefetch_channel.ts";

/** Returns the slot for the next batch, with tops of these shapes. */
export type SlotFor = (shapes: readonly (readonly number[])[]) => BatchSlot;

/** Makes the batches of a data layer, in its Worker. Disposing it closes its files. */
export interface BatchMaker extends Disposable {
  /** Called at each step of the work: the Worker's sign of life. */
  onRecord: () => void;
  /** Called for each record that is left out because it can't be read, with what is wrong with it. */
  onSkip?: ((what: string) => void) | undefined;
  /**
   * Makes the next batch in the slot that `slotFor` returns, with the position after it. Returns a promise only when
   * something has to be awaited. Throws a CremaError that names the source and the record when one is damaged or does
   * not fit.
   */
  make(slotFor: SlotFor): void | Promise<void>;
}

/** What a {@link BatchMaker} needs besides its specification. */
export interface BatchContext {
  /** Path of the engine's library, for the transform. */
  library: string;
  /** Seed of all random choices. */
  seed: number;
  /** Gives layers with the same seed different random choices. */
  stream: string;
  /** Position of the first record. */
  start: Position;
}
