/**
 * The Worker that reads batches ahead of a data layer. It sleeps while all slots are full. It is woken when
 * at least half of them are free, so that it fills several at a time.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type MessagePort, parentPort } from "node:worker_threads";
import { CremaError } from "../../base/error.ts";
import { openBatches } from "./open_batches.ts";
import {
  BatchSlot,
  ERROR_BYTES,
  type PrefetchError,
  type PrefetchTask,
  State,
  Word,
} from "./prefetch_channel.ts";

parentPort?.once("message", async (task: PrefetchTask) => {
  const { control } = task;
  if (Atomics.compareExchange(control, Word.STATE, State.STARTING, State.RUNNING) !== State.STARTING) return;
  let last: number = State.STOPPED;
  try {
    await prefetch(task);
  } catch (error) {
    last = State.FAILED;
    report(task, error);
  }
  Atomics.store(control, Word.STATE, last);
  tell(control, Word.NEWS);
});

/** Fills slots until it is asked to stop. */
async function prefetch(task: PrefetchTask): Promise<void> {
  const { control, slots, library, seed, stream, start } = task;
  using maker = await openBatches(task.batches, { library, seed, stream, start });
  maker.onRecord = () => {
    Atomics.add(control, Word.PULSE, 1);
  };
  const { port } = task;
  maker.onSkip = (skipped) => {
    (port as MessagePort).postMessage({ skipped });
    Atomics.add(control, Word.POSTED, 1);
  };
  const ring = new Array<BatchSlot | undefined>(slots).fill(undefined);
  for (let filled = 0;; filled = (filled + 1) | 0) {
    if (!waitForRoom(control, filled, slots)) return;
    const slot = (filled >>> 0) % slots;
    const making = maker.make((shapes) => ring[slot] = withRoom(ring[slot], slot, shapes, task));
    if (making !== undefined) await making;
    Atomics.store(control, Word.FILLED, (filled + 1) | 0);
    tell(control, Word.NEWS);
  }
}

/** Sleeps while all slots are full. Returns false when it is time to stop. */
function waitForRoom(control: Int32Array<SharedArrayBuffer>, filled: number, slots: number): boolean {
  while (true) {
    const wake = Atomics.load(control, Word.WAKE);
    if (Atomics.load(control, Word.STATE) !== State.RUNNING) return false;
    if (((filled - Atomics.load(control, Word.TAKEN)) | 0) < slots) return true;
    Atomics.wait(control, Word.WAKE, wake);
  }
}

/** A slot for tops of these shapes: the present one if it is large enough, else a new one in its place. */
function withRoom(
  present: BatchSlot | undefined,
  number: number,
  shapes: readonly (readonly number[])[],
  { control, port }: PrefetchTask,
): BatchSlot {
  let slot = present;
  if (slot === undefined || !slot.hasRoom(shapes)) {
    slot = new BatchSlot(new SharedArrayBuffer(BatchSlot.bytes(shapes)));
    (port as MessagePort).postMessage({ slot: number, buffer: slot.buffer });
    Atomics.add(control, Word.POSTED, 1);
  }
  slot.layOut(shapes);
  return slot;
}

/** Writes an error to the error block. */
function report({ control, error: block }: PrefetchTask, error: unknown): void {
  const known = error instanceof CremaError;
  const found = error instanceof Error ? error : new Error(String(error));
  const message: PrefetchError = {
    reason: (known ? error.reason : `Expected to read ahead but found ${found}`).slice(0, ERROR_BYTES / 16),
    hint: known ? error.hint?.slice(0, ERROR_BYTES / 16) : undefined,
    stack: found.stack?.slice(0, ERROR_BYTES / 16),
  };
  const bytes = Buffer.from(JSON.stringify(message));
  block.set(bytes);
  Atomics.store(control, Word.ERROR_LENGTH, bytes.length);
}

/** Changes a word and wakes the other thread if it waits on it. */
function tell(control: Int32Array<SharedArrayBuffer>, word: number): void {
  Atomics.add(control, word, 1);
  Atomics.notify(control, word);
}
