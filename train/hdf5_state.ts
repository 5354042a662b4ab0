import type { Hdf5Content, Hdf5Value } from "../data/arrays/hdf5_content.ts";
import { decode, encode } from "../proto/codec/binary.ts";
import { CremaError } from "../base/error.ts";
import type { BlobProto, SolverState } from "../proto/messages.ts";

/** Name of the dataset for the parts of a SolverState that Caffe does not know. */
const ADDITIONS = "crema";

/** A solver's state in Caffe's HDF5 layout: `iter`, `current_step`, `learned_net`, `history/<index>`. */
export function hdf5State(bytes: Uint8Array, learnedNet: string): Hdf5Content {
  const { iter = 0, current_step = 0, history = [], learned_net: _, ...additions } = decode(
    "SolverState",
    bytes,
  );
  const values = new Map<string, Hdf5Value>([
    ["iter", whole(iter)],
    ["learned_net", learnedNet],
    ["current_step", whole(current_step)],
  ]);
  for (const [i, blob] of history.entries()) {
    values.set(`history/${i}`, { shape: blob.shape?.dim ?? [], values: blob.data ?? new Float32Array() });
  }
  const rest = encode("SolverState", additions);
  if (rest.length > 0) values.set(ADDITIONS, { shape: [rest.length], values: rest });
  return { groups: new Set(["history"]), values };
}

/** Reads a SolverState from HDF5. Throws a CremaError when the contents are not a solver state. */
export function readHdf5State({ groups, values }: Hdf5Content, file: string): SolverState {
  const number = (path: string): number => {
    const value = values.get(path);
    if (value !== undefined && typeof value !== "string" && value.values.length === 1) {
      return value.values[0]!;
    }
    const hint = "Pass weights alone (.caffemodel.h5) with --weights.";
    throw new CremaError(`Expected a solver state but found no number '${path}' in it`, { file, hint });
  };
  if (!groups.has("history")) {
    throw new CremaError("Expected a solver state but found no group 'history' in it", { file });
  }
  const history: BlobProto[] = [];
  for (let value; (value = values.get(`history/${history.length}`)) !== undefined;) {
    if (typeof value === "string") throw new CremaError("Expected history but found a string", { file });
    history.push({ shape: { dim: [...value.shape] }, data: Float32Array.from(value.values) });
  }
  const learnedNet = values.get("learned_net"), additions = values.get(ADDITIONS);
  return {
    ...(additions === undefined || typeof additions === "string"
      ? {}
      : decode("SolverState", Uint8Array.from(additions.values), { file })),
    iter: number("iter"),
    current_step: number("current_step"),
    history,
    ...(typeof learnedNet === "string" ? { learned_net: learnedNet } : {}),
  };
}

function whole(value: number): Hdf5Value {
  return { shape: [1], values: Int32Array.of(value) };
}
