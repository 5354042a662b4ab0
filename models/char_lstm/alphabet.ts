/** The characters of a text, each with its number: they are in order of their code points. */
export class Alphabet {
  /** The characters, at their numbers. */
  readonly characters: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;

  /** Collects the characters of a text. Throws a RangeError if there are none. */
  constructor(text: string) {
    if (text === "") throw new RangeError("Expected a text with characters but found an empty one");
    this.characters = [...new Set(text)].sort();
    this.#numbers = new Map(this.characters.map((character, number) => [character, number]));
  }

  /** How many characters there are. */
  get size(): number {
    return this.characters.length;
  }

  /** The numbers of a text's characters. Throws a RangeError for a character that is not in the alphabet. */
  encode(text: string): Uint16Array {
    return Uint16Array.from(text, (character) => {
      const number = this.#numbers.get(character);
      if (number !== undefined) return number;
      const all = JSON.stringify(this.characters.join(""));
      throw new RangeError(`Expected characters of ${all} but found ${JSON.stringify(character)}`);
    });
  }
}
