/** Modules that Crema starts as Workers, from the root: nothing imports them, so whatever packs Crema names them. */
export const WORKER_MODULES = ["data/prefetch/prefetch_worker.ts"] as const;

/** Files that Crema's modules import as text, from the root. */
export const TEXT_FILES = [
  "proto/caffe.schema",
  "models/lenet/net.prototxt",
  "models/mobilenet_v1/net.prototxt",
  "models/resnet18/net.prototxt",
  "models/squeezenet/net.prototxt",
] as const;
