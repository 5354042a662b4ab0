import { join } from "node:path";
import { CremaError } from "../../../base/error.ts";
import { readBytes } from "../../../base/read_bytes.ts";
import { encode } from "../../../proto/codec/binary.ts";
import { type Backend, openWriter } from "../../sources/open_writer.ts";
import { type ConvertProgress, turn } from "./convert_progress.ts";

/** Where CIFAR-10's binary files are, and where its databases go. */
export interface ConvertCifar10Options extends ConvertProgress {
  /** The folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin. */
  from: string;
  /** The folder for cifar10_train_lmdb and cifar10_test_lmdb (or _leveldb). */
  out: string;
  /** Default: lmdb. */
  backend?: Backend | undefined;
}

const CHANNELS = 3, SIDE = 32, PIXELS = CHANNELS * SIDE * SIDE;
const PARTS = {
  train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
  test: ["test_batch.bin"],
};

/**
 * Writes CIFAR-10's two databases of Datum messages from its binary files, record for record as Caffe's
 * convert_cifar_data does. Returns the folders. Throws a CremaError when a file is missing or of the wrong length.
 */
export async function convertCifar10(options: ConvertCifar10Options): Promise<string[]> {
  const { from, out, backend = "lmdb", onProgress, signal } = options;
  const folders: string[] = [];
  for (const [part, names] of Object.entries(PARTS)) {
    const folder = join(out, `cifar10_${part}_${backend}`);
    const files: Uint8Array[] = [];
    for (const name of names) files.push(await readBatch(join(from, name)));
    const total = files.reduce((sum, { length }) => sum + length / (PIXELS + 1), 0);
    await Deno.mkdir(out, { recursive: true });
    using writer = openWriter(folder, backend);
    for (const bytes of files) {
      for (let at = 0; at < bytes.length; at += PIXELS + 1) {
        const data = bytes.subarray(at + 1, at + 1 + PIXELS), label = bytes[at]!;
        const key = String(writer.count).padStart(5, "0");
        const datum = { channels: CHANNELS, height: SIDE, width: SIDE, data, label };
        writer.writeBytes(key, encode("Datum", datum));
        if (writer.count % 1000 !== 0 || writer.count === total) continue;
        onProgress?.(writer.count, total);
        await turn(signal);
      }
    }
    onProgress?.(total, total);
    writer.finish();
    folders.push(folder);
  }
  return folders;
}

async function readBatch(path: string): Promise<Uint8Array> {
  const bytes = await readBytes(path, "a batch of CIFAR-10 (cifar-10-binary.tar.gz)");
  if (bytes.length > 0 && bytes.length % (PIXELS + 1) === 0) return bytes;
  throw new CremaError(
    `Expected records of ${
      PIXELS + 1
    } bytes, a label and ${CHANNELS}x${SIDE}x${SIDE} pixels, but found ${bytes.length} bytes`,
    { file: path },
  );
}
