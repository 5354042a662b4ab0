import { loadSharp } from "../../data/images/load_sharp.ts";
import { LmdbSource } from "../../data/mod.ts";
import { ROOT } from "./run_crema.ts";

/** Width and height of a digit. */
const SIZE = 28;

/** Ten images of MNIST's test set, the first of each digit, from 0 to 9, as bytes (28, 28). */
export function tenDigits(): Uint8Array[] {
  using source = new LmdbSource(`${ROOT}data-cache/mnist/mnist_test_lmdb`);
  const digits = new Map<number, Uint8Array>();
  for (let record = source.read(); record !== undefined && digits.size < 10; record = source.read()) {
    if (!digits.has(record.label)) digits.set(record.label, Uint8Array.from(record.data));
  }
  return Array.from({ length: 10 }, (_, digit) => digits.get(digit)!);
}

/** An IDX file of digits. */
export function idxOf(digits: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16 + SIZE * SIZE * digits.length), view = new DataView(bytes.buffer);
  for (const [i, value] of [0x803, digits.length, SIZE, SIZE].entries()) view.setUint32(4 * i, value);
  for (const [i, digit] of digits.entries()) bytes.set(digit, 16 + i * SIZE * SIZE);
  return bytes;
}

/** Digits as raw float32 values from 0 to 1. */
export function rawOf(digits: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    Float32Array.from(digits.flatMap((digit) => [...digit]), (byte) => byte / 255).buffer,
  );
}

/** A PNG file of a digit. */
export async function pngOf(digit: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const sharp = await loadSharp();
  return new Uint8Array(
    await sharp(digit, { raw: { width: SIZE, height: SIZE, channels: 1 } }).png().toBuffer(),
  );
}
