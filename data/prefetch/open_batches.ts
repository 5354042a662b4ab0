import { Engine } from "../../ffi/engine.ts";
import { loadHdf5 } from "../arrays/load_hdf5.ts";
import { DataRandom } from "../random.ts";
import { openSource } from "../sources/source_spec.ts";
import { AnnotatedReader } from "./annotated_reader.ts";
import type { BatchContext, BatchMaker } from "./batch_maker.ts";
import { BatchReader } from "./batch_reader.ts";
import type { BatchSpec, RecordBatches } from "./batch_spec.ts";
import { DataTransformer } from "./data_transformer.ts";
import { Hdf5Reader } from "./hdf5_reader.ts";
import { RecordStream } from "./record_stream.ts";
import { ScaledImageReader } from "./scaled_image_reader.ts";
import { SegmentationReader } from "./segmentation_reader.ts";
import { WindowReader } from "./window_reader.ts";

/** Opens a source of batches. Throws a CremaError when it is missing or damaged. */
export async function openBatches(spec: BatchSpec, context: BatchContext): Promise<BatchMaker> {
  if (spec.type === "records") return openRecords(spec, context);
  if (spec.type === "windows") return new WindowReader(spec, context);
  if (spec.type === "annotated") return new AnnotatedReader(spec, context);
  if (spec.type === "segmentation") return new SegmentationReader(spec, context);
  if (spec.type === "scaled") return new ScaledImageReader(spec, context);
  return new Hdf5Reader(spec, context, await loadHdf5());
}

function openRecords(
  { source, shuffle, transform, batchSize, skipsBad }: RecordBatches,
  { library, seed, stream: name, start }: BatchContext,
): BatchMaker {
  const random = new DataRandom(seed, name);
  const stream = new RecordStream(openSource(source), { shuffle, random });
  try {
    stream.seek(start);
    const transformer = new DataTransformer(Engine.open(library), transform, random, batchSize);
    return new BatchReader(stream, transform, transformer, batchSize, skipsBad);
  } catch (error) {
    stream[Symbol.dispose]();
    throw error;
  }
}
