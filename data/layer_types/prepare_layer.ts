import type { Engine } from "../../ffi/engine.ts";
import type { HostLayerContext } from "../../ffi/host/host_layer.ts";
import type { PreparedLayer } from "../../ffi/host/plan_layers.ts";
import type { LayerParameter } from "../../proto/messages.ts";

/** Prepares a layer of one type. Throws a CremaError when its parameters, or the files that it names, are wrong. */
export type PrepareLayer = (
  layer: LayerParameter,
  context: HostLayerContext,
  engine: Engine,
) => PreparedLayer | Promise<PreparedLayer>;
