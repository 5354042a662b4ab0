import { counted } from "../../base/counted.ts";
import { CremaError } from "../../base/error.ts";
import { decode, type DecodeOptions, encode } from "../../proto/codec/binary.ts";
import { weightsOnly } from "../../proto/codec/weights_only.ts";
import type { LayerParameter } from "../../proto/messages.ts";
import { upgradeNet } from "../../proto/upgrade/upgrade.ts";

/** What a .caffemodel holds. */
export interface Caffemodel {
  /** What a net copies of it, with old V1 layers upgraded. */
  readonly whole: Uint8Array;
  /** Names of the layers with parameters. */
  readonly names: Set<string>;
  /** All layers. */
  readonly layers: readonly LayerParameter[];
  /** Whether its layers had the old (V1) form. */
  readonly isOld: boolean;
}

/** Reads a .caffemodel. Throws a CremaError when it is empty or damaged. */
export function readCaffemodel(bytes: Uint8Array, place: DecodeOptions): Caffemodel {
  if (bytes.length === 0) throw new CremaError("Expected weights but found nothing: 0 bytes", place);
  const weights = weightsOnly(bytes) ?? bytes;
  const net = decode("NetParameter", weights, place);
  const found = net.layer?.length ?? 0, { layer_count: expected = found } = net;
  if (found < expected) {
    throw new CremaError(
      `Expected the weights of ${counted(expected, "layer")} but found those of ${found}`,
      {
        ...place,
        hint: "The file was cut. Check that it was copied whole.",
      },
    );
  }
  const isOld = net.layers !== undefined && net.layers.length > 0;
  const { layer = [] } = isOld ? upgradeNet(net) : net;
  return {
    layers: layer,
    isOld,
    whole: isOld ? encode("NetParameter", { layer: layer.map(weightsOf) }) : weights,
    names: new Set(layer.filter(({ blobs = [] }) => blobs.length > 0).map(({ name = "" }) => name)),
  };
}

/** What of a layer a net copies. */
export function weightsOf({ name = "", type = "", blobs = [] }: LayerParameter): LayerParameter {
  return { name, type, blobs };
}
