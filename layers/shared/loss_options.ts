import { z } from "zod";

/** The fields of `loss_param` as keys of a `param_str` schema, for LossLabels. */
export const lossOptions = {
  ignore_label: z.int().optional().describe("items with this label do not count"),
  normalization: z.enum(["FULL", "VALID", "BATCH_SIZE", "NONE"]).optional()
    .describe("what the loss is divided by; by default loss_param's, else VALID"),
  normalize: z.boolean().optional().describe(
    "the old form of normalization: true is VALID, false is BATCH_SIZE",
  ),
};

/** The options of Caffe's `loss_param`, which a layer's `param_str` can set too. */
export type LossOptions = {
  [Key in keyof typeof lossOptions]?: z.output<(typeof lossOptions)[Key]>;
};
