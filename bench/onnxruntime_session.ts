import ort from "onnxruntime-node";

/** Opens an .onnx file, or its bytes, in onnxruntime with so many threads, and as it is used for speed: all optimizations on. */
export async function openSession(
  model: string | Uint8Array,
  threads: number,
): Promise<ort.InferenceSession> {
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  };
  return typeof model === "string"
    ? await ort.InferenceSession.create(model, options)
    : await ort.InferenceSession.create(model, options);
}

/** Zeros for each input of a session, whose lengths by name are the batch. */
export function zeros(session: ort.InferenceSession, batch: number): Record<string, ort.Tensor> {
  return Object.fromEntries(session.inputMetadata.map((input) => {
    if (!input.isTensor) {
      throw new Error(`Expected a tensor for input ${input.name} but found something else`);
    }
    const dims = input.shape.map((length) => typeof length === "number" ? length : batch);
    const count = dims.reduce((product, length) => product * length, 1);
    return [input.name, new ort.Tensor("float32", new Float32Array(count), dims)];
  }));
}
