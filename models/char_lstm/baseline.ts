/**
 * Prints what n-gram models learn of the text: `deno run -A models/char_lstm/baseline.ts`
 *
 * @module
 */

import { Alphabet } from "./alphabet.ts";
import { NgramModel } from "./ngram_model.ts";

if (import.meta.main) {
  const text = await Deno.readTextFile(new URL("shakespeare.txt", import.meta.url));
  const alphabet = new Alphabet(text), numbers = alphabet.encode(text);
  const held = Math.round(0.9 * numbers.length);
  for (let order = 1; order <= 8; order++) {
    const model = new NgramModel(numbers.subarray(0, held), order, alphabet.size);
    const { bits, accuracy } = model.test(numbers, held);
    const line = `${order}-grams: ${bits.toFixed(3)} bits per character of the held-out part, accuracy ${
      accuracy.toFixed(4)
    }\n`;
    await Deno.stdout.write(new TextEncoder().encode(line));
  }
}
