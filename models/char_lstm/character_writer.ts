import { Net } from "crema";
import { fileURLToPath } from "node:url";
import { Random } from "../shared/random.ts";
import { Alphabet } from "./alphabet.ts";

const FOLDER = import.meta.url;

/** How a {@link CharacterWriter} writes. */
export interface WriteOptions {
  /** The text to go on from, in characters of the alphabet. */
  readonly prompt: string;
  /** How many characters to write. */
  readonly length: number;
  /**
   * Probabilities become p^(1 / temperature): below 1, likely characters are likelier still; 0 takes the
   * likeliest.
   */
  readonly temperature: number;
  /** The same seed writes the same text. */
  readonly seed: number;
}

/** Writes text with the network of `deploy.prototxt`, one character after the other. */
export class CharacterWriter implements Disposable {
  readonly #net: Net;
  readonly #alphabet: Alphabet;

  private constructor(net: Net, alphabet: Alphabet) {
    this.#net = net;
    this.#alphabet = alphabet;
  }

  /** Opens the network with weights of the solver: a path. Throws a CremaError if they do not fit. */
  static async open(weights: string): Promise<CharacterWriter> {
    const alphabet = new Alphabet(await Deno.readTextFile(new URL("shakespeare.txt", FOLDER)));
    const model = fileURLToPath(new URL("deploy.prototxt", FOLDER));
    return new CharacterWriter(await Net.fromFile(model, { phase: "TEST", weights }), alphabet);
  }

  /**
   * Gives the characters that follow a prompt, without the prompt itself. Each call begins with an empty memory.
   * Throws a RangeError for an empty prompt, or one with a character that the alphabet does not have.
   */
  *write({ prompt, length, temperature, seed }: WriteOptions): Generator<string, void> {
    const numbers = this.#alphabet.encode(prompt);
    if (numbers.length === 0) {
      throw new RangeError("Expected a prompt of one or more characters but found none");
    }
    let probabilities: Float32Array = new Float32Array();
    for (const [i, number] of numbers.entries()) probabilities = this.#step(number, i > 0);
    for (let i = 0; i < length; i++) {
      const number = choose(probabilities, temperature, new Random(seed, i).uniform());
      yield this.#alphabet.characters[number]!;
      probabilities = this.#step(number, true);
    }
  }

  /** Disposes of the net. */
  [Symbol.dispose](): void {
    this.#net[Symbol.dispose]();
  }

  /** The probabilities of the character after this one, which goes on from those before or begins anew. */
  #step(number: number, goesOn: boolean): Float32Array {
    this.#net.blob("characters").data.fill(number);
    this.#net.blob("cont").data.fill(goesOn ? 1 : 0);
    this.#net.forward();
    return this.#net.blob("prob").data;
  }
}

/** The first number at which the sum of the probabilities, changed by the temperature, is above the given share. */
function choose(probabilities: Float32Array, temperature: number, share: number): number {
  const most = Math.max(...probabilities);
  if (temperature === 0) return probabilities.indexOf(most);
  const weights = Array.from(probabilities, (p) => (p / most) ** (1 / temperature));
  let left = share * weights.reduce((sum, weight) => sum + weight);
  const chosen = weights.findIndex((weight) => (left -= weight) < 0);
  return chosen >= 0 ? chosen : probabilities.indexOf(most); // rounding may leave a little at the end
}
