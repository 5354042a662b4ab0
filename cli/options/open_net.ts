import { type EngineOptions, Net } from "../../net/mod.ts";
import { type CommonOptions, moduleCache } from "./common_options.ts";

/** What the common options mean to nets and solvers. */
export function engineOptions(options: CommonOptions): EngineOptions {
  const { engine, threads, layerPath, layers, level, stage } = options;
  return { moduleCache: moduleCache(options), engine, threads, layerPath, layers, level, stage };
}

/** Makes the net of `--model`, with the common options. Throws a CremaError. */
export async function openNet(
  options: CommonOptions & { model: string },
  phase: "TRAIN" | "TEST",
): Promise<Net> {
  return await Net.fromFile(options.model, { ...engineOptions(options), phase });
}
