import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { CremaError } from "../../base/error.ts";
import { MODULE_EXTENSION } from "../../base/module_extension.ts";
import { sourceName } from "./batch_spec.ts";
import {
  BatchSlot,
  ERROR_BYTES,
  type PrefetchError,
  type PrefetchTask,
  type SkippedRecord,
  type SlotBuffer,
  State,
  Word,
  WORDS,
} from "./prefetch_channel.ts";
import type { Position } from "../sources/record_source.ts";

/** What a {@link Prefetcher} reads and how. */
export interface PrefetcherOptions extends Omit<PrefetchTask, "control" | "error" | "port"> {
  /** Milliseconds without a sign of life after which the Worker counts as dead. Default: one minute. */
  patience?: number | undefined;
}

/** A batch that is ready. Valid until the function that receives it returns. */
export type Batch = Pick<BatchSlot, "tops">;

/** Milliseconds that a Worker gets to stop: enough to finish its record, or little if it counts as dead. */
const STOP_PATIENCE = 10_000, GIVEN_UP_PATIENCE = 100;

/** Milliseconds between two checks of a Worker that we are waiting for. */
const LOOK = 1000;

/**
 * Reads batches ahead in a Worker and returns them in order. The training thread takes batches synchronously:
 * it blocks when the Worker is behind. The Worker does not keep the process alive.
 */
export class Prefetcher implements Disposable {
  readonly #patience: number;
  readonly #sourceName: string;
  readonly #control = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  readonly #error = new Uint8Array(new SharedArrayBuffer(ERROR_BYTES));
  readonly #channel = new MessageChannel();
  readonly #worker: Worker;
  readonly #slots: (BatchSlot | undefined)[];
  #received = 0;
  #skipped: string[] = [];
  #taken = 0;
  #position: Position;
  #failure: CremaError | undefined;
  #givenUp = false;
  #disposed = false;

  /** Starts the Worker. It opens the source, so the first `take` throws when the source cannot be opened. */
  constructor({ patience = 60_000, ...options }: PrefetcherOptions) {
    this.#patience = patience;
    this.#position = options.start;
    this.#slots = new Array<BatchSlot | undefined>(options.slots).fill(undefined);
    this.#sourceName = sourceName(options.batches);
    this.#worker = new Worker(new URL(`./prefetch_worker${MODULE_EXTENSION}`, import.meta.url));
    this.#worker.unref();
    this.#worker.on("error", (error) => this.#fail({ reason: `Expected to read ahead but found ${error}` }));
    const port = this.#channel.port2;
    const task: PrefetchTask = { ...options, control: this.#control, error: this.#error, port };
    this.#worker.postMessage(task, [port]);
  }

  /** Position of the first record in the next batch. */
  get position(): Position {
    return this.#position;
  }

  /** What is wrong with each record that was left out since the last call. */
  takeSkipped(): string[] {
    const skipped = this.#skipped;
    this.#skipped = [];
    return skipped;
  }

  /**
   * Waits for the next batch and passes it to `use`. Throws the Worker's error, a CremaError, after the
   * batches before it.
   */
  take(use: (batch: Batch) => void): void {
    this.#await();
    const control = this.#control;
    while (this.#received < Atomics.load(control, Word.POSTED)) this.#receive();
    const slot = this.#slots[(this.#taken >>> 0) % this.#slots.length]!;
    try {
      use(slot);
    } finally {
      this.#position = slot.next;
      this.#taken = (this.#taken + 1) | 0;
      Atomics.store(control, Word.TAKEN, this.#taken);
      const ahead = (Atomics.load(control, Word.FILLED) - this.#taken) | 0;
      // Wakes the Worker for several batches at a time.
      if (ahead <= this.#slots.length >> 1) this.#wake();
    }
  }

  /** Stops the Worker. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#failure = new CremaError(
      `Expected the data source '${this.#sourceName}' to be open but found it disposed`,
    );
    this.#stop();
    this.#channel.port1.close();
    this.#worker.terminate();
  }

  #await(): void {
    const control = this.#control;
    let pulse = -1, silence = 0;
    while (true) {
      if (this.#failure !== undefined) throw this.#failure;
      const news = Atomics.load(control, Word.NEWS);
      if (Atomics.load(control, Word.FILLED) !== this.#taken) return;
      if (Atomics.load(control, Word.STATE) === State.FAILED) {
        this.#fail(this.#readError());
        continue;
      }
      const beat = Atomics.load(control, Word.PULSE);
      if (beat !== pulse) silence = 0;
      pulse = beat;
      if (silence >= this.#patience) this.#giveUp();
      else {
        // Counts checks, not clock time: while the process is suspended, the Worker is silent too.
        const look = Math.min(LOOK, this.#patience - silence);
        if (Atomics.wait(control, Word.NEWS, news, look) === "timed-out") silence += look;
      }
    }
  }

  #giveUp(): void {
    this.#givenUp = true;
    const seconds = this.#patience / 1000;
    this.#fail({
      reason:
        `Expected a batch of '${this.#sourceName}' but found no sign of life from its Worker for ${seconds} s`,
    });
  }

  #receive(): void {
    const { message } = receiveMessageOnPort(this.#channel.port1) as { message: SlotBuffer | SkippedRecord };
    if ("skipped" in message) this.#skipped.push(message.skipped);
    else this.#slots[message.slot] = new BatchSlot(message.buffer);
    this.#received++;
  }

  #readError(): PrefetchError {
    const length = Atomics.load(this.#control, Word.ERROR_LENGTH);
    return JSON.parse(new TextDecoder().decode(this.#error.slice(0, length)));
  }

  #fail({ reason, hint, stack }: PrefetchError): void {
    const cause = new Error(reason);
    if (stack !== undefined) cause.stack = stack;
    this.#failure ??= new CremaError(reason, { hint, cause });
  }

  #wake(): void {
    Atomics.add(this.#control, Word.WAKE, 1);
    Atomics.notify(this.#control, Word.WAKE);
  }

  /** Waits until the Worker has released everything, or has clearly failed to. */
  #stop(): void {
    const control = this.#control;
    if (Atomics.compareExchange(control, Word.STATE, State.STARTING, State.STOPPED) === State.STARTING) {
      return;
    }
    Atomics.compareExchange(control, Word.STATE, State.RUNNING, State.STOPPING);
    this.#wake();
    const end = performance.now() + (this.#givenUp ? GIVEN_UP_PATIENCE : STOP_PATIENCE);
    while (true) {
      const news = Atomics.load(control, Word.NEWS);
      if (Atomics.load(control, Word.STATE) >= State.STOPPED) return;
      const left = end - performance.now();
      if (left <= 0) return;
      Atomics.wait(control, Word.NEWS, news, left);
    }
  }
}
