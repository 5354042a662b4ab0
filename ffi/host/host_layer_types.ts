/** The layer types that read or write data. TypeScript makes them in place of an engine's own. */
export const DATA_LAYER_TYPES = [
  "AnnotatedData",
  "Data",
  "DenseImageData",
  "HDF5Data",
  "HDF5Output",
  "ImageData",
  "ImageSegData",
  "MemoryData",
  "WindowData",
] as const;

/** The layer types that TypeScript adds to every engine, sorted. */
export const HOST_LAYER_TYPES: readonly string[] = [...DATA_LAYER_TYPES, "Python", "Script"].sort();
