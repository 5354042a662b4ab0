/**
 * The layer types that the library's classes claim, by `static type` or `static aliases`, and the file of
 * each, without its extension. A net that uses a type which its engine lacks gets the class from here, so
 * that the module is imported only then. Sorted; a test compares it with the classes.
 */
export const LIBRARY_TYPES: Readonly<Record<string, string>> = {
  AnchorTarget: "anchor_target",
  ArcFaceLoss: "arc_face_loss",
  BatchReindex: "batch_reindex",
  BoxAnnotatorOHEM: "box_annotator_ohem",
  CSVData: "csv_data",
  CTCLoss: "ctc_loss",
  CenterLoss: "center_loss",
  ConfusionMatrix: "confusion_matrix",
  ContrastiveLoss: "contrastive_loss",
  Cutout: "cutout",
  DetectionEvaluate: "detection_evaluate",
  DetectionOutput: "detection_output",
  DiceLoss: "dice_loss",
  EuclideanLoss: "euclidean_loss",
  Filter: "filter",
  FocalLoss: "focal_loss",
  GELU: "gelu",
  GroupNorm: "group_norm",
  HingeLoss: "hinge_loss",
  ImageFolderData: "image_folder_data",
  InfogainLoss: "infogain_loss",
  L2Normalize: "l2_normalize",
  LabelSmoothing: "label_smoothing",
  LayerNorm: "layer_norm",
  Mish: "mish",
  Mixup: "mixup",
  MultiBoxLoss: "multi_box_loss",
  MultinomialLogisticLoss: "multinomial_logistic_loss",
  Normalize: "normalize",
  PSROIPooling: "psroi_pooling",
  PixelShuffle: "pixel_shuffle",
  PriorBox: "prior_box",
  Proposal: "proposal",
  ProposalTarget: "proposal_target",
  ROIAlign: "roi_align",
  ROIPooling: "roi_pooling",
  SPP: "spp",
  SelfAttention: "self_attention",
  SmoothL1Loss: "smooth_l1_loss",
  SmoothL1LossOHEM: "smooth_l1_loss_ohem",
  SoftmaxLoss: "softmax_loss",
  SoftmaxWithLossOHEM: "softmax_loss",
  TopKAccuracy: "top_k_accuracy",
  TripletLoss: "triplet_loss",
  Upsample: "upsample",
};

/**
 * The modules of forks' Python layers that the library has, by their Python name, and the file of each. A
 * layer of type Python that names one, `python_param { module: "rpn.proposal_layer" }`, gets the class of
 * that file.
 */
export const PYTHON_MODULES: Readonly<Record<string, string>> = {
  "rpn.anchor_target_layer": "anchor_target",
  "rpn.proposal_layer": "proposal",
  "rpn.proposal_target_layer": "proposal_target",
};
