import type { Engine } from "../ffi/engine.ts";
import type { HostLayerContext } from "../ffi/host/host_layer.ts";
import type { DATA_LAYER_TYPES } from "../ffi/host/host_layer_types.ts";
import type { HostLayerProvider, PreparedLayer } from "../ffi/host/plan_layers.ts";
import { environmentVariable } from "../base/environment.ts";
import { CremaError } from "../base/error.ts";
import { locationOf } from "../proto/text/location.ts";
import type { LayerParameter } from "../proto/messages.ts";
import { prepareAnnotatedData } from "./layer_types/prepare_annotated_data.ts";
import { prepareData } from "./layer_types/prepare_data.ts";
import { prepareHdf5Data } from "./layer_types/prepare_hdf5_data.ts";
import { prepareHdf5Output } from "./layer_types/prepare_hdf5_output.ts";
import { prepareImageData } from "./layer_types/prepare_image_data.ts";
import { prepareDenseImageData, prepareImageSegData } from "./layer_types/prepare_segmentation.ts";
import { prepareMemoryData } from "./layer_types/prepare_memory_data.ts";
import { prepareWindowData } from "./layer_types/prepare_window_data.ts";
import type { PrepareLayer } from "./layer_types/prepare_layer.ts";

const TYPES: Readonly<Record<(typeof DATA_LAYER_TYPES)[number], PrepareLayer>> = {
  AnnotatedData: prepareAnnotatedData,
  Data: prepareData,
  DenseImageData: prepareDenseImageData,
  HDF5Data: prepareHdf5Data,
  HDF5Output: prepareHdf5Output,
  ImageData: prepareImageData,
  ImageSegData: prepareImageSegData,
  MemoryData: prepareMemoryData,
  WindowData: prepareWindowData,
};

/** Makes the layers that read data, in place of an engine's own. */
export class DataLayerProvider implements HostLayerProvider {
  /** Data. */
  readonly types: readonly string[] = ["Data"];
  readonly #engine: Engine;

  /** Takes the engine whose library the layers' Workers use to transform batches. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Whether the layer is of a type that reads or writes data. */
  claims({ type = "" }: LayerParameter): boolean {
    return Object.hasOwn(TYPES, type) && !(this.#engine.name === "libcaffe" && keepsOwnLayers());
  }

  /**
   * Reads what the shapes of the tops depend on, such as the first record. Throws a CremaError with the layer's location when something is
   * wrong.
   */
  async prepare(layer: LayerParameter, context: HostLayerContext): Promise<PreparedLayer> {
    try {
      return await TYPES[layer.type as keyof typeof TYPES](layer, context, this.#engine);
    } catch (cause) {
      if (!(cause instanceof CremaError) || cause.layer !== undefined) throw cause;
      // An error about another file (a mean file, for example) keeps that file's name in its reason.
      const place = [cause.file, cause.line].filter((part) => part !== undefined).join(":");
      const reason = place === "" ? cause.reason : `${place}: ${cause.reason}`;
      throw new CremaError(reason, { ...locationOf(layer), layer: layer.name, hint: cause.hint, cause });
    }
  }
}

/** Whether libcaffe is to use its own data layers, for comparison. */
function keepsOwnLayers(): boolean {
  return environmentVariable("CREMA_LIBCAFFE_DATA") === "1";
}
