import type { LayerExporter } from "./exported_layer.ts";

/** What makes nodes of the layer types that forks of Caffe have, and of recurrent layers. */
export const FORK_EXPORTERS: Readonly<Record<string, LayerExporter>> = {};
