import type { Dice } from "../dice.ts";
import { joinBytes } from "../../../base/join_bytes.ts";

/** Numbers that lengths, counts and offsets go wrong with. */
const NUMBERS = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  -1n,
];

/** What text goes wrong with. */
const TEXTS = [
  ...[
    "",
    "-1",
    "0",
    "4294967295",
    "4294967296",
    "9223372036854775808",
    "1e999",
    "-1e-999",
    "nan",
    "inf",
    "0x7f",
  ],
  ...[
    '"',
    "'",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\0",
    "\r",
    "\u2028",
    "\uFEFF",
    "#",
    "__proto__",
    "constructor",
  ],
  "{ ".repeat(3000),
  "9".repeat(400),
  "[".repeat(20_000),
];

/** A damaged copy of one of some files: one change, or up to six. `text` adds those that matter to text. */
export function mutate(dice: Dice, files: readonly Uint8Array[], text: boolean): Uint8Array {
  let bytes: Uint8Array = dice.pick(files)!.slice();
  for (let i = dice.roll() < 0.6 ? 1 : 1 + dice.below(6); i > 0; i--) {
    const change = dice.pick(text && dice.roll() < 0.5 ? textChanges : changes)!;
    bytes = change(dice, bytes, files);
  }
  return bytes;
}

type Change = (dice: Dice, bytes: Uint8Array, files: readonly Uint8Array[]) => Uint8Array;

const changes: readonly Change[] = [
  function flipBit(dice, bytes) {
    if (bytes.length > 0) bytes[dice.below(bytes.length)]! ^= 1 << dice.below(8);
    return bytes;
  },
  function setByte(dice, bytes) {
    if (bytes.length > 0) bytes[dice.below(bytes.length)] = dice.below(256);
    return bytes;
  },
  function setNumber(dice, bytes) {
    const size = dice.pick([1, 2, 4, 8])!, value = dice.pick(NUMBERS)!;
    if (bytes.length < size) return bytes;
    const at = dice.below(bytes.length - size + 1), little = dice.roll() < 0.5;
    for (let i = 0; i < size; i++) {
      bytes[at + i] = Number((value >> BigInt(8 * (little ? i : size - 1 - i))) & 0xffn);
    }
    return bytes;
  },
  (dice, bytes) => bytes.slice(0, dice.below(bytes.length + 1)),
  function drop(dice, bytes) {
    const at = dice.below(bytes.length + 1);
    return joinBytes([bytes.subarray(0, at), bytes.subarray(at + dice.below(40))]);
  },
  function repeat(dice, bytes) {
    const at = dice.below(bytes.length + 1), part = bytes.subarray(at, at + dice.below(200));
    return joinBytes([bytes.subarray(0, at), part, bytes.subarray(at)]);
  },
  function splice(dice, bytes, files) {
    const other = dice.pick(files)!, from = dice.below(other.length + 1), at = dice.below(bytes.length + 1);
    const part = other.subarray(from, from + dice.below(300));
    return joinBytes([
      bytes.subarray(0, at),
      part,
      bytes.subarray(at + (dice.roll() < 0.5 ? part.length : 0)),
    ]);
  },
  function insert(dice, bytes) {
    const at = dice.below(bytes.length + 1);
    const part = Uint8Array.from({ length: dice.below(20) }, () => dice.below(256));
    return joinBytes([bytes.subarray(0, at), part, bytes.subarray(at)]);
  },
];

const textChanges: readonly Change[] = [
  function insertText(dice, bytes) {
    const at = dice.below(bytes.length + 1);
    return joinBytes([bytes.subarray(0, at), encoded(dice), bytes.subarray(at)]);
  },
  function replaceWord(dice, bytes) {
    const words = [...new TextDecoder("latin1").decode(bytes).matchAll(/[\w.+-]+/g)];
    const word = dice.pick(words);
    if (word === undefined) return bytes;
    return joinBytes([
      bytes.subarray(0, word.index),
      encoded(dice),
      bytes.subarray(word.index + word[0].length),
    ]);
  },
];

const encoded = (dice: Dice) => new TextEncoder().encode(dice.pick(TEXTS)!);
