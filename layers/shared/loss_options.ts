import { z } from "zod";

/** What `loss_param` can say, as keys of a `param_str` schema: what LossLabels reads. */
export const lossOptions = {
  ignore_label: z.int().optional().describe("items with this label add nothing"),
  normalization: z.enum(["FULL", "VALID", "BATCH_SIZE", "NONE"]).optional()
    .describe("what the loss is divided by; VALID unless loss_param says otherwise"),
  normalize: z.boolean().optional().describe("the older form: true for VALID, false for BATCH_SIZE"),
};

/** What Caffe's `loss_param` says, as a layer's `param_str` can say it too. */
export type LossOptions = {
  [Key in keyof typeof lossOptions]?: z.output<(typeof lossOptions)[Key]>;
};
