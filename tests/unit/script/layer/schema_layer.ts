import { z } from "zod";
import type { Blob } from "../../../../ffi/blob.ts";
import { Layer } from "../../../../layers/layer.ts";

const params = z.strictObject({ factor: z.number().default(2) });

/** y = factor · x. */
export class TimesLayer extends Layer<z.output<typeof params>> {
  static params = params;

  override reshape([x]: [Blob], [y]: [Blob]): void {
    y.reshape(x.shape);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    y.data.set(x.data.map((value) => this.param.factor * value));
  }
}
