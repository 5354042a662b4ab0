/**
 * `deno run -A tests/fuzz/formats/make_corpus.ts`: makes tests/fuzz/corpus, the small files that the fuzzers damage.
 *
 * @module
 */

import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { writeHdf5 } from "../../../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../../../data/arrays/load_hdf5.ts";
import { ndArray } from "../../../data/arrays/nd_array.ts";
import { npzOf } from "../../../data/arrays/npz.ts";
import { loadSharp } from "../../../data/images/load_sharp.ts";
import { LmdbWriter } from "../../../data/sources/lmdb_writer.ts";
import { joinBytes } from "../../../base/join_bytes.ts";
import type { NetHandle } from "../../../ffi/net_handle.ts";
import { safetensorsParts } from "../../../net/weights/safetensors.ts";
import { encodeModel } from "../../../onnx/mod.ts";
import { hdf5Weights } from "../../../net/hdf5_weights.ts";
import { encode } from "../../../proto/codec/binary.ts";
import { hdf5State } from "../../../train/hdf5_state.ts";
import { Solver } from "../../../train/solver.ts";
import { corpusFolder } from "./corpus.ts";
import { SMALL_NET, SMALL_SOLVER } from "./small_solver.ts";

const OLD_NET = `name: "old" input: "data" input_dim: 1 input_dim: 1 input_dim: 3 input_dim: 3 # four axes
layers { name: "ip" type: INNER_PRODUCT bottom: "data" top: "ip" blobs_lr: 1 blobs_lr: 2 weight_decay: 1 weight_decay: 0
  inner_product_param { num_output: 2 weight_filler { type: "uniform" min: -0.5 max: 0.5 } } }
layers { name: "drop" type: DROPOUT bottom: "ip" top: "ip" dropout_param { dropout_ratio: 0.4 } include { phase: TRAIN } }
layers { name: "prob" type: SOFTMAX bottom: "ip" top: "prob" }
`;

const ANY_NET = `name: "any" state { phase: TEST level: 1 stage: "a" } force_backward: true
layer { name: 'in' type: "Input" top: "a" top: "b" input_param { shape: { dim: 2 dim: 3 dim: 4 dim: 4 } } }
layer { name: "bn" type: "BatchNorm" bottom: "a" top: "a" batch_norm_param < eps: 1e-3 > }
layer { name: "scale" type: "Scale" bottom: "a" top: "s" param { name: "w" lr_mult: 0.5 } scale_param { bias_term: true } }
layer { name: "pool" type: "Pooling" bottom: "s" top: "p" pooling_param { pool: AVE kernel_size: 2 stride: 2 } }
layer { name: "lrn" type: "LRN" bottom: "p" top: "n" lrn_param { local_size: 3 norm_region: WITHIN_CHANNEL } }
layer { name: "flat" type: "Flatten" bottom: "n" top: "f" } layer { name: "quiet" type: "Silence" bottom: "b" }
layer { name: "sum" type: "Eltwise" bottom: "f" bottom: "f" top: "e" eltwise_param { coeff: [ 1, -2.5 ] } }
layer { name: "cut" type: "Slice" bottom: "e" top: "c" top: "d" slice_param { axis: -1 slice_point: 5 } }
`;

const COMPRESSED_NPZ =
  "UEsDBC0AAAAIAAAAIQARgChL//////////8IABQAaXAvMC5ucHkBABAAsAAAAAAAAABKAAAAAAAAAJvsF+obEMnIUMZQrZ6S" +
  "WpxcpG6loG6TZqSuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6ChaaOgq1CmQDLgYb0iAAUEsDBC0AAAAIAAAA" +
  "IQAu4/m8//////////8IABQAaXAvMS5ucHkBABAAmAAAAAAAAABHAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGu" +
  "o6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GHAAAUEsBAi0DLQAAAAgAAAAhABGAKEtKAAAAsAAA" +
  "AAgAAAAAAAAAAAAAAIABAAAAAGlwLzAubnB5UEsBAi0DLQAAAAgAAAAhAC7j+bxHAAAAmAAAAAgAAAAAAAAAAAAAAIABhAAA" +
  "AGlwLzEubnB5UEsFBgAAAAACAAIAbAAAAAUBAAAAAA==";

