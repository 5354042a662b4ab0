/** Types of the library that only training and scoring need, beside those that end in "Loss", "Data" and "OHEM". Sorted. */
export const LIBRARY_TRAINING_TYPES: ReadonlySet<string> = new Set([
  "AnchorTarget",
  "ConfusionMatrix",
  "CosinAddm",
  "DetectionEvaluate",
  "EvalDetection",
  "LabelSmoothing",
  "LargeMarginInnerProduct",
  "MarginInnerProduct",
  "Mixup",
  "ProposalTarget",
  "SegAccuracy",
  "SegmentationEvaluate",
  "TopKAccuracy",
  "YoloSeg",
  "Yolov3",
]);
