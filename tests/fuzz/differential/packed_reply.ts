import type { Answer } from "../../conformance/answer.ts";

/** An answer as JSON can hold it: shapes, and values as base64 of their bytes. */
export type PackedAnswer = Record<string, { shape: readonly number[]; values: string }>;

/** What a child process replies. */
export type PackedReply =
  | { answer: PackedAnswer }
  /** The message of the error; `unexpected` when it is no CremaError. */
  | { refused: string; unexpected: boolean };

/** Packs an answer. */
export function packAnswer(answer: Answer): PackedAnswer {
  return Object.fromEntries(
    Object.entries(answer).map(([name, { shape, values }]) => [
      name,
      { shape, values: new Uint8Array(values.buffer, values.byteOffset, values.byteLength).toBase64() },
    ]),
  );
}

/** The answer that was packed. */
export function unpackAnswer(packed: PackedAnswer): Answer {
  return Object.fromEntries(
    Object.entries(packed).map(([name, { shape, values }]) => [
      name,
      { shape, values: new Float32Array(Uint8Array.fromBase64(values).buffer) },
    ]),
  );
}
