import { type Blob, Layer } from "crema";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { Random } from "../shared/random.ts";
import { Alphabet } from "./alphabet.ts";

const params = z.strictObject({
  source: z.string().default("shakespeare.txt").describe(
    "the text; a relative path starts at this module's folder",
  ),
  from: z.number().min(0).lt(1).default(0).describe("where the part to read begins: 0 is the text's start"),
  to: z.number().gt(0).max(1).default(1).describe("where the part to read ends: 1 is the text's end"),
  steps: z.int().positive().describe("time steps per batch (T)"),
  streams: z.int().positive().describe("streams side by side (N)"),
});

/** Where a {@link TextStreamsLayer} stands. */
interface TextPosition {
  epoch: number;
  batch: number;
  seed: number;
}

/**
 * A text for a recurrent network that tells the next character, in streams that go on from batch to batch:
 * truncated backpropagation through time. No bottoms; tops, all (T, N), as Caffe's recurrent layers want them: the
 * characters' numbers in the {@link Alphabet} of the whole text; `cont`, 0 where a stream begins and 1 where it
 * goes on; and the numbers of the characters that follow.
 *
 * An epoch has B = ⌊(M − 1) / (T N)⌋ batches of the part's M characters. Character t of stream n in batch b is
 * number s + (n B + b) T + t of the part. The start s is 0 in phase TEST; in phase TRAIN, each epoch draws it from
 * the M − 1 − B T N characters that are left over, so that batches end elsewhere.
 *
 * `save` keeps the position. What an LSTM remembers is in no snapshot: a resumed run has the bits of one that
 * was not interrupted if it resumes at the end of an epoch, where all streams begin anew.
 */
export class TextStreamsLayer extends Layer<z.output<typeof params>> {
  static bottoms = 0;
  static tops = 3;
  static params = params;
  static examples = [{ bottoms: [], tops: 3, param: { steps: 5, streams: 2 }, random: true }];
  readonly #text = this.#read();
  #position = { epoch: 0, batch: 0 };
  #seed = this.seed === undefined || this.seed < 0 ? this.random.integer(2 ** 32) : this.seed;

  /** How many batches an epoch has. */
  get batches(): number {
    const { steps, streams } = this.param;
    return Math.floor((this.#text.length - 1) / (steps * streams));
  }

  override reshape(_: [], tops: [Blob, Blob, Blob]): void {
    for (const top of tops) top.reshape(this.param.steps, this.param.streams);
  }

  override forward(_: [], [characters, cont, next]: [Blob, Blob, Blob]): void {
    const { steps, streams } = this.param, { batches } = this, { epoch, batch } = this.#position;
    const start = this.#start(epoch), from = this.#text;
    const now = characters.data, later = next.data;
    for (let stream = 0; stream < streams; stream++) {
      let at = start + (stream * batches + batch) * steps;
      for (let i = stream; i < now.length; i += streams, at++) {
        now[i] = from[at]!;
        later[i] = from[at + 1]!;
      }
    }
    cont.data.fill(1);
    if (batch === 0) cont.data.fill(0, 0, streams);
    this.#position = batch + 1 === batches ? { epoch: epoch + 1, batch: 0 } : { epoch, batch: batch + 1 };
  }

  /** Data has no gradient. */
  override backward(): void {}

  /** The position of the next batch, and the seed of the epochs' starts. */
  override save(): TextPosition {
    return { ...this.#position, seed: this.#seed };
  }

  /** Throws a RangeError if the part is too short now. */
  override restore({ epoch, batch, seed }: TextPosition): void {
    if (batch >= this.batches) {
      throw new RangeError(`Expected a text of more than ${batch} batches but found ${this.batches}`);
    }
    this.#seed = seed;
    this.#position = { epoch, batch };
  }

  #start(epoch: number): number {
    if (this.phase === "TEST") return 0;
    const { steps, streams } = this.param, left = this.#text.length - 1 - this.batches * steps * streams;
    return Math.floor(new Random(this.#seed, epoch).uniform() * (left + 1));
  }

  #read(): Uint16Array {
    const { source, from, to, steps, streams } = this.param;
    const text = Deno.readTextFileSync(resolve(fileURLToPath(new URL(".", import.meta.url)), source));
    const all = new Alphabet(text).encode(text);
    const part = all.subarray(Math.round(from * all.length), Math.round(to * all.length));
    if (part.length > steps * streams) return part;
    const wanted = `${steps} steps of ${streams} streams and one more, ${steps * streams + 1} characters,`;
    throw new RangeError(`Expected a part with ${wanted} but found ${part.length} in '${source}'`);
  }
}