async function write(format: string, name: string, bytes: Uint8Array | string): Promise<void> {
  await Deno.mkdir(corpusFolder(format), { recursive: true });
  const content = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  await Deno.writeFile(join(corpusFolder(format), name), content);
}

async function makeImages(): Promise<void> {
  const sharp = await loadSharp();
  const image = (channels: 1 | 3 | 4) =>
    sharp(Uint8Array.from({ length: 9 * 7 * channels }, (_, i) => (i * 37) % 256), {
      raw: { width: 9, height: 7, channels },
    });
  await write("image", "colour.png", await image(3).png().toBuffer());
  await write("image", "alpha.png", await image(4).png().toBuffer());
  await write("image", "grey.png", await image(1).png({ progressive: true }).toBuffer());
  await write("image", "colour.jpg", await image(3).jpeg().toBuffer());
  await write("image", "progressive.jpg", await image(3).jpeg({ progressive: true }).toBuffer());
}

async function makeSnapshots(): Promise<void> {
  using solver = await Solver.fromText(SMALL_SOLVER);
  solver.step(3);
  const library = await loadHdf5(), state = solver.saveState(), { handle } = solver.net;
  await write("caffemodel", "plain.caffemodel", handle.save(false));
  await write("caffemodel", "diffs.caffemodel", handle.save(true));
  const blobs = handle.layers.find(({ name }) => name === "ip")!.params;
  const old = encode("NetParameter", {
    layers: [{
      name: "ip",
      type: "INNER_PRODUCT",
      blobs: blobs.map((blob) => {
        const [height = 1, width = 1] = blob.shape.length === 2 ? blob.shape : [1, blob.count];
        return { num: 1, channels: 1, height, width, data: blob.read() };
      }),
    }],
  });
  await write("caffemodel", "old.caffemodel", old);
  await write("hdf5_weights", "weights.caffemodel.h5", writeHdf5(library, hdf5Weights(handle, true)));
  await makeFlatWeights(handle);
  await write("solverstate", "adam.solverstate", state);
  await write("hdf5_state", "adam.solverstate.h5", writeHdf5(library, hdf5State(state, "")));
}

/** The weights as .safetensors and .npz files of each width, and as initializers. */
async function makeFlatWeights(net: NetHandle): Promise<void> {
  const parameters = net.layers.flatMap(({ name, params }) =>
    params.map((blob, i) => ({ name: `${name}/${i}`, shape: blob.shape, read: () => blob.read() }))
  );
  await write("safetensors", "floats.safetensors", joinBytes([...safetensorsParts(parameters)]));
  await write("safetensors", "half.safetensors", halfSafetensors());
  const arrays = parameters.map(({ name, shape, read }) => [name, ndArray(shape, read())] as const);
  await write("npz", "floats.npz", npzOf(new Map(arrays)));
  // `numpy.savez_compressed(file, **{"ip/0": ones((3, 8), "f2"), "ip/1": zeros(3, "f8")})`
  await write("npz", "compressed.npz", Uint8Array.fromBase64(COMPRESSED_NPZ));
  const initializer = arrays.map(([name, { shape, data }], i) => ({
    name,
    dims: [...shape],
    data_type: 1,
    ...(i % 2 === 0 ? { raw_data: new Uint8Array(data.slice().buffer) } : { float_data: Array.from(data) }),
  }));
  await write(
    "onnx_weights",
    "floats.onnx",
    encodeModel({ ir_version: 7, graph: { name: "net", initializer } }),
  );
}

/** A file with tensors of several types. */
function halfSafetensors(): Uint8Array {
  const header = JSON.stringify({
    __metadata__: { format: "pt" },
    "ip.weight": { dtype: "BF16", shape: [3, 8], data_offsets: [0, 48] },
    "ip.bias": { dtype: "F64", shape: [3], data_offsets: [48, 72] },
    "steps": { dtype: "I64", shape: [], data_offsets: [72, 80] },
  });
  const json = new TextEncoder().encode(header.padEnd(Math.ceil(header.length / 8) * 8));
  const length = new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer);
  return joinBytes([length, json, new Uint8Array(80)]);
}

