import { encode } from "../proto/codec/binary.ts";
import type { SolverState } from "../proto/messages.ts";

/**
 * Adds fields to the bytes of a SolverState without decoding it: Protobuf merges messages whose bytes follow
 * each other.
 */
export function extendState(state: Uint8Array, fields: SolverState): Uint8Array {
  const added = encode("SolverState", fields);
  const whole = new Uint8Array(state.length + added.length);
  whole.set(state);
  whole.set(added, state.length);
  return whole;
}
