import { CremaError } from "../../base/error.ts";

/** The most that an input may grow to when it is decoded. Small files can hold a lot. */
export interface InputLimits {
  /** Pixels of an image. */
  pixels?: number | undefined;
  /** Bytes of an IDX file, once it is unpacked. */
  idxBytes?: number | undefined;
  /** Is awaited before an image of so many pixels is decoded: it may have to wait for others. */
  admit?: ((pixels: number) => Promise<void>) | undefined;
}

/** An input that is larger than its {@link InputLimits}. */
export class InputLimitError extends CremaError {
  override name = "InputLimitError";
}