function idx(type: number, shape: readonly number[], values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length * (type === 8 ? 1 : 4));
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, type, shape.length]);
  shape.forEach((length, i) => view.setUint32(4 + 4 * i, length));
  const start = 4 + 4 * shape.length;
  values.forEach((value, i) =>
    type === 8 ? view.setUint8(start + i, value) : view.setFloat32(start + 4 * i, value)
  );
  return bytes;
}

async function makeLmdb(): Promise<void> {
  const folder = await Deno.makeTempDir();
  {
    using writer = new LmdbWriter(join(folder, "lmdb"), { mapSize: 2 ** 20 });
    for (let label = 0; label < 6; label++) {
      // The last is too long for a page of its tree.
      const channels = label === 5 ? 500 : 1;
      const data = Uint8Array.from({ length: channels * 9 }, (_, i) => i % 256);
      writer.write({ channels, height: 3, width: 3, label, data, encoded: false });
    }
    writer.finish();
  }
  await write("lmdb", "data.mdb", await Deno.readFile(join(folder, "lmdb", "data.mdb")));
  await Deno.remove(folder, { recursive: true });
}

const values = Array.from({ length: 6 * 3 * 4 }, (_, i) => (i * 7) % 256);
const hash = (letter: string) => `sha256-${letter.repeat(43)}=`;

await write("net", "net.prototxt", SMALL_NET);
await write("net", "any.prototxt", ANY_NET);
await write("net", "old.prototxt", OLD_NET);
await write("solver", "solver.prototxt", SMALL_SOLVER);
await write(
  "solver",
  "old.prototxt",
  `train_net_param { ${ANY_NET} } solver_type: NESTEROV base_lr: 0.1 lr_policy: "multistep" stepvalue: 3 stepvalue: 5
gamma: 0.5 momentum: 0.9 weight_decay: 5e-4 iter_size: 2 clip_gradients: 1.5 max_iter: 9 snapshot_prefix: "small"
test_net_param { ${ANY_NET} } test_iter: 2 test_interval: 4 display: 2 solver_mode: CPU
`,
);
await makeSnapshots();
await makeImages();
await write("csv", "numbers.csv", "length,width,kind\n5.1,3.5,0\n4.9,3.0,1\n6.3,3.3,2\n");
await write("csv", "quoted.csv", '\uFEFF"a","b ""c"""\r\n"1","2e3"\r\n\r\n -4 , .5 \r\n');
await write("idx", "images.idx", idx(8, [6, 3, 4], values));
await write("idx", "floats.idx", idx(13, [6, 1, 3, 4], values));
await write("idx", "images.idx.gz", gzipSync(idx(8, [6, 3, 4], values)));
await write("idx", "labels.idx", idx(8, [6], [0, 1, 2, 3, 4, 5]));
await write(
  "mean",
  "mean.binaryproto",
  encode("BlobProto", { shape: { dim: [1, 3, 4, 4] }, data: new Float32Array(48) }),
);
await write(
  "mean",
  "old.binaryproto",
  encode("BlobProto", { num: 1, channels: 1, height: 2, width: 5, data: new Float32Array(10).fill(0.5) }),
);
await write(
  "lock",
  "crema.lock",
  `${
    JSON.stringify(
      {
        version: 1,
        modules: { "./layer.ts": hash("a"), "https://example.org/a.ts": hash("b") },
        packages: { "npm:zod": "4.6.7" },
        nets: { "net.prototxt": { modules: ["./layer.ts"], packages: ["npm:zod"] } },
      },
      undefined,
      2,
    )
  }\n`,
);
await makeLmdb();
for (const name of ["densenet", "mobilenet_v3", "recurrence", "unet"]) {
  const fixtures = join(import.meta.dirname!, "../../unit/onnx/import/fixtures");
  await write("onnx", `${name}.onnx`, await Deno.readFile(join(fixtures, `${name}.onnx`)));
}
