import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What of onnxruntime's JavaScript API a check uses: of `onnxruntime-node`, or of another package of the same API. */
export interface OnnxRuntime {
  /** Makes sessions of models. */
  readonly InferenceSession: {
    create(model: Uint8Array): Promise<OnnxSession>;
  };
  /** Makes the values of inputs. */
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => object;
}

/** A model that is ready to run. */
export interface OnnxSession {
  /** The names of its inputs. */
  readonly inputNames: readonly string[];
  /** Runs it; values by name. */
  run(feeds: Record<string, object>): Promise<Record<string, OnnxResult>>;
  /** Frees it. */
  release(): Promise<void>;
}

/** The value of an output. */
export interface OnnxResult {
  /** Its elements. */
  readonly data: unknown;
  /** Its shape. */
  readonly dims: readonly number[];
}

const PACKAGE = "onnxruntime-node";

/**
 * The `onnxruntime-node` of the project in `folder`: that of the `node_modules` there or above; undefined when there is none.
 * Throws what the package throws when it can't be loaded.
 */
export function onnxRuntimeOf(folder: string): OnnxRuntime | undefined {
  const above = dirname(folder), place = join(folder, "node_modules", PACKAGE);
  if (existsSync(join(place, "package.json"))) return createRequire(join(folder, "package.json"))(place);
  return above === folder ? undefined : onnxRuntimeOf(above);
}
