// Generated from caffe.proto by `deno task proto`. Do not edit: change caffe.proto instead.

/** Values of the enum Phase. */
export type Phase = "TRAIN" | "TEST";

/** Values of the enum NumberType. */
export type NumberType = "DOUBLE" | "FLOAT" | "FLOAT16" | "INT" | "UINT" | "BOOL";

/** Values of the enum BlobPacking. */
export type BlobPacking = "NCHW" | "NHWC";

/** Values of the enum DatumTypeInfo. */
export type DatumTypeInfo = "DatumTypeInfo_DATUM" | "DatumTypeInfo_ANNOTATED_DATUM";

/** Values of the enum SparseMode. */
export type SparseMode = "SPARSE_NONE" | "SPARSE_UPDATE";

/** Sizes of a blob, outermost first: (N, C, H, W) for images. */
export interface BlobShape {
  dim?: number[];
}

/** A blob as it is stored: shape and values, row-major. Old files have the four legacy sizes instead of `shape`. */
export interface BlobProto {
  shape?: BlobShape;
  /** Values. */
  data?: Float32Array;
  diff?: Float32Array;
  double_data?: Float64Array;
  double_diff?: Float64Array;
  /** Legacy shape: (num, channels, height, width). Default 0. */
  num?: number;
  /** Default 0. */
  channels?: number;
  /** Default 0. */
  height?: number;
  /** Default 0. */
  width?: number;
}

/** Several blobs in one file. */
export interface BlobProtoVector {
  blobs?: BlobProto[];
}

/** One record of a dataset (LMDB, LevelDB): an image as bytes or floats, (C, H, W), and its label. */
export interface Datum {
  channels?: number;
  height?: number;
  width?: number;
  /** The pixels, (C, H, W), or a compressed image when `encoded`. */
  data?: Uint8Array;
  label?: number;
  /** Used instead of `data` for real values. */
  float_data?: Float32Array;
  /** `data` holds a JPEG or PNG file. Default false. */
  encoded?: boolean;
  /** MobileNet-YOLO. */
  seg_label?: Uint8Array;
  /** Jacinto, NVIDIA. Default 0. */
  record_id?: number;
}

/** Values of the enum VarianceNorm of FillerParameter. */
export type FillerParameterVarianceNorm = "FAN_IN" | "FAN_OUT" | "AVERAGE";

/** How a learnable blob gets its first values. */
export interface FillerParameter {
  /** Or uniform, gaussian, positive_unitball, xavier, msra, bilinear. Default "constant". */
  type?: string;
  /** Default 0. */
  value?: number;
  /** Default 0. */
  min?: number;
  /** Default 1. */
  max?: number;
  /** Default 0. */
  mean?: number;
  /** Default 1. */
  std?: number;
  /** Gaussian: non-zero inputs of each output on average; -1 for all. Default -1. */
  sparse?: number;
  /** Xavier, msra: count inputs, outputs or their mean. Default FAN_IN. */
  variance_norm?: FillerParameterVarianceNorm;
  /** Caffe-windows. Default 0. */
  alpha?: number;
  /** FlowNet 2, Synopsys. */
  diag_val?: number[];
  /** ST-Net. */
  file?: string;
  /** Intel. Default 1. */
  scale?: number;
}

/** A network: its layers in order of execution. */
export interface NetParameter {
  name?: string;
  /** Deprecated: use an Input layer. */
  input?: string[];
  /** Deprecated: use an Input layer. */
  input_shape?: BlobShape[];
  /** Deprecated: four numbers per input. */
  input_dim?: number[];
  /** Compute gradients even where nothing needs them. Default false. */
  force_backward?: boolean;
  state?: NetState;
  /** Log mean absolute values of every blob at each pass. Default false. */
  debug_info?: boolean;
  layer?: LayerParameter[];
  /** Deprecated: use `layer`. */
  layers?: V1LayerParameter[];
  /** Addition of Crema, which it writes first: how many layers follow. A file that was cut has fewer. */
  layer_count?: number;
  /** TSN. */
  mem_param?: MemoryOptimizationParameter;
  /** Intel. Default "". */
  engine?: string;
  /** Intel. Default 0. */
  bn_stats_batch_size?: number;
  /** Jacinto, NVIDIA. Default FLOAT. */
  default_forward_type?: NumberType;
  /** Jacinto, NVIDIA. Default FLOAT. */
  default_backward_type?: NumberType;
  /** Jacinto, NVIDIA. Default FLOAT. */
  default_forward_math?: NumberType;
  /** Jacinto, NVIDIA. Default FLOAT. */
  default_backward_math?: NumberType;
  /** Jacinto, NVIDIA. Default 1. */
  global_grad_scale?: number;
  /** Jacinto, NVIDIA. Default false. */
  global_grad_scale_adaptive?: boolean;
  /** Jacinto, NVIDIA. Default "-1,-1,-1". */
  default_conv_algos_override?: string;
  /** Jacinto, NVIDIA. Default 3. */
  reduce_buckets?: number;
  /** Jacinto, NVIDIA. Default -1. */
  default_cudnn_math_override?: number;
  /** Jacinto. Default false. */
  quantize?: boolean;
  /** Jacinto. */
  net_quantization_param?: NetQuantizationParameter;
  /** NVIDIA. Default true. */
  eltwise_mem_sharing?: boolean;
}

/** Values of the enum SnapshotFormat of SolverParameter. */
export type SolverParameterSnapshotFormat = "HDF5" | "BINARYPROTO";

/** Values of the enum SolverMode of SolverParameter. */
export type SolverParameterSolverMode = "CPU" | "GPU";

/** Values of the enum SolverType of SolverParameter. */
export type SolverParameterSolverType = "SGD" | "NESTEROV" | "ADAGRAD" | "RMSPROP" | "ADADELTA" | "ADAM";

/** Values of the enum ScoreMode of SolverParameter. */
export type SolverParameterScoreMode = "MIN" | "MAX";

/** How to train: which nets, which update rule, and when to test, display and snapshot. */
export interface SolverParameter {
  /** One file for training and testing; layers choose by phase. */
  net?: string;
  /** The same, written in place. */
  net_param?: NetParameter;
  train_net?: string;
  test_net?: string[];
  train_net_param?: NetParameter;
  test_net_param?: NetParameter[];
  train_state?: NetState;
  test_state?: NetState[];
  /** Batches per test, one entry per test net. */
  test_iter?: number[];
  /** Iterations between two tests; 0 for no tests. Default 0. */
  test_interval?: number;
  /** Default false. */
  test_compute_loss?: boolean;
  /** Test before the first iteration. Default true. */
  test_initialization?: boolean;
  base_lr?: number;
  /** Iterations between two log lines; 0 for none. */
  display?: number;
  /** Show the mean loss of that many iterations. Default 1. */
  average_loss?: number;
  max_iter?: number;
  /** Batches whose gradients are summed for one update. Default 1. */
  iter_size?: number;
  /** Fixed, step, exp, inv, multistep, poly, sigmoid or cosine. */
  lr_policy?: string;
  gamma?: number;
  power?: number;
  momentum?: number;
  weight_decay?: number;
  /** L1 or L2. Default "L2". */
  regularization_type?: string;
  /** Policy step: iterations per step. */
  stepsize?: number;
  /** Policy multistep: the iterations at which the rate drops. */
  stepvalue?: number[];
  /** Largest L2 norm of all gradients; negative for no limit. Default -1. */
  clip_gradients?: number;
  /** Iterations between two snapshots; 0 for none. Default 0. */
  snapshot?: number;
  snapshot_prefix?: string;
  /** Store gradients as well. Default false. */
  snapshot_diff?: boolean;
  /** Default BINARYPROTO. */
  snapshot_format?: SolverParameterSnapshotFormat;
  /** Default GPU. */
  solver_mode?: SolverParameterSolverMode;
  /** Default 0. */
  device_id?: number;
  /** Negative for a seed from the system. Default -1. */
  random_seed?: number;
  /** SGD, Nesterov, AdaGrad, RMSProp, AdaDelta, Adam or AdamW. Default "SGD". */
  type?: string;
  /** Added to denominators. Default 1e-8. */
  delta?: number;
  /** Adam and AdamW: decay of the second moment. Default 0.999. */
  momentum2?: number;
  /** RMSProp: decay of the mean square. Default 0.99. */
  rms_decay?: number;
  /** Default false. */
  debug_info?: boolean;
  /** Default true. */
  snapshot_after_train?: boolean;
  /** Deprecated: use `type`. Default SGD. */
  solver_type?: SolverParameterSolverType;
  /** Several devices: exchange during backward. Default true. */
  layer_wise_reduce?: boolean;
  /** .caffemodel files to start from. */
  weights?: string[];
  /** Policy cosine: the rate at max_iter; an addition of Crema, from here on. Default 0. */
  min_lr?: number;
  /** Iterations in which the rate first grows, whatever the policy. Default 0. */
  warmup_iter?: number;
  /** The rate at iteration 0, if there is a warm-up. Default 0. */
  warmup_start_lr?: number;
  /** Instead of max_iter: passes over the records of the train net's data layer. */
  epochs?: number;
  /** Instead of test_interval. */
  test_interval_epochs?: number;
  /** Stop after so many tests without a better score; 0 for never. Default 0. */
  patience?: number;
  /** The score: an output of a test net. */
  patience_output?: string;
  /** Whether the least score is the best one or the greatest. */
  patience_mode?: SolverParameterScoreMode;
  /** Keep a snapshot of the best score, PREFIX_best. Default false. */
  snapshot_best?: boolean;
  /** Keep so many snapshots, the last ones; 0 for all. Default 0. */
  snapshot_keep?: number;
  /** End with an error at a loss or gradient that is not finite. Default false. */
  stop_on_nan?: boolean;
  /** Seconds after which to stop, with a snapshot. */
  time_limit?: number;
  /** Show the L2 norm of all gradients. Default false. */
  display_gradient_norm?: boolean;
  /** SSD, MobileNet-YOLO, RefineDet and others. Default "classification". */
  eval_type?: string;
  /** SSD, MobileNet-YOLO, RefineDet and others. Default "Integral". */
  ap_version?: string;
  /** SSD, MobileNet-YOLO, RefineDet and others. Default false. */
  show_per_class_result?: boolean;
  /** SSD, MobileNet-YOLO, RefineDet and others. */
  plateau_winsize?: number[];
  /** MobileNet-YOLO, YOLOv2, Intel. */
  stagelr?: number[];
  /** MobileNet-YOLO, YOLOv2, Intel. */
  stageiter?: number[];
  /** Caffe-windows. Default -999999.9. */
  clamp_weights_lower?: number;
  /** Caffe-windows. Default 999999.9. */
  clamp_weights_upper?: number;
  /** Caffe-windows. Default -1. */
  clip_weights?: number;
  /** TSN. */
  group_id?: number[];
  /** TSN. Default 300. */
  richness?: number;
  /** Synopsys. Default false. */
  gan_solver?: boolean;
  /** Intel. Default false. */
  disabled_update?: boolean;
  /** Intel. Default "". */
  engine?: string;
  /** Intel. Default false. */
  local_lr_auto?: boolean;
  /** Intel. Default 0.001. */
  local_gw_ratio?: number;
  /** Intel. Default 0. */
  test_offset?: number;
  /** Jacinto, NVIDIA. Default 0. */
  rampup_interval?: number;
  /** Jacinto, NVIDIA. Default 0. */
  rampup_lr?: number;
  /** Jacinto, NVIDIA. Default "fixed". */
  momentum_policy?: string;
  /** Jacinto, NVIDIA. Default 0.99. */
  max_momentum?: number;
  /** Jacinto, NVIDIA. Default 1. */
  momentum_power?: number;
  /** Jacinto, NVIDIA. Default false. */
  larc?: boolean;
  /** Jacinto, NVIDIA. Default "scale". */
  larc_policy?: string;
  /** Jacinto, NVIDIA. Default 0.001. */
  larc_eta?: number;
  /** Jacinto, NVIDIA. Default "fixed". */
  weight_decay_policy?: string;
  /** Jacinto, NVIDIA. Default 0.5. */
  weight_decay_power?: number;
  /** Jacinto, NVIDIA. Default FLOAT. */
  solver_data_type?: NumberType;
  /** Jacinto, NVIDIA. Default false. */
  store_blobs_in_old_format?: boolean;
  /** Jacinto, NVIDIA. Default 0. */
  test_and_snapshot_last_epochs?: number;
  /** Jacinto. Default true. */
  ignore_shape_mismatch?: boolean;
  /** Jacinto. Default false. */
  snapshot_log?: boolean;
  /** Jacinto. Default 0. */
  display_sparsity?: number;
  /** Jacinto. Default SPARSE_NONE. */
  sparse_mode?: SparseMode;
  /** Jacinto. Default 0. */
  sparsity_target?: number;
  /** Jacinto. Default 0.01. */
  sparsity_step_factor?: number;
  /** Jacinto. Default 1000. */
  sparsity_step_iter?: number;
  /** Jacinto. Default 0. */
  sparsity_start_iter?: number;
  /** Jacinto. Default 0. */
  sparsity_start_factor?: number;
  /** Jacinto. Default 0.2. */
  sparsity_threshold_maxratio?: number;
  /** Jacinto. Default true. */
  sparsity_itr_increment_bfr_applying?: boolean;
  /** Jacinto. Default 0.2. */
  sparsity_threshold_value_max?: number;
  /** NVIDIA. Default false. */
  larc_turbo?: boolean;
  /** NVIDIA. Default 0. */
  max_weight_decay?: number;
}

/** What a solver needs, besides the weights, to go on where it stopped (.solverstate). */
export interface SolverState {
  iter?: number;
  /** File with the weights. */
  learned_net?: string;
  /** Momentum and the like, in the order of the learnable blobs. */
  history?: BlobProto[];
  /** Policies step and multistep: steps taken. Default 0. */
  current_step?: number;
  /** Additions of Crema, from here on. */
  source?: SourceState[];
  generator?: GeneratorState[];
  /** A drawn seed has 63 bits: a bigint in TypeScript. */
  generator_seed?: bigint;
  /** State of libcaffe's own random generator, for the engine "libcaffe". */
  caffe_generator?: Uint8Array;
  /** Iterations of the snapshots that this training has kept, for snapshot_keep. */
  snapshot?: number[];
  score?: ScoreState;
  /** The rate that a program has set instead of lr_policy's. */
  learning_rate?: number;
  /** How the run computed what it had measured, a line for each. */
  tuning?: string;
}

/** Addition of Crema: how the scores of the tests have gone, for patience and snapshot_best. */
export interface ScoreState {
  output?: string;
  /** Index of the test net. */
  net?: number;
  best?: number;
  /** Iteration of the best score. */
  best_iter?: number;
  /** Tests since then. */
  worse?: number;
  /** Iteration of the last score. */
  iter?: number;
}

/**
 * Addition of Crema: how far a data layer had read, and what other layers in TypeScript have to keep. Caffe skips it as
 * an unknown field.
 */
export interface SourceState {
  layer?: string;
  /** -1 for the train net, else the index of the test net. */
  net?: number;
  /** Records read in this epoch. */
  position?: number;
  epoch?: number;
  seed?: number;
  /** Among the layers of this name. */
  index?: number;
  random?: RandomState;
  /** What the layer's `save` returned, as V8 serializes it. */
  saved?: Uint8Array;
}

/** Addition of Crema: where the random numbers of a layer in TypeScript stand. */
export interface RandomState {
  seed?: number;
  /** How many words were drawn. */
  position?: number;
}

/** Addition of Crema: how many random numbers a layer had drawn. Caffe skips it as an unknown field. */
export interface GeneratorState {
  layer?: string;
  /** -1 for the train net, else the index of the test net. */
  net?: number;
  counter?: number;
  /** Among the layers of this name. */
  index?: number;
}

/** The situation a net runs in; include and exclude rules of layers are matched against it. */
export interface NetState {
  /** Default TEST. */
  phase?: Phase;
  /** Default 0. */
  level?: number;
  stage?: string[];
}

/** A rule is met when everything it names holds in the NetState. */
export interface NetStateRule {
  phase?: Phase;
  min_level?: number;
  max_level?: number;
  /** All of these must be set. */
  stage?: string[];
  /** None of these may be set. */
  not_stage?: string[];
}

/** Values of the enum DimCheckMode of ParamSpec. */
export type ParamSpecDimCheckMode = "STRICT" | "PERMISSIVE";

/** Training settings of one learnable blob of a layer. Equal names share one blob. */
export interface ParamSpec {
  name?: string;
  /** STRICT: equal shapes; PERMISSIVE: equal counts. */
  share_mode?: ParamSpecDimCheckMode;
  /** Default 1. */
  lr_mult?: number;
  /** Default 1. */
  decay_mult?: number;
}

/** One layer. `type` selects what it computes and which of the *_param messages it reads. */
export interface LayerParameter {
  name?: string;
  type?: string;
  bottom?: string[];
  top?: string[];
  /** Set by the net when absent. */
  phase?: Phase;
  /** One per top: its weight in the objective. */
  loss_weight?: number[];
  param?: ParamSpec[];
  /** Learned values, in .caffemodel files. */
  blobs?: BlobProto[];
  /** One per bottom: whether gradients flow into it. */
  propagate_down?: boolean[];
  /** The layer is in the net when one of these is met. */
  include?: NetStateRule[];
  /** The layer is left out when one of these is met. */
  exclude?: NetStateRule[];
  transform_param?: TransformationParameter;
  loss_param?: LossParameter;
  accuracy_param?: AccuracyParameter;
  argmax_param?: ArgMaxParameter;
  batch_norm_param?: BatchNormParameter;
  bias_param?: BiasParameter;
  clip_param?: ClipParameter;
  concat_param?: ConcatParameter;
  contrastive_loss_param?: ContrastiveLossParameter;
  convolution_param?: ConvolutionParameter;
  crop_param?: CropParameter;
  data_param?: DataParameter;
  dropout_param?: DropoutParameter;
  dummy_data_param?: DummyDataParameter;
  eltwise_param?: EltwiseParameter;
  elu_param?: ELUParameter;
  embed_param?: EmbedParameter;
  exp_param?: ExpParameter;
  flatten_param?: FlattenParameter;
  hdf5_data_param?: HDF5DataParameter;
  hdf5_output_param?: HDF5OutputParameter;
  hinge_loss_param?: HingeLossParameter;
  image_data_param?: ImageDataParameter;
  infogain_loss_param?: InfogainLossParameter;
  inner_product_param?: InnerProductParameter;
  input_param?: InputParameter;
  log_param?: LogParameter;
  lrn_param?: LRNParameter;
  memory_data_param?: MemoryDataParameter;
  mvn_param?: MVNParameter;
  parameter_param?: ParameterParameter;
  pooling_param?: PoolingParameter;
  power_param?: PowerParameter;
  prelu_param?: PReLUParameter;
  python_param?: PythonParameter;
  recurrent_param?: RecurrentParameter;
  reduction_param?: ReductionParameter;
  relu_param?: ReLUParameter;
  reshape_param?: ReshapeParameter;
  scale_param?: ScaleParameter;
  sigmoid_param?: SigmoidParameter;
  softmax_param?: SoftmaxParameter;
  spp_param?: SPPParameter;
  slice_param?: SliceParameter;
  swish_param?: SwishParameter;
  tanh_param?: TanHParameter;
  threshold_param?: ThresholdParameter;
  tile_param?: TileParameter;
  window_data_param?: WindowDataParameter;
  /** Addition of Crema. */
  script_param?: ScriptParameter;
  /** SSD, MobileNet-YOLO, RefineDet and others. */
  annotated_data_param?: AnnotatedDataParameter;
  /** SSD, MobileNet-YOLO, RefineDet and others. */
  detection_evaluate_param?: DetectionEvaluateParameter;
  /** SSD, MobileNet-YOLO, RefineDet and others. */
  detection_output_param?: DetectionOutputParameter;
  /** SSD, MobileNet-YOLO, RefineDet and others. */
  multibox_loss_param?: MultiBoxLossParameter;
  /** SSD, MobileNet-YOLO, RefineDet and others. */
  norm_param?: NormalizeParameter;
  /** SSD, MobileNet-YOLO, RefineDet and others. */
  permute_param?: PermuteParameter;
  /** SSD, MobileNet-YOLO, RefineDet and others. */
  prior_box_param?: PriorBoxParameter;
  /** SSD, RefineDet, TSN and others. */
  video_data_param?: VideoDataParameter;
  /** R-FCN, Intel. */
  box_annotator_ohem_param?: BoxAnnotatorOHEMParameter;
  /** R-FCN, caffe-windows, Intel. */
  psroi_pooling_param?: PSROIPoolingParameter;
  /** R-FCN, Faster R-CNN, Fast R-CNN and others. */
  roi_pooling_param?: ROIPoolingParameter;
  /** R-FCN, Faster R-CNN, CTPN and others. */
  smooth_l1_loss_param?: SmoothL1LossParameter;
  /** SegNet, PSPNet, caffe-windows and others. */
  bn_param?: BNParameter;
  /** SegNet, Synopsys. */
  dense_image_data_param?: DenseImageDataParameter;
  /** SegNet, MobileNet-YOLO, Synopsys, SeqFace. */
  upsample_param?: UpsampleParameter;
  /** PSPNet, DeepLab, Synopsys. */
  adaptive_bias_channel_param?: AdaptiveBiasChannelParameter;
  /** PSPNet, DeepLab, Synopsys. */
  bias_channel_param?: BiasChannelParameter;
  /** PSPNet, DeepLab, Synopsys. */
  dense_crf_param?: DenseCRFParameter;
  /** PSPNet, DeepLab, Synopsys. */
  domain_transform_param?: DomainTransformParameter;
  /** PSPNet, DeepLab, TSN and others. */
  interp_param?: InterpParameter;
  /** PSPNet, DeepLab, Synopsys. */
  mat_read_param?: MatReadParameter;
  /** PSPNet, DeepLab, Synopsys. */
  mat_write_param?: MatWriteParameter;
  /** PSPNet, DeepLab, Synopsys. */
  seg_accuracy_param?: SegAccuracyParameter;
  /** PSPNet, DeepLab, Synopsys. */
  unique_label_param?: UniqueLabelParameter;
  /** MobileNet-YOLO, YOLOv2, Intel. */
  region_loss_param?: RegionLossParameter;
  /** MobileNet-YOLO. */
  yolov3_param?: Yolov3Parameter;
  /** MobileNet-YOLO. */
  yolo_seg_param?: YoloSegParameter;
  /** MobileNet-YOLO. */
  segmentation_evaluate_param?: SegmentationEvaluateParameter;
  /** MobileNet-YOLO. */
  yolo_detection_output_param?: YoloDetectionOutputParameter;
  /** MobileNet-YOLO. */
  yolov3_detection_output_param?: Yolov3DetectionOutputParameter;
  /** MobileNet-YOLO. */
  relu6_param?: ReLUParameter;
  /** MobileNet-YOLO, Synopsys, YOLOv2, Intel. */
  reorg_param?: ReorgParameter;
  /** Caffe-windows. */
  local_param?: LocalParameter;
  /** Caffe-windows, SeqFace. */
  insanity_param?: InsanityParameter;
  /** Caffe-windows, SeqFace. */
  triplet_loss_param?: TripletLossParameter;
  /** Caffe-windows. */
  eltwise_affine_param?: EltwiseAffineParameter;
  /** Caffe-windows. */
  sub_region_param?: SubRegionParameter;
  /** Caffe-windows. */
  noise_param?: NoiseParameter;
  /** Caffe-windows. */
  hotspot_param?: HotspotParameter;
  /** Caffe-windows. */
  predict_box_param?: PredictBoxParameter;
  /** Caffe-windows. */
  mil_data_param?: MILDataParameter;
  /** Caffe-windows. */
  mil_param?: MILParameter;
  /** Caffe-windows. */
  fcn_data_param?: FCNDataParameter;
  /** Caffe-windows, SeqFace. */
  center_loss_param?: CenterLossParameter;
  /** Caffe-windows. */
  flip_param?: FlipParameter;
  /** Caffe-windows. */
  inner_distance_param?: InnerDistanceParameter;
  /** Caffe-windows. */
  normalize_param?: NormalizeParameter;
  /** Caffe-windows. */
  general_contrastive_loss_param?: GeneralContrastiveParameter;
  /** Caffe-windows. */
  soft_contrastive_loss_param?: SoftContrastiveParameter;
  /** Caffe-windows. */
  general_triplet_loss_param?: GeneralTripletParameter;
  /** Caffe-windows. */
  soft_truncation_param?: SoftTruncationParameter;
  /** Caffe-windows, Synopsys, SeqFace. */
  proposal_param?: ProposalParameter;
  /** Caffe-windows. */
  pairwise_param?: PairwiseParameter;
  /** Caffe-windows. */
  smoothl1_param?: SmoothL1Parameter;
  /** Caffe-windows. */
  batch_contrastive_loss_param?: BatchContrastiveParameter;
  /** Caffe-windows. */
  truncation_param?: TruncationParameter;
  /** Caffe-windows. */
  nca_param?: NCAParameter;
  /** Caffe-windows. */
  largemargin_inner_product_param?: LargeMarginInnerProductParameter;
  /** Caffe-windows. */
  label_specific_rescale_param?: LabelSpecificRescaleParameter;
  /** Caffe-windows. */
  infimum_loss_param?: InfimumLossParamter;
  /** Caffe-windows. */
  ordinal_regression_loss_param?: OrdinalRegressionParameter;
  /** Caffe-windows. */
  resize_param?: ResizeParameter;
  /** Caffe-windows, SphereFace, SeqFace. */
  margin_inner_product_param?: MarginInnerProductParameter;
  /** Caffe-windows. */
  feature_decay_loss_param?: FeatureDecayLossParameter;
  /** Caffe-windows. */
  confidence_penalty_loss_param?: ConfidencePenaltyLossParameter;
  /** Caffe-windows, SeqFace. */
  focal_loss_param?: FocalLossParameter;
  /** Caffe-windows. */
  label_specific_margin_param?: LabelSpecificMarginParameter;
  /** Caffe-windows. */
  channel_scale_param?: ChannelScaleParameter;
  /** Caffe-windows. */
  label_specific_affine_param?: LabelSpecificAffineParameter;
  /** Caffe-windows. */
  label_specific_hard_margin_param?: LabelSpecificHardMarginParameter;
  /** Caffe-windows. */
  label_specific_add_param?: LabelSpecificAddParameter;
  /** FlowNet 2, Synopsys. */
  coeff_schedule_param?: CoeffScheduleParameter;
  /** FlowNet 2, Synopsys. */
  augmentation_param?: AugmentationParameter;
  /** FlowNet 2, Synopsys. */
  correlation_param?: CorrelationParameter;
  /** FlowNet 2, Synopsys. */
  l1_loss_param?: L1LossParameter;
  /** FlowNet 2, Synopsys. */
  writer_param?: WriterParameter;
  /** FlowNet 2, Synopsys. */
  reader_param?: ReaderParameter;
  /** FlowNet 2, Synopsys. */
  mean_param?: MeanParameter;
  /** FlowNet 2, Synopsys. */
  resample_param?: ResampleParameter;
  /** FlowNet 2, Synopsys. */
  downsample_param?: DownsampleParameter;
  /** FlowNet 2, Synopsys. */
  lpq_loss_param?: LpqLossParameter;
  /** FlowNet 2, Synopsys. */
  flow_warp_param?: FlowWarpParameter;
  /** FlowNet 2, Synopsys. */
  accum_param?: AccumParameter;
  /** FlowNet 2, Synopsys. */
  black_augmentation_param?: BlackAugmentationParameter;
  /** FlowNet 2, Synopsys. Default true. */
  reshape_every_iter?: boolean;
  /** TSN. */
  seg_data_param?: SegDataParameter;
  /** TSN. */
  batch_reduction_param?: BatchReductionParameter;
  /** TSN. */
  sequence_data_param?: SequenceDataParameter;
  /** TSN. */
  color_conv_param?: ColorConvParameter;
  /** OpenPose. */
  op_transform_param?: OPTransformationParameter;
  /** CPM. */
  cpm_transform_param?: CPMTransformationParameter;
  /** CTPN, SeqFace. */
  lstm_param?: LSTMParameter;
  /** CTPN. */
  ctc_param?: CTCParameter;
  /** CTPN. */
  transpose_param?: TransposeParameter;
  /** CTPN, Synopsys. */
  reverse_param?: ReverseParameter;
  /** Deformable ConvNets. */
  deformable_convolution_param?: DeformableConvolutionParameter;
  /** Synopsys. */
  gan_loss_param?: GANLossParameter;
  /** Synopsys. */
  pooling3d_param?: Pooling3DParameter;
  /** Synopsys. */
  xlu_param?: XLUParameter;
  /** Synopsys. */
  roi_align_param?: ROIAlignParameter;
  /** Synopsys, SeqFace. */
  shuffle_channel_param?: ShuffleChannelParameter;
  /** Synopsys. */
  log_softmax_param?: LogSoftmaxParameter;
  /** Synopsys. */
  squeeze_convolution_param?: SqueezeConvolutionParameter;
  /** Synopsys. */
  squeeze_inner_product_param?: SqueezeInnerProductParameter;
  /** Synopsys. */
  yolo_v2_loss_param?: YoloV2LossParameter;
  /** Synopsys. */
  yolo_v3_loss_param?: YoloV3LossParameter;
  /** Synopsys. */
  upsample_darknet_param?: UpsampleDarknetParameter;
  /** Synopsys. */
  depth_to_space_param?: DepthToSpaceParameter;
  /** Synopsys. */
  resize_nearest_neighbor_param?: ResizeNearestNeighborParameter;
  /** Synopsys. */
  gather_param?: GatherParameter;
  /** Synopsys. */
  topk_gather_param?: TopkGatherParameter;
  /** Synopsys. */
  nms_param?: NMSParameter;
  /** Synopsys. */
  nms_gather_param?: NMSGatherParameter;
  /** Synopsys. */
  gather_nd_param?: GatherNDParameter;
  /** Synopsys. */
  where4_param?: Where4Parameter;
  /** Synopsys. */
  where4_gathernd_param?: Where4GatherndParameter;
  /** Synopsys. */
  crop_and_resize_param?: CropAndResizeParameter;
  /** Synopsys. */
  where4_gathernd_crop_param?: Where4GatherndCropParameter;
  /** Synopsys. */
  pyramid_roi_align_param?: PyramidROIAlignParameter;
  /** Synopsys. */
  space_to_depth_param?: SpaceToDepthParameter;
  /** Synopsys. */
  pad_param?: PadParameter;
  /** Synopsys. */
  stack_param?: StackParameter;
  /** Synopsys. */
  resize_bilinear_param?: ResizeBilinearParameter;
  /** Synopsys. */
  reduce_sum_param?: ReduceSumParameter;
  /** Synopsys. */
  reduce_max_param?: ReduceMaxParameter;
  /** Synopsys. */
  reduce_min_param?: ReduceMinParameter;
  /** Synopsys. */
  reduce_prod_param?: ReduceProdParameter;
  /** Synopsys. */
  reduce_mean_param?: ReduceMeanParameter;
  /** Synopsys. */
  selu_param?: SeLUParameter;
  /** Synopsys. */
  selu_dropout_param?: SeLUDropoutParameter;
  /** Synopsys. */
  unstack_param?: UnstackParameter;
  /** Synopsys. */
  batch_to_space_nd_param?: BatchToSpaceNDParameter;
  /** Synopsys. */
  space_to_batch_nd_param?: SpaceToBatchNDParameter;
  /** Synopsys. */
  mirror_pad_param?: MirrorPadParameter;
  /** Synopsys. */
  tile_nd_param?: TileNDParameter;
  /** Synopsys. */
  expand_dims_nd_param?: ExpandDimsNDParameter;
  /** Synopsys. */
  squeeze_param?: SqueezeParameter;
  /** Synopsys. */
  broadcast_to_param?: BroadcastToParameter;
  /** Synopsys. */
  strided_slice_param?: StridedSliceParameter;
  /** Synopsys. */
  piece_param?: PieceParameter;
  /** Synopsys. */
  range_param?: RangeParameter;
  /** Synopsys. */
  sparse_to_dense_param?: SparseToDenseParameter;
  /** Synopsys. */
  embedding_lookup_param?: EmbeddingLookupParameter;
  /** Synopsys. */
  embedding_lookup_sparse_param?: EmbeddingLookupSparseParameter;
  /** Synopsys. */
  gemm_param?: GemmParameter;
  /** Synopsys. */
  reduce_l1_param?: ReduceL1Parameter;
  /** Synopsys. */
  reduce_l2_param?: ReduceL2Parameter;
  /** Synopsys. */
  reduce_logsumexp_param?: ReduceLogSumExpParameter;
  /** Synopsys. */
  reduce_all_param?: ReduceAllParameter;
  /** Synopsys. */
  reduce_any_param?: ReduceAnyParameter;
  /** Synopsys. */
  reverse_sequence_param?: ReverseSequenceParameter;
  /** Synopsys. */
  hard_sigmoid_param?: HardSigmoidParameter;
  /** Synopsys. */
  thresholded_relu_param?: ThresholdedReLUParameter;
  /** Synopsys. */
  one_hot_param?: OneHotParameter;
  /** Synopsys. */
  lp_normalization_param?: LpNormalizationParameter;
  /** Synopsys. */
  matmul_param?: MatMulParameter;
  /** Synopsys. */
  gather_v2_param?: GatherV2Parameter;
  /** Synopsys. */
  scaled_tanh_param?: ScaledTanHParameter;
  /** Synopsys. */
  maskrcnn_detection_param?: MaskRCNNDetectionParameter;
  /** Synopsys. */
  maskrcnn_proposal_param?: MaskRCNNProposalParameter;
  /** Synopsys. */
  attention_param?: AttentionParameter;
  /** Synopsys. */
  rnn_v2_param?: RNNv2Parameter;
  /** Synopsys. */
  count_nonzero_param?: CountNonzeroParameter;
  /** Synopsys. */
  not_equal_param?: NotEqualParameter;
  /** Synopsys. */
  point_net_param?: PointNetParameter;
  /** Synopsys. */
  mul_param?: MulParameter;
  /** Synopsys. */
  spatial_batching_pooling_param?: SpatialBatchingPoolingParameter;
  /** Synopsys. */
  non_max_suppression_param?: NonMaxSuppressionParameter;
  /** Synopsys. */
  scatter_nd_param?: ScatterNDParameter;
  /** Synopsys. */
  layer_norm_param?: LayerNormParameter;
  /** Synopsys. */
  tensor2box_param?: Tensor2BoxParameter;
  /** Synopsys. */
  corr1d_param?: Corr1dParameter;
  /** SSTD. */
  mask_param?: TransformationParameter;
  /** SSTD, MNC. */
  mask_resize_param?: MaskResizeParameter;
  /** VPGNet. */
  tiling_param?: TilingParameter;
  /** VPGNet. */
  drive_data_param?: DriveDataParameter;
  /** SeqFace. */
  ctc_loss_param?: CtcLossParameter;
  /** SeqFace. */
  dsa_loss_param?: DSALossParameter;
  /** SeqFace. */
  rankhard_loss_param?: RankHardLossParameter;
  /** SeqFace. */
  labelsequence_accuracy_param?: LabelsequenceAccuracyParameter;
  /** SeqFace. */
  lifted_struct_sim_softmax_loss_param?: LiftedStructSimilaritySoftmaxLossParameter;
  /** SeqFace. */
  norml2_param?: NormL2Parameter;
  /** SeqFace. */
  smooth_margin_inner_product_param?: SmoothMarginInnerProductParameter;
  /** SeqFace. */
  unpooling_param?: UnpoolingParameter;
  /** MNC. */
  roi_warping_param?: ROIWarpingParameter;
  /** ST-Net. */
  st_param?: SpatialTransformerParameter;
  /** ST-Net. */
  st_loss_param?: STLossParameter;
  /** ST-Net. */
  power_file_param?: PowerFileParameter;
  /** ST-Net. */
  loc_loss_param?: LocLossParameter;
  /** YOLOv2. */
  region_param?: RegionParameter;
  /** Intel. */
  split_param?: SplitParameter;
  /** Intel. */
  spatial_dropout_param?: SpatialDropoutParameter;
  /** Intel. Default "". */
  engine?: string;
  /** Intel, Jacinto. */
  quantization_param?: QuantizationParameter;
  /** Intel. */
  eval_detection_param?: EvalDetectionParameter;
  /** Jacinto, NVIDIA. Default FLOAT. */
  forward_type?: NumberType;
  /** Jacinto, NVIDIA. Default FLOAT. */
  backward_type?: NumberType;
  /** Jacinto, NVIDIA. Default FLOAT. */
  forward_math?: NumberType;
  /** Jacinto, NVIDIA. Default FLOAT. */
  backward_math?: NumberType;
  /** Jacinto, NVIDIA. Default false. */
  debug?: boolean;
  /** Jacinto, NVIDIA. Default -1. */
  cudnn_math_override?: number;
  /** Jacinto, NVIDIA. */
  detectnet_groundtruth_param?: DetectNetGroundTruthParameter;
  /** Jacinto, NVIDIA. */
  detectnet_augmentation_param?: DetectNetAugmentationParameter;
  /** Jacinto. */
  image_label_data_param?: ImageLabelDataParameter;
  /** Arcface-caffe. */
  cosin_add_m_param?: CosinAddmParameter;
}

/** Values of the enum InterpolationAlgo of TransformationParameter. */
export type TransformationParameterInterpolationAlgo =
  | "INTER_NEAREST"
  | "INTER_LINEAR"
  | "INTER_CUBIC"
  | "INTER_AREA";

/** What data layers do to each record: crop, mirror, subtract the mean, scale. */
export interface TransformationParameter {
  /** Applied after the mean is subtracted. Default 1. */
  scale?: number;
  /** Default false. */
  mirror?: boolean;
  /** Random position in training, centre in test; 0 for none. Default 0. */
  crop_size?: number;
  mean_file?: string;
  /** One for all channels or one per channel; excludes mean_file. */
  mean_value?: number[];
  /** Default false. */
  force_color?: boolean;
  /** Default false. */
  force_gray?: boolean;
  /** Addition of Crema, for ImageData: in training, the least and the most of an image's area that is taken. */
  random_area?: number[];
  /** Addition of Crema: with random_area, how much the aspect ratio changes at most. Default 1.25. */
  random_aspect?: number;
  /** Addition of Crema, for ImageData: how colours change in training, as by SSD's distort_param. */
  random_colours?: DistortionParameter;
  /** SSD, MobileNet-YOLO, RefineDet and others. Default 0. */
  crop_h?: number;
  /** SSD, MobileNet-YOLO, RefineDet and others. Default 0. */
  crop_w?: number;
  /** SSD, MobileNet-YOLO, RefineDet and others: SSD has one at most. */
  resize_param?: ResizeParameter[];
  /** SSD, MobileNet-YOLO, RefineDet and others. */
  noise_param?: NoiseParameter;
  /** SSD, MobileNet-YOLO, RefineDet and others. */
  distort_param?: DistortionParameter;
  /** SSD, MobileNet-YOLO, RefineDet and others. */
  expand_param?: ExpansionParameter;
  /** SSD, MobileNet-YOLO, RefineDet and others. */
  emit_constraint?: EmitConstraint;
  /** PSPNet, DeepLab, Synopsys. */
  scale_factors?: number[];
  /** PSPNet, DeepLab, Synopsys. Default 0. */
  crop_width?: number;
  /** PSPNet, DeepLab, Synopsys. Default 0. */
  crop_height?: number;
  /** MobileNet-YOLO. Default false. */
  enable_classf_aug?: boolean;
  /** MobileNet-YOLO. Default 0.75. */
  min_scaling_factor?: number;
  /** MobileNet-YOLO. Default 1.5. */
  max_scaling_factor?: number;
  /** MobileNet-YOLO. Default 0. */
  max_rotation_angle?: number;
  /** MobileNet-YOLO. Default false. */
  contrast_brightness_adjustment?: boolean;
  /** MobileNet-YOLO. Default false. */
  smooth_filtering?: boolean;
  /** MobileNet-YOLO. Default 0.8. */
  min_contrast?: number;
  /** MobileNet-YOLO. Default 1.2. */
  max_contrast?: number;
  /** MobileNet-YOLO. Default 5. */
  max_brightness_shift?: number;
  /** MobileNet-YOLO. Default 6. */
  max_smooth?: number;
  /** MobileNet-YOLO. Default 0. */
  max_color_shift?: number;
  /** MobileNet-YOLO. Default 0. */
  min_side_min?: number;
  /** MobileNet-YOLO. Default 0. */
  min_side_max?: number;
  /** MobileNet-YOLO. Default 0. */
  min_side?: number;
  /** MobileNet-YOLO. Default 0.5. */
  apply_probability?: number;
  /** MobileNet-YOLO. Default false. */
  debug_params?: boolean;
  /** MobileNet-YOLO. Default false. */
  cvt_bgr2rgb?: boolean;
  /** Caffe-windows. Default false. */
  center_crop?: boolean;
  /** Caffe-windows. Default 0. */
  erase_ratio?: number;
  /** Caffe-windows. Default 0.02. */
  scale_min?: number;
  /** Caffe-windows. Default 0.4. */
  scale_max?: number;
  /** Caffe-windows. Default 0.33. */
  aspect_min?: number;
  /** Caffe-windows. Default 3. */
  aspect_max?: number;
  /** TSN. Default false. */
  fix_crop?: boolean;
  /** TSN. Default false. */
  more_fix_crop?: boolean;
  /** TSN. Default false. */
  multi_scale?: boolean;
  /** TSN. */
  scale_ratios?: number[];
  /** TSN. Default 1. */
  max_distort?: number;
  /** TSN. Default false. */
  is_flow?: boolean;
  /** TSN. Default false. */
  original_image?: boolean;
  /** TSN. Default 1. */
  stride?: number;
  /** TSN. */
  upper_size?: number;
  /** TSN. */
  upper_height?: number;
  /** TSN. */
  upper_width?: number;
  /** Synopsys. Default false. */
  caffe_yolo?: boolean;
  /** Intel. */
  random_resize_param?: RandomResizeParameter;
  /** Intel. */
  random_aspect_ratio_param?: RandomAspectRatioParameter;
  /** Intel. Default false. */
  flow?: boolean;
  /** Intel. Default false. */
  bgr2rgb?: boolean;
  /** Intel. Default 0. */
  pad?: number;
  /** Jacinto, NVIDIA. Default 0. */
  img_rand_resize_lower?: number;
  /** Jacinto, NVIDIA. Default 0. */
  img_rand_resize_upper?: number;
  /** Jacinto, NVIDIA. Default 0. */
  rand_resize_ratio_lower?: number;
  /** Jacinto, NVIDIA. Default 0. */
  rand_resize_ratio_upper?: number;
  /** Jacinto, NVIDIA. Default 1. */
  vertical_stretch_lower?: number;
  /** Jacinto, NVIDIA. Default 1. */
  vertical_stretch_upper?: number;
  /** Jacinto, NVIDIA. Default 1. */
  horizontal_stretch_lower?: number;
  /** Jacinto, NVIDIA. Default 1. */
  horizontal_stretch_upper?: number;
  /** Jacinto, NVIDIA. Default INTER_NEAREST. */
  interpolation_algo_down?: TransformationParameterInterpolationAlgo;
  /** Jacinto, NVIDIA. Default INTER_CUBIC. */
  interpolation_algo_up?: TransformationParameterInterpolationAlgo;
  /** Jacinto, NVIDIA. Default false. */
  allow_upscale?: boolean;
  /** Jacinto, NVIDIA. Default NCHW. */
  forward_packing?: BlobPacking;
  /** Jacinto, NVIDIA. Default false. */
  use_gpu_transform?: boolean;
  /** Jacinto, NVIDIA. Default -1. */
  random_seed?: number;
  /** Jacinto, NVIDIA. Default false. */
  display?: boolean;
  /** Jacinto, NVIDIA. Default 0. */
  num_labels?: number;
}

/** Values of the enum NormalizationMode of LossParameter. */
export type LossParameterNormalizationMode = "FULL" | "VALID" | "BATCH_SIZE" | "NONE" | "PRE_FIXED";

/** Shared by loss layers. */
export interface LossParameter {
  /** Records with this label do not count. */
  ignore_label?: number;
  /** Default VALID. */
  normalization?: LossParameterNormalizationMode;
  /** Deprecated: VALID when true, BATCH_SIZE when false. */
  normalize?: boolean;
  /** R-FCN, Intel. Default 1. */
  pre_fixed_normalizer?: number;
  /** SegNet, Synopsys. Default false. */
  weight_by_label_freqs?: boolean;
  /** SegNet, Synopsys. */
  class_weighting?: number[];
  /** Intel, NVIDIA. Default 0. */
  label_smoothing?: number;
  /** Jacinto. */
  label_weights?: number[];
}

/** Settings of the layer type Accuracy. */
export interface AccuracyParameter {
  /** Default 1. */
  top_k?: number;
  /** Default 1. */
  axis?: number;
  ignore_label?: number;
  /** Caffe-windows. Default false. */
  min_is_better?: boolean;
}

/** Settings of the layer type ArgMax. */
export interface ArgMaxParameter {
  /** Default false. */
  out_max_val?: boolean;
  /** Default 1. */
  top_k?: number;
  axis?: number;
  /** Synopsys. Default false. */
  min_first?: boolean;
}

/** Settings of the layer type Clip. */
export interface ClipParameter {
  min: number;
  max: number;
}

/** Values of the enum SaturateMethod of ConcatParameter. */
export type ConcatParameterSaturateMethod = "None" | "Signed" | "Unsigned" | "Signed_8bit" | "Unsigned_8bit";

/** Values of the enum QuantizeMethod of ConcatParameter. */
export type ConcatParameterQuantizeMethod = "tflite" | "ONNX" | "Caffe2";

/** Values of the enum Engine of ConcatParameter. */
export type ConcatParameterEngine = "DEFAULT" | "CAFFE" | "MKL2017" | "MKLDNN";

/** Settings of the layer type Concat. */
export interface ConcatParameter {
  /** Default 1. */
  axis?: number;
  /** Deprecated: use axis. Default 1. */
  concat_dim?: number;
  /** Synopsys. */
  input_scale?: number[];
  /** Synopsys. Default 1. */
  output_scale?: number;
  /** Synopsys. */
  input_zero_point?: number[];
  /** Synopsys. Default 0. */
  output_zero_point?: number;
  /** Synopsys. Default None. */
  saturate?: ConcatParameterSaturateMethod;
  /** Synopsys. Default tflite. */
  quantize_method?: ConcatParameterQuantizeMethod;
  /** Intel. Default false. */
  per_fla_fuse?: boolean;
  /** Intel. Default DEFAULT. */
  engine?: ConcatParameterEngine;
}

/** Values of the enum Engine of BatchNormParameter. */
export type BatchNormParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN" | "MKL2017" | "MKLDNN";

/** Settings of the layer type BatchNorm. */
export interface BatchNormParameter {
  /** Default: false in training, true in test. */
  use_global_stats?: boolean;
  /** Default 0.999. */
  moving_average_fraction?: number;
  /** Default 0.00001. */
  eps?: number;
  /** PSPNet, DeepLab, Synopsys. Default false. */
  update_global_stats?: boolean;
  /** Caffe-windows. Default false. */
  disable_mean?: boolean;
  /** Caffe-windows. Default false. */
  disable_variance?: boolean;
  /** Caffe-windows, Jacinto, NVIDIA. */
  scale_filler?: FillerParameter;
  /** Caffe-windows, Intel, Jacinto, NVIDIA. */
  bias_filler?: FillerParameter;
  /** Caffe-windows, Intel, Jacinto, NVIDIA. Default DEFAULT. */
  engine?: BatchNormParameterEngine;
  /** Synopsys. Default true. */
  add_eps_before_sqrt?: boolean;
  /** Synopsys. Default false. */
  icnet?: boolean;
  /** Intel. Default true. */
  use_weight_bias?: boolean;
  /** Intel. Default true. */
  bias_term?: boolean;
  /** Intel. */
  filler?: FillerParameter;
  /** Intel. Default 0. */
  stats_batch_size?: number;
  /** Intel. Default false. */
  relu?: boolean;
  /** Jacinto, NVIDIA. Default false. */
  scale_bias?: boolean;
}

/** Values of the enum SaturateMethod of BiasParameter. */
export type BiasParameterSaturateMethod = "None" | "Signed" | "Unsigned" | "Signed_8bit" | "Unsigned_8bit";

/** Values of the enum QuantizeMethod of BiasParameter. */
export type BiasParameterQuantizeMethod = "tflite" | "ONNX" | "Caffe2";

/** Settings of the layer type Bias. */
export interface BiasParameter {
  /** Default 1. */
  axis?: number;
  /** -1 for all from axis on. Default 1. */
  num_axes?: number;
  filler?: FillerParameter;
  /** Synopsys. Default 1. */
  input_scale?: number;
  /** Synopsys. Default 1. */
  output_scale?: number;
  /** Synopsys. Default 1. */
  bias_scale?: number;
  /** Synopsys. Default 0. */
  input_zero_point?: number;
  /** Synopsys. Default 0. */
  output_zero_point?: number;
  /** Synopsys. Default 0. */
  bias_zero_point?: number;
  /** Synopsys. Default None. */
  saturate?: BiasParameterSaturateMethod;
  /** Synopsys. Default tflite. */
  quantize_method?: BiasParameterQuantizeMethod;
}

/** Settings of the layer type ContrastiveLoss. */
export interface ContrastiveLossParameter {
  /** Default 1. */
  margin?: number;
  /** Default false. */
  legacy_version?: boolean;
}

/** Values of the enum Engine of ConvolutionParameter. */
export type ConvolutionParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN" | "MKL2017" | "MKLDNN";

/** Values of the enum CuDNNConvolutionAlgorithmSeeker of ConvolutionParameter. */
export type ConvolutionParameterCuDNNConvolutionAlgorithmSeeker = "GET" | "FINDEX";

/** Values of the enum SaturateMethod of ConvolutionParameter. */
export type ConvolutionParameterSaturateMethod =
  | "None"
  | "Signed"
  | "Unsigned"
  | "Signed_8bit"
  | "Unsigned_8bit";

/** Values of the enum QuantizeMethod of ConvolutionParameter. */
export type ConvolutionParameterQuantizeMethod = "tflite" | "ONNX" | "Caffe2";

/** Values of the enum FusionType of ConvolutionParameter. */
export type ConvolutionParameterFusionType = "NONE_FUSION" | "SUM_FUSION";

/**
 * Convolution and Deconvolution. Spatial settings are one number for all axes or one per axis; *_h and *_w
 * are for 2-D only.
 */
export interface ConvolutionParameter {
  num_output?: number;
  /** Default true. */
  bias_term?: boolean;
  pad?: number[];
  kernel_size?: number[];
  stride?: number[];
  dilation?: number[];
  /** Default 0. */
  pad_h?: number;
  /** Default 0. */
  pad_w?: number;
  kernel_h?: number;
  kernel_w?: number;
  stride_h?: number;
  stride_w?: number;
  /** Default 1. */
  group?: number;
  weight_filler?: FillerParameter;
  bias_filler?: FillerParameter;
  /** Default DEFAULT. */
  engine?: ConvolutionParameterEngine;
  /** Default 1. */
  axis?: number;
  /** Default false. */
  force_nd_im2col?: boolean;
  /** Caffe-windows, Jacinto, NVIDIA. Default FINDEX. */
  cudnn_convolution_algo_seeker?: ConvolutionParameterCuDNNConvolutionAlgorithmSeeker;
  /** Caffe-windows, Synopsys. */
  shape_offset?: number[];
  /** TSN. */
  dilation_h?: number;
  /** TSN. */
  dilation_w?: number;
  /** OpenPose. Default 0. */
  binary?: number;
  /** Synopsys. Default 0. */
  pad_type?: number;
  /** Synopsys. Default 0. */
  pad_l?: number;
  /** Synopsys. Default 0. */
  pad_r?: number;
  /** Synopsys. Default 0. */
  pad_t?: number;
  /** Synopsys. Default 0. */
  pad_b?: number;
  /** Synopsys. Default 1. */
  input_scale?: number;
  /** Synopsys. Default 1. */
  output_scale?: number;
  /** Synopsys. Default 1. */
  weight_scale?: number;
  /** Synopsys. Default 0. */
  input_zero_point?: number;
  /** Synopsys. Default 0. */
  output_zero_point?: number;
  /** Synopsys. Default 0. */
  weight_zero_point?: number;
  /** Synopsys. Default false. */
  per_channel_scale_weight?: boolean;
  /** Synopsys. Default false. */
  per_channel_scale_output?: boolean;
  /** Synopsys. Default false. */
  submanifold_sparse?: boolean;
  /** Synopsys. Default None. */
  saturate?: ConvolutionParameterSaturateMethod;
  /** Synopsys. Default tflite. */
  quantize_method?: ConvolutionParameterQuantizeMethod;
  /** Synopsys. Default false. */
  weight_fixed?: boolean;
  /** Synopsys. Default false. */
  dis_mode?: boolean;
  /** Synopsys. Default false. */
  gen_mode?: boolean;
  /** Intel. Default false. */
  relu?: boolean;
  /** Intel. Default 0. */
  negative_slope?: number;
  /** Intel. Default "direct". */
  conv_algorithm?: string;
  /** Intel. */
  coeff?: number[];
  /** Intel. Default NONE_FUSION. */
  fusion_type?: ConvolutionParameterFusionType;
  /** Jacinto, NVIDIA. Default "-1,-1,-1". */
  conv_algos_override?: string;
}

/** Settings of the layer type Crop. */
export interface CropParameter {
  /** Default 2. */
  axis?: number;
  offset?: number[];
}

/** Values of the enum DB of DataParameter. */
export type DataParameterDB = "LEVELDB" | "LMDB";

/** Values of the enum CHANNELENCODING of DataParameter. */
export type DataParameterCHANNELENCODING = "UINT8" | "UINT16FLOW" | "BOOL1";

/** Values of the enum RANDPERMORDER of DataParameter. */
export type DataParameterRANDPERMORDER = "FIRST_PERMUTE_THEN_RANGE" | "FIRST_RANGE_THEN_PERMUTE";

/** Settings of the layer type Data. */
export interface DataParameter {
  source?: string;
  batch_size?: number;
  /** Skip up to that many records at the start. Default 0. */
  rand_skip?: number;
  /** Default LEVELDB. */
  backend?: DataParameterDB;
  /** Deprecated, like the next three: use transform_param. Default 1. */
  scale?: number;
  mean_file?: string;
  /** Default 0. */
  crop_size?: number;
  /** Default false. */
  mirror?: boolean;
  /** Default false. */
  force_encoded_color?: boolean;
  /** Batches read ahead. Default 4. */
  prefetch?: number;
  /** Addition of Crema: read each epoch in another order, which follows from the seed. Default false. */
  shuffle?: boolean;
  /** FlowNet 2, Synopsys. Default 1. */
  disk_reader_threads?: number;
  /** FlowNet 2, Synopsys. Default false. */
  huge_video_dataset?: boolean;
  /** FlowNet 2, Synopsys. Default -1. */
  limit_samples?: number;
  /** FlowNet 2, Synopsys. */
  preselection_file?: string;
  /** FlowNet 2, Synopsys. */
  preselection_label?: number;
  /** FlowNet 2, Synopsys. Default 0. */
  range_start?: number;
  /** FlowNet 2, Synopsys. Default -1. */
  range_end?: number;
  /** FlowNet 2, Synopsys. Default false. */
  rand_permute?: boolean;
  /** FlowNet 2, Synopsys. Default FIRST_PERMUTE_THEN_RANGE. */
  rand_permute_order?: DataParameterRANDPERMORDER;
  /** FlowNet 2, Synopsys. Default 0. */
  rand_permute_seed?: number;
  /** FlowNet 2, Synopsys. */
  slice_point?: number[];
  /** FlowNet 2, Synopsys. */
  encoding?: DataParameterCHANNELENCODING[];
  /** FlowNet 2, Synopsys. Default false. */
  verbose?: boolean;
  /** FlowNet 2, Synopsys. */
  subtract?: number[];
  /** FlowNet 2, Synopsys. Default 0. */
  permute_every_iter?: number;
  /** FlowNet 2, Synopsys. Default 0. */
  block_size?: number;
  /** Synopsys, YOLOv2, Intel. */
  side?: number[];
  /** Synopsys. Default false. */
  random?: boolean;
  /** YOLOv2. Default 30. */
  num_label?: number;
  /** Jacinto, NVIDIA. Default 0. */
  threads?: number;
  /** Jacinto, NVIDIA. Default 0. */
  parser_threads?: number;
  /** Jacinto, NVIDIA. Default false. */
  cache?: boolean;
  /** NVIDIA. Default false. */
  precache?: boolean;
}

/** Values of the enum Engine of DropoutParameter. */
export type DropoutParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** Settings of the layer type Dropout. */
export interface DropoutParameter {
  /** Share of the values set to zero. Default 0.5. */
  dropout_ratio?: number;
  /** R-FCN, Faster R-CNN, CTPN and others. Default true. */
  scale_train?: boolean;
  /** SegNet, Synopsys. Default false. */
  sample_weights_test?: boolean;
  /** Caffe-windows. Default false. */
  sqrt_scale?: boolean;
  /** Jacinto, NVIDIA. Default DEFAULT. */
  engine?: DropoutParameterEngine;
  /** Jacinto, NVIDIA. Default -1. */
  random_seed?: number;
}

/** Settings of the layer type DummyData. */
export interface DummyDataParameter {
  data_filler?: FillerParameter[];
  shape?: BlobShape[];
  num?: number[];
  channels?: number[];
  height?: number[];
  width?: number[];
}

/** Values of the enum EltwiseOp of EltwiseParameter. */
export type EltwiseParameterEltwiseOp = "PROD" | "SUM" | "MAX" | "SORT" | "STOCHASTIC_SUM" | "DIV" | "MIN";

/** Values of the enum SaturateMethod of EltwiseParameter. */
export type EltwiseParameterSaturateMethod = "None" | "Signed" | "Unsigned" | "Signed_8bit" | "Unsigned_8bit";

/** Values of the enum QuantizeMethod of EltwiseParameter. */
export type EltwiseParameterQuantizeMethod = "tflite" | "ONNX" | "Caffe2";

/** Values of the enum Engine of EltwiseParameter. */
export type EltwiseParameterEngine = "DEFAULT" | "CAFFE" | "MKL2017" | "MKLDNN";

/** Settings of the layer type Eltwise. */
export interface EltwiseParameter {
  /** Default SUM. */
  operation?: EltwiseParameterEltwiseOp;
  /** SUM only: one per bottom. */
  coeff?: number[];
  /** Default true. */
  stable_prod_grad?: boolean;
  /** Synopsys. */
  input_scale?: number[];
  /** Synopsys. Default 1. */
  output_scale?: number;
  /** Synopsys. */
  input_zero_point?: number[];
  /** Synopsys. Default 0. */
  output_zero_point?: number;
  /** Synopsys. Default None. */
  saturate?: EltwiseParameterSaturateMethod;
  /** Synopsys. Default tflite. */
  quantize_method?: EltwiseParameterQuantizeMethod;
  /** Synopsys. Default 0. */
  axis?: number;
  /** Intel. Default DEFAULT. */
  engine?: EltwiseParameterEngine;
}

/** Settings of the layer type ELU. */
export interface ELUParameter {
  /** Default 1. */
  alpha?: number;
  /** Jacinto, NVIDIA. Default 1. */
  lambda?: number;
}

/** Settings of the layer type Embed. */
export interface EmbedParameter {
  num_output?: number;
  input_dim?: number;
  /** Default true. */
  bias_term?: boolean;
  weight_filler?: FillerParameter;
  bias_filler?: FillerParameter;
}

/** Settings of the layer type Exp. */
export interface ExpParameter {
  /** -1 means e. Default -1. */
  base?: number;
  /** Default 1. */
  scale?: number;
  /** Default 0. */
  shift?: number;
}

/** Settings of the layer type Flatten. */
export interface FlattenParameter {
  /** Default 1. */
  axis?: number;
  /** Default -1. */
  end_axis?: number;
}

/** Settings of the layer type HDF5Data. */
export interface HDF5DataParameter {
  source?: string;
  batch_size?: number;
  /** Default false. */
  shuffle?: boolean;
}

/** Settings of the layer type HDF5Output. */
export interface HDF5OutputParameter {
  file_name?: string;
}

/** Values of the enum Norm of HingeLossParameter. */
export type HingeLossParameterNorm = "L1" | "L2";

/** Settings of the layer type HingeLoss. */
export interface HingeLossParameter {
  /** Default L1. */
  norm?: HingeLossParameterNorm;
}

/** Values of the enum LabelType of ImageDataParameter. */
export type ImageDataParameterLabelType = "NONE" | "IMAGE" | "PIXEL";

/** Settings of the layer type ImageData. */
export interface ImageDataParameter {
  source?: string;
  /** Default 1. */
  batch_size?: number;
  /** Default 0. */
  rand_skip?: number;
  /** Default false. */
  shuffle?: boolean;
  /** Default 0. */
  new_height?: number;
  /** Default 0. */
  new_width?: number;
  /** Default true. */
  is_color?: boolean;
  /** Default 1. */
  scale?: number;
  mean_file?: string;
  /** Default 0. */
  crop_size?: number;
  /** Default false. */
  mirror?: boolean;
  /** Default "". */
  root_folder?: string;
  /** Addition of Crema: leaves out images that can't be read, with a warning. Default false. */
  skip_bad_images?: boolean;
  /** PSPNet, DeepLab, Synopsys. Default 255. */
  ignore_label?: number;
  /** PSPNet, DeepLab, Synopsys. Default IMAGE. */
  label_type?: ImageDataParameterLabelType;
  /** Caffe-windows. Default false. */
  face_transform?: boolean;
  /** Caffe-windows. Default 0. */
  max_shear_ratio?: number;
  /** Caffe-windows. Default 0. */
  max_aspect_ratio?: number;
  /** Caffe-windows. Default 0. */
  max_rotate_angle?: number;
  /** Caffe-windows. Default 1. */
  min_random_scale?: number;
  /** Caffe-windows. Default 1. */
  max_random_scale?: number;
  /** Caffe-windows. Default 0. */
  max_random_shift?: number;
  /** Caffe-windows. Default false. */
  face_mirror?: boolean;
  /** Caffe-windows. Default 0. */
  face_point_num?: number;
  /** Caffe-windows. Default false. */
  balance_class?: boolean;
  /** Caffe-windows. Default 0. */
  balance_by?: number;
  /** Caffe-windows. Default 0. */
  label_cut_start?: number;
  /** Caffe-windows. Default 0. */
  label_cut_end?: number;
  /** Intel. Default 0. */
  min_height?: number;
  /** Intel. Default 0. */
  min_width?: number;
  /** Jacinto, NVIDIA. Default 0. */
  short_side?: number;
  /** Jacinto, NVIDIA. Default 4. */
  threads?: number;
  /** Jacinto, NVIDIA. Default false. */
  cache?: boolean;
  /** NVIDIA. Default false. */
  precache?: boolean;
  /** NVIDIA. Default 1. */
  dataset_share_per_node?: number;
}

/** Settings of the layer type InfogainLoss. */
export interface InfogainLossParameter {
  source?: string;
  /** Default 1. */
  axis?: number;
}

/** Values of the enum SaturateMethod of InnerProductParameter. */
export type InnerProductParameterSaturateMethod =
  | "None"
  | "Signed"
  | "Unsigned"
  | "Signed_8bit"
  | "Unsigned_8bit";

/** Values of the enum QuantizeMethod of InnerProductParameter. */
export type InnerProductParameterQuantizeMethod = "tflite" | "ONNX" | "Caffe2";

/** Values of the enum Engine of InnerProductParameter. */
export type InnerProductParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN" | "MKLDNN";

/** Settings of the layer type InnerProduct. */
export interface InnerProductParameter {
  num_output?: number;
  /** Default true. */
  bias_term?: boolean;
  weight_filler?: FillerParameter;
  bias_filler?: FillerParameter;
  /** Default 1. */
  axis?: number;
  /** Default false. */
  transpose?: boolean;
  /** Caffe-windows. Default false. */
  normalize?: boolean;
  /** Synopsys. Default false. */
  weight_fixed?: boolean;
  /** Synopsys. Default false. */
  dis_mode?: boolean;
  /** Synopsys. Default false. */
  gen_mode?: boolean;
  /** Synopsys. Default 1. */
  input_scale?: number;
  /** Synopsys. Default 1. */
  output_scale?: number;
  /** Synopsys. Default 1. */
  weight_scale?: number;
  /** Synopsys. Default 0. */
  input_zero_point?: number;
  /** Synopsys. Default 0. */
  output_zero_point?: number;
  /** Synopsys. Default 0. */
  weight_zero_point?: number;
  /** Synopsys. Default None. */
  saturate?: InnerProductParameterSaturateMethod;
  /** Synopsys. Default tflite. */
  quantize_method?: InnerProductParameterQuantizeMethod;
  /** Intel. Default DEFAULT. */
  engine?: InnerProductParameterEngine;
  /** Intel. Default false. */
  relu?: boolean;
  /** Intel. Default 0. */
  negative_slope?: number;
}

/** Settings of the layer type Input. */
export interface InputParameter {
  shape?: BlobShape[];
  /** Synopsys. Default 1. */
  output_scale?: number;
  /** Synopsys. Default 0. */
  output_zero_point?: number;
}

/** Settings of the layer type Log. */
export interface LogParameter {
  /** -1 means e. Default -1. */
  base?: number;
  /** Default 1. */
  scale?: number;
  /** Default 0. */
  shift?: number;
}

/** Values of the enum NormRegion of LRNParameter. */
export type LRNParameterNormRegion = "ACROSS_CHANNELS" | "WITHIN_CHANNEL";

/** Values of the enum Engine of LRNParameter. */
export type LRNParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN" | "MKL2017" | "MKLDNN";

/** Local response normalization. */
export interface LRNParameter {
  /** Odd. Default 5. */
  local_size?: number;
  /** Default 1. */
  alpha?: number;
  /** Default 0.75. */
  beta?: number;
  /** Default ACROSS_CHANNELS. */
  norm_region?: LRNParameterNormRegion;
  /** Default 1. */
  k?: number;
  /** Default DEFAULT. */
  engine?: LRNParameterEngine;
  /** Synopsys. Default 1. */
  input_scale?: number;
  /** Synopsys. Default 1. */
  output_scale?: number;
}

/** Settings of the layer type MemoryData. */
export interface MemoryDataParameter {
  batch_size?: number;
  channels?: number;
  height?: number;
  width?: number;
  /** Caffe-windows. Default false. */
  transpose?: boolean;
}

/** Mean-variance normalization. */
export interface MVNParameter {
  /** Default true. */
  normalize_variance?: boolean;
  /** Default false. */
  across_channels?: boolean;
  /** Default 1e-9. */
  eps?: number;
  /** Synopsys. Default false. */
  add_eps_before_sqrt?: boolean;
}

/** Settings of the layer type Parameter. */
export interface ParameterParameter {
  shape?: BlobShape;
  /** Caffe-windows. */
  blob_filler?: FillerParameter;
}

/** Values of the enum PoolMethod of PoolingParameter. */
export type PoolingParameterPoolMethod =
  | "MAX"
  | "AVE"
  | "STOCHASTIC"
  | "DEF"
  | "DEF_ALL"
  | "DEF_ALL2"
  | "DEF_ALL3"
  | "DEF_ALL4"
  | "LOWRES"
  | "AVE_EXC_PAD"
  | "AVE_TF";

/** Values of the enum Engine of PoolingParameter. */
export type PoolingParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN" | "MKL2017" | "MKLDNN";

/** Values of the enum RoundMode of PoolingParameter. */
export type PoolingParameterRoundMode = "CEIL" | "FLOOR";

/** Values of the enum SaturateMethod of PoolingParameter. */
export type PoolingParameterSaturateMethod = "None" | "Signed" | "Unsigned" | "Signed_8bit" | "Unsigned_8bit";

/** Values of the enum QuantizeMethod of PoolingParameter. */
export type PoolingParameterQuantizeMethod = "tflite" | "ONNX" | "Caffe2";

/** Settings of the layer type Pooling. */
export interface PoolingParameter {
  /** Default MAX. */
  pool?: PoolingParameterPoolMethod;
  /** Default 0. */
  pad?: number;
  /** Default 0. */
  pad_h?: number;
  /** Default 0. */
  pad_w?: number;
  kernel_size?: number;
  kernel_h?: number;
  kernel_w?: number;
  /** Default 1. */
  stride?: number;
  stride_h?: number;
  stride_w?: number;
  /** Default DEFAULT. */
  engine?: PoolingParameterEngine;
  /** The window is the whole image. Default false. */
  global_pooling?: boolean;
  /** Of the output size. Default CEIL. */
  round_mode?: PoolingParameterRoundMode;
  /** Caffe-windows. */
  blobs_lr?: number;
  /** Caffe-windows. Default 0.0001. */
  blobs_a_min?: number;
  /** Synopsys. Default 0. */
  pad_type?: number;
  /** Synopsys. Default 0. */
  pad_l?: number;
  /** Synopsys. Default 0. */
  pad_r?: number;
  /** Synopsys. Default 0. */
  pad_t?: number;
  /** Synopsys. Default 0. */
  pad_b?: number;
  /** Synopsys. Default 0. */
  output_shift_instead_division?: number;
  /** Synopsys. Default 1. */
  input_scale?: number;
  /** Synopsys. Default 1. */
  output_scale?: number;
  /** Synopsys. Default 0. */
  input_zero_point?: number;
  /** Synopsys. Default 0. */
  output_zero_point?: number;
  /** Synopsys. Default None. */
  saturate?: PoolingParameterSaturateMethod;
  /** Synopsys. Default tflite. */
  quantize_method?: PoolingParameterQuantizeMethod;
  /** Synopsys, SeqFace. Default true. */
  ceil_mode?: boolean;
  /** Intel. */
  pad_3d?: number[];
  /** Intel. */
  kernel_size_3d?: number[];
  /** Intel. */
  stride_3d?: number[];
  /** Intel. Default true. */
  avg_include_pad?: boolean;
  /** Intel. Default 1. */
  axis?: number;
  /** Jacinto, NVIDIA. Default false. */
  torch_pooling?: boolean;
}

/** Values of the enum SaturateMethod of PowerParameter. */
export type PowerParameterSaturateMethod = "None" | "Signed" | "Unsigned" | "Signed_8bit" | "Unsigned_8bit";

/** Values of the enum QuantizeMethod of PowerParameter. */
export type PowerParameterQuantizeMethod = "tflite" | "ONNX" | "Caffe2";

/** Settings of the layer type Power. */
export interface PowerParameter {
  /** Default 1. */
  power?: number;
  /** Default 1. */
  scale?: number;
  /** Default 0. */
  shift?: number;
  /** Synopsys. Default None. */
  saturate?: PowerParameterSaturateMethod;
  /** Synopsys. Default tflite. */
  quantize_method?: PowerParameterQuantizeMethod;
}

/** A layer that is a class of a scripting language; Crema looks for a TypeScript module of that name. */
export interface PythonParameter {
  module?: string;
  layer?: string;
  /** Handed to the layer as it is. Default "". */
  param_str?: string;
  /** Default false. */
  share_in_parallel?: boolean;
}

/** Addition of Crema: a layer (or record source) that is a TypeScript class. */
export interface ScriptParameter {
  /** URL, path relative to this prototxt, or a name of the import map. */
  module?: string;
  /** The exported class. */
  layer?: string;
  /** JSON reaches the layer parsed; other text as it is. Default "". */
  param_str?: string;
  /** "sha256-…", checked before any code runs. */
  integrity?: string;
}

/** LSTM and RNN. */
export interface RecurrentParameter {
  /** Default 0. */
  num_output?: number;
  weight_filler?: FillerParameter;
  bias_filler?: FillerParameter;
  /** Default false. */
  debug_info?: boolean;
  /** Default false. */
  expose_hidden?: boolean;
  /** Synopsys. Default false. */
  default_initial?: boolean;
  /** Synopsys. Default false. */
  continue_recur?: boolean;
  /** Synopsys. Default false. */
  tf_rnn?: boolean;
  /** Synopsys. Default 0. */
  linear_before_reset?: number;
  /** Synopsys. Default "forward". */
  direction?: string;
  /** Synopsys. */
  activation_alpha?: number[];
  /** Synopsys. */
  activation_beta?: number[];
  /** Synopsys. */
  activations?: string[];
}

/** Values of the enum ReductionOp of ReductionParameter. */
export type ReductionParameterReductionOp = "SUM" | "ASUM" | "SUMSQ" | "MEAN" | "TOPK";

/** Settings of the layer type Reduction. */
export interface ReductionParameter {
  /** Default SUM. */
  operation?: ReductionParameterReductionOp;
  /** Default 0. */
  axis?: number;
  /** Default 1. */
  coeff?: number;
  /** TSN. Default 1. */
  k?: number;
}

/** Values of the enum Engine of ReLUParameter. */
export type ReLUParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN" | "MKL2017" | "MKLDNN";

/** Values of the enum SaturateMethod of ReLUParameter. */
export type ReLUParameterSaturateMethod = "None" | "Signed" | "Unsigned" | "Signed_8bit" | "Unsigned_8bit";

/** Settings of the layer type ReLU. */
export interface ReLUParameter {
  /** Default 0. */
  negative_slope?: number;
  /** Default DEFAULT. */
  engine?: ReLUParameterEngine;
  /** Synopsys. Default false. */
  relu6?: boolean;
  /** Synopsys. Default 0. */
  maximum?: number;
  /** Synopsys. Default 0. */
  minimum?: number;
  /** Synopsys. Default 1. */
  input_scale?: number;
  /** Synopsys. Default 1. */
  output_scale?: number;
  /** Synopsys. Default 0. */
  input_zero_point?: number;
  /** Synopsys. Default 0. */
  output_zero_point?: number;
  /** Synopsys. Default None. */
  saturate?: ReLUParameterSaturateMethod;
  /** Intel. Default false. */
  fuse?: boolean;
}

/** Settings of the layer type Reshape. */
export interface ReshapeParameter {
  /** 0 copies the size of the bottom, -1 infers it. */
  shape?: BlobShape;
  /** Default 0. */
  axis?: number;
  /** Default -1. */
  num_axes?: number;
  /** Synopsys, Intel. Default 1. */
  pixelshuffler?: number;
}

/** Settings of the layer type Scale. */
export interface ScaleParameter {
  /** Default 1. */
  axis?: number;
  /** -1 for all from axis on. Default 1. */
  num_axes?: number;
  filler?: FillerParameter;
  /** Default false. */
  bias_term?: boolean;
  bias_filler?: FillerParameter;
  /** Caffe-windows. */
  min_value?: number;
  /** Caffe-windows. */
  max_value?: number;
  /** Synopsys. Default false. */
  dis_mode?: boolean;
  /** Synopsys. Default false. */
  gen_mode?: boolean;
}

/** Values of the enum Engine of SigmoidParameter. */
export type SigmoidParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** Values of the enum SaturateMethod of SigmoidParameter. */
export type SigmoidParameterSaturateMethod = "None" | "Signed" | "Unsigned" | "Signed_8bit" | "Unsigned_8bit";

/** Settings of the layer type Sigmoid. */
export interface SigmoidParameter {
  /** Default DEFAULT. */
  engine?: SigmoidParameterEngine;
  /** Synopsys. Default 1. */
  input_scale?: number;
  /** Synopsys. Default 1. */
  output_scale?: number;
  /** Synopsys. Default 0. */
  input_zero_point?: number;
  /** Synopsys. Default 0. */
  output_zero_point?: number;
  /** Synopsys. Default None. */
  saturate?: SigmoidParameterSaturateMethod;
}

/** Settings of the layer type Slice. */
export interface SliceParameter {
  /** Default 1. */
  axis?: number;
  slice_point?: number[];
  /** Deprecated: use axis. Default 1. */
  slice_dim?: number;
}

/** Values of the enum Engine of SoftmaxParameter. */
export type SoftmaxParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** Values of the enum SaturateMethod of SoftmaxParameter. */
export type SoftmaxParameterSaturateMethod = "None" | "Signed" | "Unsigned" | "Signed_8bit" | "Unsigned_8bit";

/** Settings of the layer type Softmax. */
export interface SoftmaxParameter {
  /** Default DEFAULT. */
  engine?: SoftmaxParameterEngine;
  /** Default 1. */
  axis?: number;
  /** Caffe-windows. Default 1. */
  hard_ratio?: number;
  /** Caffe-windows. */
  class_weight?: number[];
  /** Caffe-windows. */
  hard_mining_label?: number;
  /** Caffe-windows. */
  cutting_point?: number;
  /** Caffe-windows. Default "Softmax". */
  normalize_type?: string;
  /** Caffe-windows. Default 0. */
  label_smooth_factor?: number;
  /** Synopsys. Default 1. */
  input_scale?: number;
  /** Synopsys. Default 1. */
  output_scale?: number;
  /** Synopsys. Default 0. */
  input_zero_point?: number;
  /** Synopsys. Default 0. */
  output_zero_point?: number;
  /** Synopsys. Default None. */
  saturate?: SoftmaxParameterSaturateMethod;
}

/** Settings of the layer type Swish. */
export interface SwishParameter {
  /** Default 1. */
  beta?: number;
}

/** Values of the enum Engine of TanHParameter. */
export type TanHParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** Settings of the layer type TanH. */
export interface TanHParameter {
  /** Default DEFAULT. */
  engine?: TanHParameterEngine;
}

/** Settings of the layer type Tile. */
export interface TileParameter {
  /** Default 1. */
  axis?: number;
  tiles?: number;
}

/** Settings of the layer type Threshold. */
export interface ThresholdParameter {
  /** Default 0. */
  threshold?: number;
}

/** Windows cut from images, listed in a file. */
export interface WindowDataParameter {
  source?: string;
  /** Default 1. */
  scale?: number;
  mean_file?: string;
  batch_size?: number;
  /** Default 0. */
  crop_size?: number;
  /** Default false. */
  mirror?: boolean;
  /** Default 0.5. */
  fg_threshold?: number;
  /** Default 0.5. */
  bg_threshold?: number;
  /** Default 0.25. */
  fg_fraction?: number;
  /** Default 0. */
  context_pad?: number;
  /** Default "warp". */
  crop_mode?: string;
  /** Default false. */
  cache_images?: boolean;
  /** Default "". */
  root_folder?: string;
}

/** Values of the enum PoolMethod of SPPParameter. */
export type SPPParameterPoolMethod = "MAX" | "AVE" | "STOCHASTIC" | "AVE_EXC_PAD" | "AVE_TF";

/** Values of the enum Engine of SPPParameter. */
export type SPPParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** Spatial pyramid pooling. */
export interface SPPParameter {
  pyramid_height?: number;
  /** Default MAX. */
  pool?: SPPParameterPoolMethod;
  /** Default DEFAULT. */
  engine?: SPPParameterEngine;
}

/** Values of the enum LayerType of V1LayerParameter. */
export type V1LayerParameterLayerType =
  | "NONE"
  | "ABSVAL"
  | "ACCURACY"
  | "ARGMAX"
  | "BNLL"
  | "CONCAT"
  | "CONTRASTIVE_LOSS"
  | "CONVOLUTION"
  | "DATA"
  | "DECONVOLUTION"
  | "DROPOUT"
  | "DUMMY_DATA"
  | "EUCLIDEAN_LOSS"
  | "ELTWISE"
  | "EXP"
  | "FLATTEN"
  | "HDF5_DATA"
  | "HDF5_OUTPUT"
  | "HINGE_LOSS"
  | "IM2COL"
  | "IMAGE_DATA"
  | "INFOGAIN_LOSS"
  | "INNER_PRODUCT"
  | "LRN"
  | "MEMORY_DATA"
  | "MULTINOMIAL_LOGISTIC_LOSS"
  | "MVN"
  | "POOLING"
  | "POWER"
  | "RELU"
  | "SIGMOID"
  | "SIGMOID_CROSS_ENTROPY_LOSS"
  | "SILENCE"
  | "SOFTMAX"
  | "SOFTMAX_LOSS"
  | "SPLIT"
  | "SLICE"
  | "TANH"
  | "WINDOW_DATA"
  | "THRESHOLD";

/** Values of the enum DimCheckMode of V1LayerParameter. */
export type V1LayerParameterDimCheckMode = "STRICT" | "PERMISSIVE";

/** A layer as written before 2014 (`layers { type: RELU }`). Upgraded on reading. */
export interface V1LayerParameter {
  bottom?: string[];
  top?: string[];
  name?: string;
  include?: NetStateRule[];
  exclude?: NetStateRule[];
  type?: V1LayerParameterLayerType;
  blobs?: BlobProto[];
  param?: string[];
  blob_share_mode?: V1LayerParameterDimCheckMode[];
  blobs_lr?: number[];
  weight_decay?: number[];
  loss_weight?: number[];
  accuracy_param?: AccuracyParameter;
  argmax_param?: ArgMaxParameter;
  concat_param?: ConcatParameter;
  contrastive_loss_param?: ContrastiveLossParameter;
  convolution_param?: ConvolutionParameter;
  data_param?: DataParameter;
  dropout_param?: DropoutParameter;
  dummy_data_param?: DummyDataParameter;
  eltwise_param?: EltwiseParameter;
  exp_param?: ExpParameter;
  hdf5_data_param?: HDF5DataParameter;
  hdf5_output_param?: HDF5OutputParameter;
  hinge_loss_param?: HingeLossParameter;
  image_data_param?: ImageDataParameter;
  infogain_loss_param?: InfogainLossParameter;
  inner_product_param?: InnerProductParameter;
  lrn_param?: LRNParameter;
  memory_data_param?: MemoryDataParameter;
  mvn_param?: MVNParameter;
  pooling_param?: PoolingParameter;
  power_param?: PowerParameter;
  relu_param?: ReLUParameter;
  sigmoid_param?: SigmoidParameter;
  softmax_param?: SoftmaxParameter;
  slice_param?: SliceParameter;
  tanh_param?: TanHParameter;
  threshold_param?: ThresholdParameter;
  window_data_param?: WindowDataParameter;
  transform_param?: TransformationParameter;
  loss_param?: LossParameter;
  /** The V0 form. */
  layer?: V0LayerParameter;
}

/** Values of the enum PoolMethod of V0LayerParameter. */
export type V0LayerParameterPoolMethod = "MAX" | "AVE" | "STOCHASTIC";

/** The oldest form of a layer. Upgraded on reading. */
export interface V0LayerParameter {
  name?: string;
  type?: string;
  num_output?: number;
  /** Default true. */
  biasterm?: boolean;
  weight_filler?: FillerParameter;
  bias_filler?: FillerParameter;
  /** Default 0. */
  pad?: number;
  kernelsize?: number;
  /** Default 1. */
  group?: number;
  /** Default 1. */
  stride?: number;
  /** Default MAX. */
  pool?: V0LayerParameterPoolMethod;
  /** Default 0.5. */
  dropout_ratio?: number;
  /** Default 5. */
  local_size?: number;
  /** Default 1. */
  alpha?: number;
  /** Default 0.75. */
  beta?: number;
  /** Default 1. */
  k?: number;
  source?: string;
  /** Default 1. */
  scale?: number;
  meanfile?: string;
  batchsize?: number;
  /** Default 0. */
  cropsize?: number;
  /** Default false. */
  mirror?: boolean;
  blobs?: BlobProto[];
  blobs_lr?: number[];
  weight_decay?: number[];
  /** Default 0. */
  rand_skip?: number;
  /** Default 0.5. */
  det_fg_threshold?: number;
  /** Default 0.5. */
  det_bg_threshold?: number;
  /** Default 0.25. */
  det_fg_fraction?: number;
  /** Default 0. */
  det_context_pad?: number;
  /** Default "warp". */
  det_crop_mode?: string;
  /** Default 0. */
  new_num?: number;
  /** Default 0. */
  new_channels?: number;
  /** Default 0. */
  new_height?: number;
  /** Default 0. */
  new_width?: number;
  /** Default false. */
  shuffle_images?: boolean;
  /** Default 1. */
  concat_dim?: number;
  hdf5_output_param?: HDF5OutputParameter;
}

/** Settings of the layer type PReLU. */
export interface PReLUParameter {
  filler?: FillerParameter;
  /** Default false. */
  channel_shared?: boolean;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface LabelMapItem {
  name?: string;
  label?: number;
  display_name?: string;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface LabelMap {
  item?: LabelMapItem[];
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface Sampler {
  /** Default 1. */
  min_scale?: number;
  /** Default 1. */
  max_scale?: number;
  /** Default 1. */
  min_aspect_ratio?: number;
  /** Default 1. */
  max_aspect_ratio?: number;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface SampleConstraint {
  min_jaccard_overlap?: number;
  max_jaccard_overlap?: number;
  min_sample_coverage?: number;
  max_sample_coverage?: number;
  min_object_coverage?: number;
  max_object_coverage?: number;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface BatchSampler {
  /** Default true. */
  use_original_image?: boolean;
  sampler?: Sampler;
  sample_constraint?: SampleConstraint;
  max_sample?: number;
  /** Default 100. */
  max_trials?: number;
}

/** Values of the enum EmitType of EmitConstraint. */
export type EmitConstraintEmitType = "CENTER" | "MIN_OVERLAP";

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface EmitConstraint {
  /** Default CENTER. */
  emit_type?: EmitConstraintEmitType;
  emit_overlap?: number;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface NormalizedBBox {
  xmin?: number;
  ymin?: number;
  xmax?: number;
  ymax?: number;
  label?: number;
  difficult?: boolean;
  score?: number;
  size?: number;
  /** Synopsys. */
  x_center?: number;
  /** Synopsys. */
  y_center?: number;
  /** Synopsys. */
  width?: number;
  /** Synopsys. */
  height?: number;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface Annotation {
  /** Default 0. */
  instance_id?: number;
  bbox?: NormalizedBBox;
  /** MobileNet-YOLO. */
  lanes?: LaneInfo;
  /** SSTD. */
  oriented_bbox?: NormalizedOrientedBBox;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface AnnotationGroup {
  group_label?: number;
  annotation?: Annotation[];
}

/** Values of the enum AnnotationType of AnnotatedDatum. */
export type AnnotatedDatumAnnotationType = "BBOX" | "BBOXandSeg" | "LANE";

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface AnnotatedDatum {
  datum?: Datum;
  type?: AnnotatedDatumAnnotationType;
  annotation_group?: AnnotationGroup[];
  /** Jacinto, NVIDIA. Default 0. */
  record_id?: number;
}

/** Values of the enum Resize_mode of ResizeParameter. */
export type ResizeParameterResize_mode = "WARP" | "FIT_SMALL_SIZE" | "FIT_LARGE_SIZE_AND_PAD";

/** Values of the enum Pad_mode of ResizeParameter. */
export type ResizeParameterPad_mode = "CONSTANT" | "MIRRORED" | "REPEAT_NEAREST";

/** Values of the enum Interp_mode of ResizeParameter. */
export type ResizeParameterInterp_mode = "LINEAR" | "AREA" | "NEAREST" | "CUBIC" | "LANCZOS4";

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface ResizeParameter {
  /** Default 1. */
  prob?: number;
  /** Default WARP. */
  resize_mode?: ResizeParameterResize_mode;
  /** Default 0. */
  height?: number;
  /** Default 0. */
  width?: number;
  /** Default 0. */
  height_scale?: number;
  /** Default 0. */
  width_scale?: number;
  /** Default CONSTANT. */
  pad_mode?: ResizeParameterPad_mode;
  pad_value?: number[];
  interp_mode?: ResizeParameterInterp_mode[];
  /** Caffe-windows. Default false. */
  is_pyramid_test?: boolean;
  /** Caffe-windows. */
  out_height_scale?: number;
  /** Caffe-windows. */
  out_width_scale?: number;
  /** Synopsys. Default 0.3. */
  jitter?: number;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface SaltPepperParameter {
  /** Default 0. */
  fraction?: number;
  value?: number[];
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface NoiseParameter {
  /** Default 0. */
  prob?: number;
  /** Default false. */
  hist_eq?: boolean;
  /** Default false. */
  inverse?: boolean;
  /** Default false. */
  decolorize?: boolean;
  /** Default false. */
  gauss_blur?: boolean;
  /** Default -1. */
  jpeg?: number;
  /** Default false. */
  posterize?: boolean;
  /** Default false. */
  erode?: boolean;
  /** Default false. */
  saltpepper?: boolean;
  saltpepper_param?: SaltPepperParameter;
  /** Default false. */
  clahe?: boolean;
  /** Default false. */
  convert_to_hsv?: boolean;
  /** Default false. */
  convert_to_lab?: boolean;
  /** Caffe-windows. Default 0. */
  gaussian_std?: number;
  /** Caffe-windows. Default 0. */
  uniform_range?: number;
  /** Caffe-windows. Default 0. */
  bias?: number;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface DistortionParameter {
  /** Default 0. */
  brightness_prob?: number;
  /** Default 0. */
  brightness_delta?: number;
  /** Default 0. */
  contrast_prob?: number;
  /** Default 0. */
  contrast_lower?: number;
  /** Default 0. */
  contrast_upper?: number;
  /** Default 0. */
  hue_prob?: number;
  /** Default 0. */
  hue_delta?: number;
  /** Default 0. */
  saturation_prob?: number;
  /** Default 0. */
  saturation_lower?: number;
  /** Default 0. */
  saturation_upper?: number;
  /** Default 0. */
  random_order_prob?: number;
  /** Synopsys. Default 0. */
  exposure_lower?: number;
  /** Synopsys. Default 0. */
  exposure_upper?: number;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface ExpansionParameter {
  /** Default 1. */
  prob?: number;
  /** Default 1. */
  max_expand_ratio?: number;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface AnnotatedDataParameter {
  batch_sampler?: BatchSampler[];
  label_map_file?: string;
  anno_type?: AnnotatedDatumAnnotationType;
  /** MobileNet-YOLO. Default 0. */
  yolo_data_type?: number;
  /** MobileNet-YOLO. Default 0.3. */
  yolo_data_jitter?: number;
  /** MobileNet-YOLO. Default true. */
  train_diffcult?: boolean;
  /** MobileNet-YOLO. Default true. */
  single_class?: boolean;
  /** MobileNet-YOLO. Default 8. */
  seg_scales?: number;
  /** MobileNet-YOLO. Default 0. */
  seg_resize_width?: number;
  /** MobileNet-YOLO. Default 0. */
  seg_resize_height?: number;
  /** MobileNet-YOLO. Default false. */
  difficult_label_warmup?: boolean;
  /** SSTD. Default false. */
  oriented?: boolean;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface DetectionEvaluateParameter {
  num_classes?: number;
  /** Default 0. */
  background_label_id?: number;
  /** Default 0.5. */
  overlap_threshold?: number;
  /** Default true. */
  evaluate_difficult_gt?: boolean;
  name_size_file?: string;
  resize_param?: ResizeParameter;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface NonMaximumSuppressionParameter {
  /** Default 0.3. */
  nms_threshold?: number;
  top_k?: number;
  /** Default 1. */
  eta?: number;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface SaveOutputParameter {
  output_directory?: string;
  output_name_prefix?: string;
  output_format?: string;
  label_map_file?: string;
  name_size_file?: string;
  num_test_image?: number;
  resize_param?: ResizeParameter;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface DetectionOutputParameter {
  num_classes?: number;
  /** Default true. */
  share_location?: boolean;
  /** Default 0. */
  background_label_id?: number;
  nms_param?: NonMaximumSuppressionParameter;
  save_output_param?: SaveOutputParameter;
  /** Default CORNER. */
  code_type?: PriorBoxParameterCodeType;
  /** Default false. */
  variance_encoded_in_target?: boolean;
  /** Default -1. */
  keep_top_k?: number;
  confidence_threshold?: number;
  /** Default false. */
  visualize?: boolean;
  visualize_threshold?: number;
  save_file?: string;
  /** RefineDet, Synopsys. Default 0.01. */
  objectness_score?: number;
  /** Synopsys. Default false. */
  ratio_permute?: boolean;
  /** Synopsys. Default false. */
  no_permute?: boolean;
  /** Synopsys. Default 6. */
  nbottom?: number;
  /** Synopsys. Default false. */
  arm_conf_no_concat?: boolean;
  /** Synopsys. Default false. */
  arm_loc_no_concat?: boolean;
  /** Synopsys. Default 3. */
  ratio0?: number;
  /** Synopsys. Default 6. */
  ratio1?: number;
  /** Synopsys. Default 6. */
  ratio2?: number;
  /** Synopsys. Default 6. */
  ratio3?: number;
  /** Synopsys. Default 6. */
  ratio4?: number;
  /** Synopsys. Default 6. */
  ratio5?: number;
  /** Synopsys. Default false. */
  tflite_detection?: boolean;
  /** Synopsys. Default false. */
  tflite_use_regular_nms?: boolean;
  /** Synopsys. Default 1. */
  max_classes_per_detection?: number;
  /** Synopsys. */
  scale_xywh?: number[];
  /** YOLOv2. Default 13. */
  side?: number;
  /** YOLOv2. Default 20. */
  classes?: number;
  /** YOLOv2. Default 5. */
  num_box?: number;
  /** YOLOv2. Default 4. */
  coords?: number;
  /** YOLOv2. Default 0.45. */
  nms_threshold?: number;
  /** YOLOv2. */
  biases?: number[];
  /** YOLOv2. */
  label_map_file?: string;
}

/** Values of the enum LocLossType of MultiBoxLossParameter. */
export type MultiBoxLossParameterLocLossType = "L2" | "SMOOTH_L1";

/** Values of the enum ConfLossType of MultiBoxLossParameter. */
export type MultiBoxLossParameterConfLossType = "SOFTMAX" | "LOGISTIC";

/** Values of the enum MatchType of MultiBoxLossParameter. */
export type MultiBoxLossParameterMatchType = "BIPARTITE" | "PER_PREDICTION";

/** Values of the enum MiningType of MultiBoxLossParameter. */
export type MultiBoxLossParameterMiningType = "NONE" | "MAX_NEGATIVE" | "HARD_EXAMPLE";

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface MultiBoxLossParameter {
  /** Default SMOOTH_L1. */
  loc_loss_type?: MultiBoxLossParameterLocLossType;
  /** Default SOFTMAX. */
  conf_loss_type?: MultiBoxLossParameterConfLossType;
  /** Default 1. */
  loc_weight?: number;
  num_classes?: number;
  /** Default true. */
  share_location?: boolean;
  /** Default PER_PREDICTION. */
  match_type?: MultiBoxLossParameterMatchType;
  /** Default 0.5. */
  overlap_threshold?: number;
  /** Default true. */
  use_prior_for_matching?: boolean;
  /** Default 0. */
  background_label_id?: number;
  /** Default true. */
  use_difficult_gt?: boolean;
  do_neg_mining?: boolean;
  /** Default 3. */
  neg_pos_ratio?: number;
  /** Default 0.5. */
  neg_overlap?: number;
  /** Default CORNER. */
  code_type?: PriorBoxParameterCodeType;
  /** Default false. */
  encode_variance_in_target?: boolean;
  /** Default false. */
  map_object_to_agnostic?: boolean;
  /** Default false. */
  ignore_cross_boundary_bbox?: boolean;
  /** Default false. */
  bp_inside?: boolean;
  /** Default MAX_NEGATIVE. */
  mining_type?: MultiBoxLossParameterMiningType;
  nms_param?: NonMaximumSuppressionParameter;
  /** Default 64. */
  sample_size?: number;
  /** Default false. */
  use_prior_for_nms?: boolean;
  /** RefineDet, Synopsys. Default 0.01. */
  objectness_score?: number;
  /** SSTD. Default 1. */
  oriented_weight?: number;
  /** Jacinto, NVIDIA. Default false. */
  ignore_difficult_gt?: boolean;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface NormalizeParameter {
  /** Default true. */
  across_spatial?: boolean;
  scale_filler?: FillerParameter;
  /** Default true. */
  channel_shared?: boolean;
  /** Default 1e-10. */
  eps?: number;
  /** Caffe-windows. Default "L2". */
  normalize_type?: string;
  /** Caffe-windows. Default false. */
  fix_gradient?: boolean;
  /** Caffe-windows. Default false. */
  bp_norm?: boolean;
  /** Synopsys. Default true. */
  add_eps_before_sqrt?: boolean;
}

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface PermuteParameter {
  order?: number[];
}

/** Values of the enum CodeType of PriorBoxParameter. */
export type PriorBoxParameterCodeType = "CORNER" | "CENTER_SIZE" | "CORNER_SIZE";

/** SSD, MobileNet-YOLO, RefineDet and others. */
export interface PriorBoxParameter {
  min_size?: number[];
  max_size?: number[];
  aspect_ratio?: number[];
  /** Default true. */
  flip?: boolean;
  /** Default false. */
  clip?: boolean;
  variance?: number[];
  img_size?: number;
  img_h?: number;
  img_w?: number;
  step?: number;
  step_h?: number;
  step_w?: number;
  /** Default 0.5. */
  offset?: number;
  /** Synopsys. Default false. */
  faceboxes?: boolean;
  /** Synopsys. */
  box_width?: number[];
  /** Synopsys. */
  box_height?: number[];
  /** Synopsys. Default false. */
  tf?: boolean;
  /** Synopsys. Default false. */
  yx_order?: boolean;
  /** Synopsys. Default false. */
  keras?: boolean;
}

/** Values of the enum VideoType of VideoDataParameter. */
export type VideoDataParameterVideoType = "WEBCAM" | "VIDEO";

/** Values of the enum Modality of VideoDataParameter. */
export type VideoDataParameterModality = "RGB" | "FLOW";

/** SSD, RefineDet, TSN and others. */
export interface VideoDataParameter {
  /** Default WEBCAM. */
  video_type?: VideoDataParameterVideoType;
  /** Default 0. */
  device_id?: number;
  video_file?: string;
  /** Default 0. */
  skip_frames?: number;
  /** TSN. */
  source?: string;
  /** TSN. */
  batch_size?: number;
  /** TSN. Default 0. */
  rand_skip?: number;
  /** TSN. Default false. */
  shuffle?: boolean;
  /** TSN. Default 0. */
  new_height?: number;
  /** TSN. Default 0. */
  new_width?: number;
  /** TSN. Default 1. */
  new_length?: number;
  /** TSN. Default 1. */
  num_segments?: number;
  /** TSN. Default 1. */
  scale?: number;
  /** TSN. */
  mean_file?: string;
  /** TSN. Default 0. */
  crop_size?: number;
  /** TSN. Default false. */
  mirror?: boolean;
  /** TSN. Default FLOW. */
  modality?: VideoDataParameterModality;
  /** TSN. */
  name_pattern?: string;
  /** TSN. Default false. */
  encoded?: boolean;
  /** TSN. Default false. */
  grayscale?: boolean;
}

/** R-FCN, Intel. */
export interface BoxAnnotatorOHEMParameter {
  roi_per_img: number;
  /** Default -1. */
  ignore_label?: number;
}

/** R-FCN, caffe-windows, Intel. */
export interface PSROIPoolingParameter {
  spatial_scale: number;
  output_dim: number;
  group_size: number;
}

/** R-FCN, Faster R-CNN, Fast R-CNN and others. */
export interface ROIPoolingParameter {
  /** Default 0. */
  pooled_h?: number;
  /** Default 0. */
  pooled_w?: number;
  /** Default 1. */
  spatial_scale?: number;
  /** Intel. */
  pooled_size?: number[];
}

/** R-FCN, Faster R-CNN, CTPN and others. */
export interface SmoothL1LossParameter {
  /** Default 1. */
  sigma?: number;
  /** Synopsys. Default true. */
  abssum?: boolean;
}

/** Values of the enum BNMode of BNParameter. */
export type BNParameterBNMode = "LEARN" | "INFERENCE";

/** Values of the enum Engine of BNParameter. */
export type BNParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** SegNet, PSPNet, caffe-windows and others. */
export interface BNParameter {
  /** Default LEARN. */
  bn_mode?: BNParameterBNMode;
  scale_filler?: FillerParameter;
  shift_filler?: FillerParameter;
  /** PSPNet, caffe-windows, TSN and others. */
  slope_filler?: FillerParameter;
  /** PSPNet, caffe-windows, TSN and others. */
  bias_filler?: FillerParameter;
  /** PSPNet, caffe-windows, TSN and others. Default 0.9. */
  momentum?: number;
  /** PSPNet, caffe-windows, TSN and others. Default 0.00001. */
  eps?: number;
  /** PSPNet, caffe-windows, TSN and others. Default false. */
  frozen?: boolean;
  /** PSPNet, caffe-windows, TSN and others. Default DEFAULT. */
  engine?: BNParameterEngine;
  /** Caffe-windows, CTPN. Default 1e-10. */
  var_eps?: number;
  /** Caffe-windows, CTPN. Default true. */
  moving_average?: boolean;
  /** Caffe-windows, CTPN. Default 0.95. */
  decay?: number;
  /** CTPN. Default 1. */
  axis?: number;
  /** Synopsys. Default false. */
  icnet?: boolean;
}

/** SegNet, Synopsys. */
export interface DenseImageDataParameter {
  source?: string;
  batch_size?: number;
  /** Default 0. */
  rand_skip?: number;
  /** Default false. */
  shuffle?: boolean;
  /** Default 0. */
  new_height?: number;
  /** Default 0. */
  new_width?: number;
  /** Default true. */
  is_color?: boolean;
  mean_file?: string;
  /** Default "". */
  root_folder?: string;
  /** Default false. */
  mirror?: boolean;
  /** Default 0. */
  crop_width?: number;
  /** Default 0. */
  crop_height?: number;
  /** ENet. Default 1. */
  label_divide_factor?: number;
  /** ENet. Default "". */
  root_folder_image?: string;
  /** ENet. Default "". */
  root_folder_label?: string;
}

/** SegNet, MobileNet-YOLO, Synopsys, SeqFace. */
export interface UpsampleParameter {
  /** Default 2. */
  scale?: number;
  scale_h?: number;
  scale_w?: number;
  /** Default false. */
  pad_out_h?: boolean;
  /** Default false. */
  pad_out_w?: boolean;
  upsample_h?: number;
  upsample_w?: number;
}

/** PSPNet, DeepLab, Synopsys. */
export interface AdaptiveBiasChannelParameter {
  /** Default 1. */
  num_iter?: number;
  /** Default 0.2. */
  bg_portion?: number;
  /** Default 0.2. */
  fg_portion?: number;
  /** Default true. */
  suppress_others?: boolean;
  /** Default 0.00001. */
  margin_others?: number;
}

/** Values of the enum LabelType of BiasChannelParameter. */
export type BiasChannelParameterLabelType = "IMAGE" | "PIXEL";

/** PSPNet, DeepLab, Synopsys. */
export interface BiasChannelParameter {
  /** Default 1. */
  bg_bias?: number;
  /** Default 2. */
  fg_bias?: number;
  ignore_label?: number[];
  /** Default IMAGE. */
  label_type?: BiasChannelParameterLabelType;
  /** Default 0. */
  background_label?: number;
}

/** PSPNet, DeepLab, Synopsys. */
export interface DenseCRFParameter {
  /** Default 10. */
  max_iter?: number;
  pos_xy_std?: number[];
  pos_w?: number[];
  bi_xy_std?: number[];
  bi_rgb_std?: number[];
  bi_w?: number[];
  /** Default true. */
  output_probability?: boolean;
}

/** PSPNet, DeepLab, Synopsys. */
export interface DomainTransformParameter {
  /** Default 3. */
  num_iter?: number;
  /** Default 50. */
  spatial_sigma?: number;
  /** Default 5. */
  range_sigma?: number;
  /** Default 0. */
  min_weight?: number;
}

/** PSPNet, DeepLab, TSN and others. */
export interface InterpParameter {
  /** Default 0. */
  height?: number;
  /** Default 0. */
  width?: number;
  /** Default 1. */
  zoom_factor?: number;
  /** Default 1. */
  shrink_factor?: number;
  /** Default 0. */
  pad_beg?: number;
  /** Default 0. */
  pad_end?: number;
  /** Synopsys. Default 1. */
  full_zoom_factor?: number;
  /** Soeaver/caffe-model: the size of the second bottom. Default false. */
  use_blob_size?: boolean;
}

/** PSPNet, DeepLab, Synopsys. */
export interface MatReadParameter {
  prefix: string;
  /** Default "". */
  source?: string;
  /** Default 0. */
  strip?: number;
  /** Default 1. */
  batch_size?: number;
}

/** PSPNet, DeepLab, Synopsys. */
export interface MatWriteParameter {
  prefix: string;
  /** Default "". */
  source?: string;
  /** Default 0. */
  strip?: number;
  /** Default 1. */
  period?: number;
}

/** Values of the enum AccuracyMetric of SegAccuracyParameter. */
export type SegAccuracyParameterAccuracyMetric = "PixelAccuracy" | "ClassAccuracy" | "PixelIOU";

/** PSPNet, DeepLab, Synopsys. */
export interface SegAccuracyParameter {
  /** Default PixelAccuracy. */
  metric?: SegAccuracyParameterAccuracyMetric;
  ignore_label?: number[];
  /** Default true. */
  reset?: boolean;
}

/** PSPNet, DeepLab, Synopsys. */
export interface UniqueLabelParameter {
  max_labels: number;
  ignore_label?: number[];
  force_label?: number[];
}

/** MobileNet-YOLO. */
export interface YoloSegItem {
  name?: string;
  label_id?: number;
  label?: number;
  /** Default 0. */
  r?: number;
  /** Default 0. */
  g?: number;
  /** Default 0. */
  b?: number;
}

/** MobileNet-YOLO. */
export interface YoloSegLabel {
  item?: YoloSegItem[];
}

/** MobileNet-YOLO. */
export interface LaneInfo {
  x?: number;
  y?: number;
  id?: number;
}

/** MobileNet-YOLO. */
export interface YoloSegParameter {
  /** Default 0. */
  num_class?: number;
  /** Default 5. */
  object_scale?: number;
  /** Default 1. */
  class_scale?: number;
  /** Default false. */
  use_logic_gradient?: boolean;
  /** Default false. */
  use_hardsigmoid?: boolean;
}

/** Values of the enum IOU_LOSS of Yolov3Parameter. */
export type Yolov3ParameterIOU_LOSS = "IOU" | "GIOU" | "MSE" | "DIOU" | "CIOU";

/** MobileNet-YOLO. */
export interface Yolov3Parameter {
  /** Default 13. */
  side?: number;
  /** Default 20. */
  num_class?: number;
  /** Default 5. */
  num?: number;
  /** Default 1. */
  object_scale?: number;
  /** Default 1. */
  class_scale?: number;
  /** Default 0.5. */
  noobject_scale?: number;
  /** Default 5. */
  coord_scale?: number;
  /** Default 0.2. */
  thresh?: number;
  /** Default 32. */
  anchors_scale?: number;
  biases?: number[];
  mask?: number[];
  /** Default false. */
  use_logic_gradient?: boolean;
  /** Default false. */
  use_focal_loss?: boolean;
  /** Default MSE. */
  iou_loss?: Yolov3ParameterIOU_LOSS;
  /** Default 0.25. */
  iou_normalizer?: number;
  /** Default 0.5. */
  iou_thresh?: number;
  /** Default 10. */
  max_delta?: number;
  /** Default true. */
  accumulate?: boolean;
  /** Default 0.1. */
  label_smooth_eps?: number;
}

/** MobileNet-YOLO, YOLOv2, Intel. */
export interface RegionLossParameter {
  /** Default 13. */
  side?: number;
  /** Default 20. */
  num_class?: number;
  /** Default 1. */
  bias_match?: number;
  /** Default 4. */
  coords?: number;
  /** Default 5. */
  num?: number;
  /** Default 1. */
  softmax?: number;
  /** Default 0.2. */
  jitter?: number;
  /** Default 1. */
  rescore?: number;
  /** Default 1. */
  object_scale?: number;
  /** Default 1. */
  class_scale?: number;
  /** Default 0.5. */
  noobject_scale?: number;
  /** Default 5. */
  coord_scale?: number;
  /** Default 1. */
  absolute?: number;
  /** Default 0.2. */
  thresh?: number;
  /** Default 1. */
  random?: number;
  biases?: number[];
  softmax_tree?: string;
  class_map?: string;
  /** YOLOv2. Default 30. */
  num_label?: number;
}

/** MobileNet-YOLO, Synopsys, YOLOv2, Intel. */
export interface ReorgParameter {
  stride?: number;
  /** Default false. */
  reverse?: boolean;
}

/** MobileNet-YOLO. */
export interface SegmentationEvaluateParameter {
  /** Default 1. */
  num_classes?: number;
  /** Default 0.5. */
  threshold?: number;
}

/** MobileNet-YOLO. */
export interface YoloDetectionOutputParameter {
  /** Default 13. */
  side?: number;
  /** Default 20. */
  num_classes?: number;
  /** Default 5. */
  num_box?: number;
  /** Default 4. */
  coords?: number;
  /** Default 0.01. */
  confidence_threshold?: number;
  /** Default 0.45. */
  nms_threshold?: number;
  biases?: number[];
  label_map_file?: string;
}

/** MobileNet-YOLO. */
export interface Yolov3DetectionOutputParameter {
  /** Default 20. */
  num_classes?: number;
  /** Default 3. */
  num_box?: number;
  /** Default 0.01. */
  confidence_threshold?: number;
  /** Default 0.45. */
  nms_threshold?: number;
  biases?: number[];
  anchors_scale?: number[];
  /** Default 2. */
  mask_group_num?: number;
  mask?: number[];
  /** Default false. */
  gaussian_box?: boolean;
}

/** Caffe-windows, SeqFace. */
export interface TripletLossParameter {
  /** Default 1. */
  margin?: number;
}

/** Caffe-windows, SeqFace. */
export interface InsanityParameter {
  /** Default 5. */
  lb?: number;
  /** Default 10. */
  ub?: number;
}

/** Caffe-windows. */
export interface LocalParameter {
  num_output?: number;
  /** Default true. */
  bias_term?: boolean;
  /** Default 0. */
  pad?: number;
  kernel_size?: number;
  /** Default 1. */
  stride?: number;
  weight_filler?: FillerParameter;
  bias_filler?: FillerParameter;
}

/** Caffe-windows. */
export interface EltwiseAffineParameter {
  slope_filler?: FillerParameter;
  bias_filler?: FillerParameter;
  /** Default false. */
  channel_shared?: boolean;
}

/** Caffe-windows. */
export interface SubRegionParameter {
  region_height?: number;
  region_width?: number;
  data_height?: number;
  data_width?: number;
  /** Default 1. */
  as_dim?: number;
}

/** Caffe-windows. */
export interface HotspotParameter {
  /** Default 1. */
  gaussian_std?: number;
  /** Default 0. */
  output_height?: number;
  /** Default 0. */
  output_width?: number;
  /** Default 0. */
  data_height?: number;
  /** Default 0. */
  data_width?: number;
  /** Default true. */
  mean_removed?: boolean;
}

/** Caffe-windows. */
export interface InnerDistanceParameter {
  num_output?: number;
  /** Default true. */
  bias_term?: boolean;
  weight_filler?: FillerParameter;
  bias_filler?: FillerParameter;
  /** Default 1. */
  axis?: number;
  /** Default false. */
  transpose?: boolean;
  /** Default "L2". */
  distance_type?: string;
  /** Default false. */
  normalize?: boolean;
  /** Default false. */
  update_center_only?: boolean;
}

/** Values of the enum MILType of MILParameter. */
export type MILParameterMILType = "MAX" | "NOR";

/** Caffe-windows. */
export interface MILParameter {
  /** Default MAX. */
  type?: MILParameterMILType;
}

/** Caffe-windows. */
export interface MILDataParameter {
  source?: string;
  /** Default 1. */
  num_scales?: number;
  /** Default 1. */
  scale_factor?: number;
  /** Default 3. */
  channels?: number;
  images_per_batch?: number;
  n_classes?: number;
  label_file?: string;
  root_dir?: string;
  ext?: string;
  /** Default true. */
  randomize?: boolean;
}

/** Caffe-windows. */
export interface PredictBoxParameter {
  /** Default 2. */
  stride?: number;
  /** Default 12. */
  receptive_field?: number;
  /** Default true. */
  nms?: boolean;
  /** Default true. */
  output_vector?: boolean;
  /** Default 0.5. */
  positive_thresh?: number;
  /** Default true. */
  bbreg_exp?: boolean;
}

/** Caffe-windows. */
export interface FCNDataParameter {
  /** Default 48. */
  template_h?: number;
  /** Default 42. */
  template_w?: number;
  /** Default 0.25. */
  expand_left?: number;
  /** Default 0.25. */
  expand_right?: number;
  /** Default 0.5. */
  expand_top?: number;
  /** Default 0.25. */
  expand_bottom?: number;
  /** Default 5. */
  roi_multiply_h?: number;
  /** Default 5. */
  roi_multiply_w?: number;
  /** Default 1.1. */
  scale_step?: number;
  /** Default 5. */
  scale_step_num?: number;
  /** Default 7. */
  gaussian_size_h?: number;
  /** Default 7. */
  gaussian_size_w?: number;
  /** Default 1.5. */
  gaussian_std_h?: number;
  /** Default 1.5. */
  gaussian_std_w?: number;
  /** Default false. */
  use_hog?: boolean;
  /** Default 4. */
  hog_cell_size?: number;
  /** Default 0.8. */
  min_iou?: number;
}

/** Caffe-windows, SeqFace, caffe-face. */
export interface CenterLossParameter {
  num_output?: number;
  center_filler?: FillerParameter;
  /** Default 1. */
  axis?: number;
  /** Default "L2". */
  distance_type?: string;
  /** Caffe-face. Default 0. */
  margin?: number;
}

/** Caffe-windows. */
export interface FlipParameter {
  /** Default true. */
  flip_width?: boolean;
  /** Default false. */
  flip_height?: boolean;
}

/** Caffe-windows. */
export interface GeneralContrastiveParameter {
  /** Default 0. */
  positive_margin?: number;
  /** Default 1. */
  negative_margin?: number;
  /** Default 1. */
  positive_weight?: number;
  /** Default 1. */
  negative_weight?: number;
  /** Default 0. */
  normalize_negative?: number;
  /** Default 4. */
  positive_outlier_thresh?: number;
  /** Default false. */
  square?: boolean;
  /** Default false. */
  max_negative_only?: boolean;
  /** Default false. */
  max_positive_only?: boolean;
  /** Default false. */
  positive_first?: boolean;
  /** Default 1. */
  positive_upper_bound?: number;
  /** Default false. */
  exp_negative_weight?: boolean;
  /** Default false. */
  add_intra_mae?: boolean;
  /** Default 1.2. */
  max_negative_margin?: number;
}

/** Caffe-windows. */
export interface BatchContrastiveParameter {
  /** Default 1. */
  positive_margin?: number;
  /** Default 1. */
  negative_margin?: number;
  /** Default 1. */
  positive_weight?: number;
  /** Default 1. */
  negative_weight?: number;
  /** Default false. */
  max_only?: boolean;
}

/** Caffe-windows. */
export interface SoftContrastiveParameter {
  /** Default 1. */
  positive_margin?: number;
  /** Default 1. */
  negative_margin?: number;
  /** Default 1. */
  positive_weight?: number;
  /** Default 1. */
  negative_weight?: number;
  /** Default 1. */
  exponent_scale?: number;
  /** Default false. */
  square?: boolean;
}

/** Caffe-windows. */
export interface GeneralTripletParameter {
  /** Default 0.2. */
  margin?: number;
  /** Default true. */
  add_center_loss?: boolean;
  /** Default false. */
  hardest_only?: boolean;
  /** Default false. */
  positive_first?: boolean;
  /** Default 1. */
  positive_upper_bound?: number;
  /** Default 1. */
  positive_weight?: number;
  /** Default 1. */
  negative_weight?: number;
}

/** Caffe-windows. */
export interface SoftTruncationParameter {
  /** Default 2. */
  c?: number;
}

/** Caffe-windows. */
export interface TruncationParameter {
  /** Default 0. */
  lower_bound?: number;
  /** Default 5. */
  upper_bound?: number;
}

/** Caffe-windows, Synopsys, SeqFace. */
export interface ProposalParameter {
  /** Default 16. */
  feat_stride?: number;
  /** Default 16. */
  base_size?: number;
  /** Default 16. */
  min_size?: number;
  ratio?: number[];
  scale?: number[];
  /** Default 6000. */
  pre_nms_topn?: number;
  /** Default 300. */
  post_nms_topn?: number;
  /** Default 0.7. */
  nms_thresh?: number;
  /** Synopsys. Default 16. */
  anchor_base_size?: number;
  /** Synopsys. Default 3. */
  anchor_scale?: number;
  /** Synopsys. Default 3. */
  anchor_ratio?: number;
  /** Synopsys. Default 300. */
  max_rois?: number;
  /** Synopsys. Default 16. */
  rpn_min_size?: number;
  /** Synopsys. Default 0.7. */
  rpn_nms_thresh?: number;
}

/** Values of the enum PairwiseOp of PairwiseParameter. */
export type PairwiseParameterPairwiseOp = "SUM" | "PROD" | "MAX";

/** Caffe-windows. */
export interface PairwiseParameter {
  /** Default SUM. */
  operation?: PairwiseParameterPairwiseOp;
  coeff?: number[];
}

/** Caffe-windows. */
export interface SmoothL1Parameter {
  /** Default 1. */
  turn_point?: number;
}

/** Caffe-windows. */
export interface NCAParameter {
  /** Default false. */
  min_negative_only?: boolean;
}

/** Values of the enum LargeMarginType of LargeMarginInnerProductParameter. */
export type LargeMarginInnerProductParameterLargeMarginType = "SINGLE" | "DOUBLE" | "TRIPLE" | "QUADRUPLE";

/** Caffe-windows. */
export interface LargeMarginInnerProductParameter {
  num_output?: number;
  /** Default SINGLE. */
  type?: LargeMarginInnerProductParameterLargeMarginType;
  weight_filler?: FillerParameter;
  /** Default 1. */
  axis?: number;
  /** Default 1. */
  base?: number;
  /** Default 0. */
  gamma?: number;
  /** Default 1. */
  power?: number;
  /** Default 0. */
  iteration?: number;
  /** Default 0. */
  lambda_min?: number;
}

/** Caffe-windows. */
export interface LabelSpecificRescaleParameter {
  /** Default 1. */
  positive_weight?: number;
  /** Default 1. */
  negative_weight?: number;
  /** Default 0. */
  positive_lower_bound?: number;
  /** Default 0. */
  negative_upper_bound?: number;
  /** Default false. */
  rescale_test?: boolean;
  /** Default false. */
  for_ip?: boolean;
  /** Default 0. */
  positive_weight_base?: number;
  /** Default 0. */
  gamma?: number;
  /** Default 1. */
  power?: number;
  /** Default 0. */
  positive_weight_min?: number;
  /** Default 0. */
  positive_weight_max?: number;
  /** Default 0. */
  iteration?: number;
  /** Default false. */
  bias_fix?: boolean;
  /** Default false. */
  power_on_positive?: boolean;
}

/** Caffe-windows. */
export interface InfimumLossParamter {
  /** Default 0.25. */
  infimum?: number;
}

/** Caffe-windows. */
export interface OrdinalRegressionParameter {
  k?: number;
  weight_file?: string;
}

/** Values of the enum MarginType of MarginInnerProductParameter. */
export type MarginInnerProductParameterMarginType = "SINGLE" | "DOUBLE" | "TRIPLE" | "QUADRUPLE";

/** Caffe-windows, SphereFace, SeqFace. */
export interface MarginInnerProductParameter {
  num_output?: number;
  /** Default SINGLE. */
  type?: MarginInnerProductParameterMarginType;
  weight_filler?: FillerParameter;
  /** Default 1. */
  axis?: number;
  /** Default 1. */
  base?: number;
  /** Default 0. */
  gamma?: number;
  /** Default 1. */
  power?: number;
  /** Default 0. */
  iteration?: number;
  /** Default 0. */
  lambda_min?: number;
  /** SeqFace. Default 0. */
  temp_seqid_num?: number;
}

/** Caffe-windows. */
export interface FeatureDecayLossParameter {
  /** Default 20. */
  decay_threshold?: number;
  /** Default false. */
  force_decay?: boolean;
}

/** Caffe-windows. */
export interface ConfidencePenaltyLossParameter {
  /** Default 0.1. */
  beta?: number;
}

/** Values of the enum Type of FocalLossParameter. */
export type FocalLossParameterType = "ORIGIN" | "LINEAR" | "ONEADDP";

/** Caffe-windows, SeqFace. */
export interface FocalLossParameter {
  /** Default ORIGIN. */
  type?: FocalLossParameterType;
  /** Default 2. */
  gamma?: number;
  /** Default 1. */
  alpha?: number;
  /** Default 1. */
  beta?: number;
}

/** Values of the enum MarginType of LabelSpecificMarginParameter. */
export type LabelSpecificMarginParameterMarginType = "HARD" | "SOFT";

/** Caffe-windows. */
export interface LabelSpecificMarginParameter {
  /** Default HARD. */
  type?: LabelSpecificMarginParameterMarginType;
  /** Default 0. */
  margin_base?: number;
  /** Default 10. */
  margin_max?: number;
  /** Default 1. */
  power?: number;
  /** Default 1. */
  gamma?: number;
  /** Default 0. */
  iteration?: number;
  /** Default false. */
  reset_margin?: boolean;
  /** Default false. */
  margin_on_test?: boolean;
  /** Default false. */
  auto_tune?: boolean;
}

/** Caffe-windows. */
export interface ChannelScaleParameter {
  /** Default true. */
  do_forward?: boolean;
  /** Default true. */
  do_backward_feature?: boolean;
  /** Default true. */
  do_backward_scale?: boolean;
  /** Default false. */
  global_scale?: boolean;
  /** Default 1000. */
  max_global_scale?: number;
  /** Default 0. */
  min_global_scale?: number;
  /** Default 1. */
  init_global_scale?: number;
}

/** Caffe-windows. */
export interface LabelSpecificAffineParameter {
  /** Default 1. */
  scale_base?: number;
  /** Default 0. */
  scale_gamma?: number;
  /** Default 1. */
  scale_power?: number;
  /** Default 1. */
  scale_max?: number;
  /** Default false. */
  transform_test?: boolean;
  /** Default 0. */
  iteration?: number;
  /** Default 0. */
  bias_base?: number;
  /** Default 0. */
  bias_gamma?: number;
  /** Default 1. */
  bias_power?: number;
  /** Default 0. */
  bias_max?: number;
  /** Default 1. */
  power_base?: number;
  /** Default 0. */
  power_gamma?: number;
  /** Default -1. */
  power_power?: number;
  /** Default 0.5. */
  power_min?: number;
  /** Default false. */
  auto_tune?: boolean;
  /** Default false. */
  reset?: boolean;
}

/** Caffe-windows. */
export interface LabelSpecificHardMarginParameter {
  /** Default 0.5. */
  positive_weight?: number;
}

/** Caffe-windows. */
export interface LabelSpecificStatisticsParameter {
  /** Default true. */
  scale_for_angle?: boolean;
  /** Default 30. */
  scale_factor?: number;
}

/** Caffe-windows. */
export interface LabelSpecificAddParameter {
  /** Default 0. */
  bias?: number;
  /** Default false. */
  transform_test?: boolean;
  /** Default 0. */
  bias_base?: number;
  /** Default 0. */
  bias_gamma?: number;
  /** Default 1. */
  bias_power?: number;
  /** Default 0. */
  bias_min?: number;
  /** Default 0. */
  bias_max?: number;
  /** Default 0. */
  iteration?: number;
}

/** FlowNet 2, Synopsys. */
export interface AccumParameter {
  /** Default 0. */
  top_height?: number;
  /** Default 0. */
  top_width?: number;
  /** Default 0. */
  size_divisible_by?: number;
  /** Default false. */
  have_reference?: boolean;
}

/** FlowNet 2, Synopsys. */
export interface AugmentationCoeff {
  /** Default 0. */
  mirror?: number;
  /** Default 0. */
  dx?: number;
  /** Default 0. */
  dy?: number;
  /** Default 0. */
  angle?: number;
  /** Default 1. */
  zoom_x?: number;
  /** Default 1. */
  zoom_y?: number;
  /** Default 1. */
  gamma?: number;
  /** Default 0. */
  brightness?: number;
  /** Default 1. */
  contrast?: number;
  /** Default 1. */
  color1?: number;
  /** Default 1. */
  color2?: number;
  /** Default 1. */
  color3?: number;
  /** Default 1. */
  pow_nomean0?: number;
  /** Default 1. */
  pow_nomean1?: number;
  /** Default 1. */
  pow_nomean2?: number;
  /** Default 0. */
  add_nomean0?: number;
  /** Default 0. */
  add_nomean1?: number;
  /** Default 0. */
  add_nomean2?: number;
  /** Default 1. */
  mult_nomean0?: number;
  /** Default 1. */
  mult_nomean1?: number;
  /** Default 1. */
  mult_nomean2?: number;
  /** Default 1. */
  pow_withmean0?: number;
  /** Default 1. */
  pow_withmean1?: number;
  /** Default 1. */
  pow_withmean2?: number;
  /** Default 0. */
  add_withmean0?: number;
  /** Default 0. */
  add_withmean1?: number;
  /** Default 0. */
  add_withmean2?: number;
  /** Default 1. */
  mult_withmean0?: number;
  /** Default 1. */
  mult_withmean1?: number;
  /** Default 1. */
  mult_withmean2?: number;
  /** Default 1. */
  lmult_pow?: number;
  /** Default 0. */
  lmult_add?: number;
  /** Default 1. */
  lmult_mult?: number;
  /** Default 0. */
  col_angle?: number;
  /** Default 0. */
  fog_amount?: number;
  /** Default 0. */
  fog_size?: number;
  /** Default 0. */
  motion_blur_angle?: number;
  /** Default 0. */
  motion_blur_size?: number;
  /** Default 0. */
  shadow_angle?: number;
  /** Default 0. */
  shadow_distance?: number;
  /** Default 0. */
  shadow_strength?: number;
  /** Default 0. */
  noise?: number;
}

/** FlowNet 2, Synopsys. */
export interface AugmentationParameter {
  /** Default 0. */
  crop_width?: number;
  /** Default 0. */
  crop_height?: number;
  /** Default "". */
  write_augmented?: string;
  /** Default 255. */
  max_multiplier?: number;
  /** Default false. */
  augment_during_test?: boolean;
  /** Default 0. */
  recompute_mean?: number;
  /** Default "". */
  write_mean?: string;
  /** Default true. */
  mean_per_pixel?: boolean;
  mean?: number[];
  /** Default "add". */
  mode?: string;
  /** Default 0. */
  bottomwidth?: number;
  /** Default 0. */
  bottomheight?: number;
  /** Default 0. */
  num?: number;
  chromatic_eigvec?: number[];
  mirror?: RandomGeneratorParameter;
  translate?: RandomGeneratorParameter;
  rotate?: RandomGeneratorParameter;
  zoom?: RandomGeneratorParameter;
  squeeze?: RandomGeneratorParameter;
  translate_x?: RandomGeneratorParameter;
  translate_y?: RandomGeneratorParameter;
  gamma?: RandomGeneratorParameter;
  brightness?: RandomGeneratorParameter;
  contrast?: RandomGeneratorParameter;
  color?: RandomGeneratorParameter;
  lmult_pow?: RandomGeneratorParameter;
  lmult_mult?: RandomGeneratorParameter;
  lmult_add?: RandomGeneratorParameter;
  sat_pow?: RandomGeneratorParameter;
  sat_mult?: RandomGeneratorParameter;
  sat_add?: RandomGeneratorParameter;
  col_pow?: RandomGeneratorParameter;
  col_mult?: RandomGeneratorParameter;
  col_add?: RandomGeneratorParameter;
  ladd_pow?: RandomGeneratorParameter;
  ladd_mult?: RandomGeneratorParameter;
  ladd_add?: RandomGeneratorParameter;
  col_rotate?: RandomGeneratorParameter;
  fog_amount?: RandomGeneratorParameter;
  fog_size?: RandomGeneratorParameter;
  motion_blur_angle?: RandomGeneratorParameter;
  motion_blur_size?: RandomGeneratorParameter;
  shadow_angle?: RandomGeneratorParameter;
  shadow_distance?: RandomGeneratorParameter;
  shadow_strength?: RandomGeneratorParameter;
  noise?: RandomGeneratorParameter;
}

/** FlowNet 2, Synopsys. */
export interface BlackAugmentationParameter {
  black?: RandomGeneratorParameter;
  border?: RandomGeneratorParameter;
}

/** Values of the enum FillParameter of FlowWarpParameter. */
export type FlowWarpParameterFillParameter = "ZERO" | "NOT_A_NUMBER";

/** FlowNet 2, Synopsys. */
export interface FlowWarpParameter {
  /** Default ZERO. */
  fill_value?: FlowWarpParameterFillParameter;
}

/** FlowNet 2, Synopsys. */
export interface LpqLossParameter {
  /** Default false. */
  l2_prescale_by_channels?: boolean;
  /** Default false. */
  normalize_by_num_entries?: boolean;
  /** Default 0. */
  p_epsilon?: number;
  /** Default 0.01. */
  q_epsilon?: number;
  pq_episode_starts_at_iter?: number[];
  p?: number[];
  q?: number[];
}

/** FlowNet 2, Synopsys. */
export interface RandomGeneratorParameter {
  /** Default "uniform". */
  rand_type?: string;
  /** Default false. */
  exp?: boolean;
  /** Default 0. */
  mean?: number;
  /** Default 0. */
  spread?: number;
  /** Default 1. */
  prob?: number;
  /** Default true. */
  apply_schedule?: boolean;
  /** Default false. */
  discretize?: boolean;
  /** Default 1. */
  multiplier?: number;
}

/** FlowNet 2, Synopsys. */
export interface L1LossParameter {
  /** Default false. */
  l2_per_location?: boolean;
  /** Default false. */
  l2_prescale_by_channels?: boolean;
  /** Default false. */
  normalize_by_num_entries?: boolean;
  /** Default 0.01. */
  epsilon?: number;
  /** Default 0. */
  plateau?: number;
}

/** Values of the enum CorrelationType of CorrelationParameter. */
export type CorrelationParameterCorrelationType = "MULTIPLY" | "SUBTRACT";

/** FlowNet 2, Synopsys. */
export interface CorrelationParameter {
  /** Default 0. */
  pad?: number;
  kernel_size?: number;
  max_displacement?: number;
  /** Default 1. */
  stride_1?: number;
  /** Default 1. */
  stride_2?: number;
  /** Default 0. */
  single_direction?: number;
  /** Default false. */
  do_abs?: boolean;
  /** Default MULTIPLY. */
  correlation_type?: CorrelationParameterCorrelationType;
}

/** FlowNet 2, Synopsys. */
export interface DownsampleParameter {
  /** Default 0. */
  top_height?: number;
  /** Default 0. */
  top_width?: number;
}

/** FlowNet 2, Synopsys. */
export interface ReaderParameter {
  file: string;
  /** Default 1. */
  num?: number;
}

/** FlowNet 2, Synopsys. */
export interface WriterParameter {
  /** Default "". */
  file?: string;
  /** Default "". */
  folder?: string;
  /** Default "". */
  prefix?: string;
  /** Default "". */
  suffix?: string;
  /** Default false. */
  normalize?: boolean;
  /** Default 1. */
  scale?: number;
}

/** Values of the enum ResampleType of ResampleParameter. */
export type ResampleParameterResampleType = "NEAREST" | "LINEAR" | "CUBIC" | "AREA";

/** FlowNet 2, Synopsys. */
export interface ResampleParameter {
  /** Default true. */
  antialias?: boolean;
  width?: number;
  height?: number;
  /** Default LINEAR. */
  type?: ResampleParameterResampleType;
  /** Default 1. */
  factor?: number;
}

/** Values of the enum MeanOperation of MeanParameter. */
export type MeanParameterMeanOperation = "ADD" | "SUBTRACT";

/** FlowNet 2, Synopsys. */
export interface MeanParameter {
  operation: MeanParameterMeanOperation;
  file?: string;
  value?: number[];
  /** Default 1. */
  mean_scale?: number;
  /** Default 1. */
  input_scale?: number;
  /** Default 1. */
  output_scale?: number;
}

/** FlowNet 2, Synopsys. */
export interface CoeffScheduleParameter {
  /** Default 1. */
  half_life?: number;
  /** Default 1. */
  initial_coeff?: number;
  /** Default 1. */
  final_coeff?: number;
}

/** TSN. */
export interface SegDataParameter {
  source?: string;
  root_dir?: string;
  /** Default false. */
  shuffle?: boolean;
  /** Default false. */
  balance?: boolean;
}

/** TSN. */
export interface BatchReductionParameter {
  level?: number[];
  reduction_param?: ReductionParameter;
  /** Default false. */
  pos?: boolean;
}

/** TSN. */
export interface MemoryOptimizationParameter {
  /** Default true. */
  optimize_train?: boolean;
  /** Default false. */
  optimize_test?: boolean;
  exclude_blob?: string[];
}

/** Values of the enum Modality of SequenceDataParameter. */
export type SequenceDataParameterModality = "RGB" | "FLOW";

/** TSN. */
export interface SequenceDataParameter {
  video_source?: string;
  shot_source?: string;
  batch_size?: number;
  /** Default 0. */
  rand_skip?: number;
  /** Default false. */
  shuffle?: boolean;
  /** Default 0. */
  new_height?: number;
  /** Default 0. */
  new_width?: number;
  /** Default 1. */
  num_frames?: number;
  /** Default 1. */
  num_segments?: number;
  /** Default 1. */
  num_shots?: number;
  /** Default 1. */
  scale?: number;
  mean_file?: string;
  /** Default 0. */
  crop_size?: number;
  /** Default false. */
  mirror?: boolean;
  /** Default FLOW. */
  modality?: SequenceDataParameterModality;
  name_pattern?: string;
  /** Default false. */
  encoded?: boolean;
}

/** Values of the enum ColorSpace of ColorConvParameter. */
export type ColorConvParameterColorSpace = "BGR" | "RGB" | "XYZ" | "Lab" | "Gray";

/** TSN. */
export interface ColorConvParameter {
  /** Default BGR. */
  input?: ColorConvParameterColorSpace;
  /** Default BGR. */
  output?: ColorConvParameterColorSpace;
}

/** OpenPose. */
export interface OPTransformationParameter {
  /** Default 4. */
  stride?: number;
  /** Default 0.5. */
  flip_prob?: number;
  /** Default "45.0". */
  max_degree_rotations?: string;
  /** Default 368. */
  crop_size_x?: number;
  /** Default 368. */
  crop_size_y?: number;
  /** Default 10. */
  center_perterb_max?: number;
  /** Default 0. */
  center_swap_prob?: number;
  /** Default 0.5. */
  scale_prob?: number;
  /** Default "0.9". */
  scale_mins?: string;
  /** Default "1.1". */
  scale_maxs?: string;
  /** Default 1. */
  target_dist?: number;
  /** Default "0". */
  number_max_occlusions?: string;
  /** Default "7.0". */
  sigmas?: string;
  /** Default "COCO". */
  models?: string;
  /** Default "". */
  sources?: string;
  /** Default "1". */
  probabilities?: string;
  /** Default "". */
  source_background?: string;
  /** Default 0. */
  prob_only_background?: number;
  /** Default "". */
  media_directory?: string;
  /** Default 0. */
  normalization?: number;
  /** Default false. */
  add_distance?: boolean;
  /** Default "". */
  input_type?: string;
  /** Default 0. */
  frame_size?: number;
  /** Default 0. */
  taf_topology?: number;
}

/** CPM. */
export interface CPMTransformationParameter {
  /** Default 1. */
  scale?: number;
  /** Default false. */
  mirror?: boolean;
  /** Default 0. */
  crop_size?: number;
  mean_file?: string;
  mean_value?: number[];
  /** Default 4. */
  stride?: number;
  /** Default 0.5. */
  scale_cvg?: number;
  /** Default 50. */
  max_cvg_len?: number;
  /** Default 50. */
  min_cvg_len?: number;
  /** Default true. */
  opaque_coverage?: boolean;
  /** Default "gridbox_max". */
  coverage?: string;
  /** Default 0.5. */
  flip_prob?: number;
  /** Default 5. */
  max_rotate_degree?: number;
  /** Default false. */
  visualize?: boolean;
  /** Default 368. */
  crop_size_x?: number;
  /** Default 368. */
  crop_size_y?: number;
  /** Default 0.5. */
  scale_prob?: number;
  /** Default 0.9. */
  scale_min?: number;
  /** Default 1.1. */
  scale_max?: number;
  /** Default 300. */
  bbox_norm_factor?: number;
  /** Default ".". */
  img_header?: string;
  /** Default false. */
  force_color?: boolean;
  /** Default false. */
  force_gray?: boolean;
  /** Default 1. */
  target_dist?: number;
  /** Default 10. */
  center_perterb_max?: number;
  /** Default 7. */
  sigma?: number;
  /** Default 21. */
  sigma_center?: number;
  /** Default 8. */
  clahe_tile_size?: number;
  /** Default 4. */
  clahe_clip_limit?: number;
  /** Default false. */
  do_clahe?: boolean;
  /** Default 14. */
  num_parts?: number;
  /** Default 82. */
  num_total_augs?: number;
  /** Default "rand". */
  aug_way?: string;
  /** Default 0. */
  gray?: number;
  /** Default 16. */
  np_in_lmdb?: number;
  /** Default true. */
  transform_body_joint?: boolean;
}

/** CTPN, SeqFace. */
export interface LSTMParameter {
  num_output?: number;
  /** Default 0. */
  clipping_threshold?: number;
  weight_filler?: FillerParameter;
  bias_filler?: FillerParameter;
  /** Default 1. */
  batch_size?: number;
}

/** Values of the enum Decoder of CTCParameter. */
export type CTCParameterDecoder = "best_path" | "best_path_thres" | "prefix_search";

/** CTPN. */
export interface CTCParameter {
  /** Default 0.7. */
  threshold?: number;
  /** Default best_path. */
  decode_type?: CTCParameterDecoder;
}

/** CTPN. */
export interface TransposeParameter {
  dim?: number[];
}

/** CTPN, Synopsys. */
export interface ReverseParameter {
  axis?: number[];
}

/** Values of the enum Engine of DeformableConvolutionParameter. */
export type DeformableConvolutionParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** Deformable ConvNets. */
export interface DeformableConvolutionParameter {
  num_output?: number;
  /** Default true. */
  bias_term?: boolean;
  pad?: number[];
  kernel_size?: number[];
  stride?: number[];
  dilation?: number[];
  /** Default 0. */
  pad_h?: number;
  /** Default 0. */
  pad_w?: number;
  kernel_h?: number;
  kernel_w?: number;
  stride_h?: number;
  stride_w?: number;
  /** Default 1. */
  group?: number;
  /** Default 4. */
  deformable_group?: number;
  weight_filler?: FillerParameter;
  bias_filler?: FillerParameter;
  /** Default DEFAULT. */
  engine?: DeformableConvolutionParameterEngine;
  /** Default 1. */
  axis?: number;
  /** Default false. */
  force_nd_im2col?: boolean;
}

/** Synopsys. */
export interface GANLossParameter {
  /** Default 1. */
  dis_iter?: number;
  /** Default 1. */
  gen_iter?: number;
  /** Default 1. */
  dis_lossweight?: number;
  /** Default 1. */
  gen_lossweight?: number;
  /** Default false. */
  simple_genloss?: boolean;
  /** Default 0. */
  k_lr?: number;
  /** Default 0. */
  equilibrium?: number;
  /** Default false. */
  nothing?: boolean;
}

/** Values of the enum PoolMethod of Pooling3DParameter. */
export type Pooling3DParameterPoolMethod = "MAX" | "AVE" | "AVE_EXC_PAD";

/** Synopsys. */
export interface Pooling3DParameter {
  /** Default MAX. */
  pool?: Pooling3DParameterPoolMethod;
  /** Default 0. */
  pad?: number;
  /** Default 0. */
  pad_h0?: number;
  /** Default 0. */
  pad_h1?: number;
  /** Default 0. */
  pad_w0?: number;
  /** Default 0. */
  pad_w1?: number;
  /** Default 0. */
  pad_d0?: number;
  /** Default 0. */
  pad_d1?: number;
  kernel_size?: number;
  kernel_h?: number;
  kernel_w?: number;
  kernel_d?: number;
  /** Default 1. */
  stride?: number;
  stride_h?: number;
  stride_w?: number;
  stride_d?: number;
  /** Default false. */
  global_pooling?: boolean;
  /** Default false. */
  ceil_mode?: boolean;
}

/** Values of the enum SaturateMethod of XLUParameter. */
export type XLUParameterSaturateMethod = "None" | "Signed" | "Unsigned" | "Signed_8bit" | "Unsigned_8bit";

/** Values of the enum Engine of XLUParameter. */
export type XLUParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** Synopsys. */
export interface XLUParameter {
  /** Default 0. */
  negative_slope?: number;
  /** Default false. */
  relu6?: boolean;
  /** Default 0. */
  maximum?: number;
  /** Default 0. */
  minimum?: number;
  /** Default None. */
  saturate?: XLUParameterSaturateMethod;
  /** Default DEFAULT. */
  engine?: XLUParameterEngine;
}

/** Synopsys. */
export interface ROIAlignParameter {
  /** Default 0. */
  pooled_h?: number;
  /** Default 0. */
  pooled_w?: number;
  /** Default 1. */
  spatial_scale?: number;
}

/** Synopsys, SeqFace. */
export interface ShuffleChannelParameter {
  /** Default 1. */
  group?: number;
}

/** Synopsys. */
export interface LogSoftmaxParameter {
  /** Default 1. */
  axis?: number;
}

/** Values of the enum SaturateMethod of SqueezeConvolutionParameter. */
export type SqueezeConvolutionParameterSaturateMethod =
  | "None"
  | "Signed"
  | "Unsigned"
  | "Signed_8bit"
  | "Unsigned_8bit";

/** Values of the enum QuantizeMethod of SqueezeConvolutionParameter. */
export type SqueezeConvolutionParameterQuantizeMethod = "tflite" | "ONNX" | "Caffe2";

/** Values of the enum Engine of SqueezeConvolutionParameter. */
export type SqueezeConvolutionParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** Synopsys. */
export interface SqueezeConvolutionParameter {
  num_output?: number;
  /** Default true. */
  bias_term?: boolean;
  pad?: number[];
  kernel_size?: number[];
  stride?: number[];
  dilation?: number[];
  /** Default 0. */
  pad_h?: number;
  /** Default 0. */
  pad_w?: number;
  /** Default 0. */
  pad_type?: number;
  /** Default 0. */
  pad_l?: number;
  /** Default 0. */
  pad_r?: number;
  /** Default 0. */
  pad_t?: number;
  /** Default 0. */
  pad_b?: number;
  kernel_h?: number;
  kernel_w?: number;
  stride_h?: number;
  stride_w?: number;
  /** Default 1. */
  input_scale?: number;
  /** Default 1. */
  output_scale?: number;
  /** Default 1. */
  weight_scale?: number;
  /** Default 0. */
  input_zero_point?: number;
  /** Default 0. */
  output_zero_point?: number;
  /** Default 0. */
  weight_zero_point?: number;
  /** Default false. */
  per_channel_scale_weight?: boolean;
  /** Default false. */
  per_channel_scale_output?: boolean;
  /** Default false. */
  submanifold_sparse?: boolean;
  /** Default None. */
  saturate?: SqueezeConvolutionParameterSaturateMethod;
  /** Default tflite. */
  quantize_method?: SqueezeConvolutionParameterQuantizeMethod;
  /** Default 1. */
  group?: number;
  weight_filler?: FillerParameter;
  bias_filler?: FillerParameter;
  /** Default DEFAULT. */
  engine?: SqueezeConvolutionParameterEngine;
  /** Default 1. */
  axis?: number;
  /** Default false. */
  force_nd_im2col?: boolean;
  /** Default 0.001. */
  gamma?: number;
  /** Default 1. */
  power?: number;
  /** Default 10000. */
  iter_stop?: number;
  /** Default 3. */
  c_rate?: number;
  weight_mask_filler?: FillerParameter;
  bias_mask_filler?: FillerParameter;
  /** Default false. */
  dynamicsplicing?: boolean;
  /** Default 0.0001. */
  splicing_rate?: number;
}

/** Synopsys. */
export interface SqueezeInnerProductParameter {
  num_output?: number;
  /** Default true. */
  bias_term?: boolean;
  weight_filler?: FillerParameter;
  bias_filler?: FillerParameter;
  /** Default 1. */
  axis?: number;
  /** Default false. */
  transpose?: boolean;
  /** Default 0.001. */
  gamma?: number;
  /** Default 1. */
  power?: number;
  /** Default 8000. */
  iter_stop?: number;
  /** Default 3. */
  c_rate?: number;
  weight_mask_filler?: FillerParameter;
  bias_mask_filler?: FillerParameter;
  /** Default false. */
  dynamicsplicing?: boolean;
  /** Default 0.001. */
  splicing_rate?: number;
}

/** Synopsys. */
export interface UpsampleDarknetParameter {
  /** Default 1. */
  stride?: number;
}

/** Synopsys. */
export interface YoloV2LossParameter {
  anchors?: number[];
  side?: number;
  num_classes?: number;
  num_object?: number;
  /** Default 0.5. */
  box_scale?: number;
  /** Default 0.5. */
  class_scale?: number;
  /** Default 0.5. */
  noobject_scale?: number;
  /** Default 0.5. */
  object_scale?: number;
  /** Default true. */
  rescore?: boolean;
  /** Default true. */
  constraint?: boolean;
  /** Default 0.7. */
  thresh?: number;
}

/** Synopsys. */
export interface YoloV3LossParameter {
  anchors?: number[];
  mask?: number[];
  side?: number;
  num_classes?: number;
  num_object?: number;
  total_object?: number;
  /** Default 0.7. */
  ignore_thresh?: number;
  /** Default 1. */
  truth_thresh?: number;
  net_w?: number;
  net_h?: number;
}

/** Synopsys. */
export interface DepthToSpaceParameter {
  block_size: number;
  /** Default "NHWC". */
  data_format?: string;
}

/** Synopsys. */
export interface SpaceToDepthParameter {
  block_size: number;
  /** Default "NHWC". */
  data_format?: string;
}

/** Synopsys. */
export interface ResizeNearestNeighborParameter {
  /** Default false. */
  align_corners?: boolean;
  output_height?: number;
  output_width?: number;
  /** Default "NHWC". */
  data_format?: string;
  /** Default 1. */
  scale_height?: number;
  /** Default 1. */
  scale_width?: number;
  /** Default false. */
  half_pixel_centers?: boolean;
  /** Default false. */
  half_pixel_onnx?: boolean;
}

/** Synopsys. */
export interface GatherParameter {
  indices?: number[];
  shape?: number[];
  /** Default 0. */
  axis?: number;
}

/** Synopsys. */
export interface TopkGatherParameter {
  /** Default 1. */
  top_k?: number;
  /** Default 0. */
  axis?: number;
}

/** Synopsys. */
export interface NMSParameter {
  /** Default 1. */
  top_k?: number;
  /** Default 0. */
  axis?: number;
  /** Default 0.7. */
  iou_threshold?: number;
}

/** Synopsys. */
export interface NMSGatherParameter {
  /** Default 1. */
  top_k?: number;
  /** Default 0. */
  axis?: number;
  /** Default 0.7. */
  iou_threshold?: number;
}

/** Synopsys. */
export interface NonMaxSuppressionParameter {
  /** Default 0. */
  max_output_boxes_per_class?: number;
  /** Default 0. */
  iou_threshold?: number;
  /** Default 0. */
  score_threshold?: number;
  /** Default 0. */
  center_point_box?: number;
}

/** Synopsys. */
export interface GatherNDParameter {
  indices?: number[];
  indices_shape?: number[];
}

/** Synopsys. */
export interface Where4Parameter {
  num_output?: number;
  /** Default 1. */
  axis?: number;
}

/** Synopsys. */
export interface Where4GatherndParameter {
  num_output?: number;
  /** Default 1. */
  axis?: number;
}

/** Synopsys. */
export interface CropAndResizeParameter {
  /** Default 0. */
  crop_h?: number;
  /** Default 0. */
  crop_w?: number;
  /** Default 0. */
  extrapolation_value?: number;
  /** Default "NHWC". */
  data_format?: string;
}

/** Synopsys. */
export interface Where4GatherndCropParameter {
  num_output?: number;
  /** Default 1. */
  axis?: number;
  /** Default 0. */
  crop_h?: number;
  /** Default 0. */
  crop_w?: number;
  /** Default 0. */
  extrapolation_value?: number;
}

/** Synopsys. */
export interface PyramidROIAlignParameter {
  crop_height: number;
  crop_width: number;
  /** Default 0. */
  extrapolation_value?: number;
  /** Default "NHWC". */
  data_format?: string;
}

/** Synopsys. */
export interface PadParameter {
  paddings?: number[];
  /** Default 0. */
  constant_values?: number;
}

/** Synopsys. */
export interface MirrorPadParameter {
  paddings?: number[];
  /** Default 0. */
  constant_values?: number;
  /** Default "CONSTANT". */
  mode?: string;
}

/** Synopsys. */
export interface StackParameter {
  /** Default 0. */
  axis?: number;
}

/** Values of the enum SaturateMethod of ResizeBilinearParameter. */
export type ResizeBilinearParameterSaturateMethod =
  | "None"
  | "Signed"
  | "Unsigned"
  | "Signed_8bit"
  | "Unsigned_8bit";

/** Values of the enum QuantizeMethod of ResizeBilinearParameter. */
export type ResizeBilinearParameterQuantizeMethod = "tflite" | "ONNX" | "Caffe2";

/** Synopsys. */
export interface ResizeBilinearParameter {
  /** Default false. */
  align_corners?: boolean;
  output_height?: number;
  output_width?: number;
  /** Default "NHWC". */
  data_format?: string;
  /** Default 1. */
  scale_height?: number;
  /** Default 1. */
  scale_width?: number;
  /** Default false. */
  half_pixel_centers?: boolean;
  /** Default false. */
  pytorch_half_pixel?: boolean;
  output_depth?: number;
  /** Default 1. */
  scale_depth?: number;
  /** Default 1. */
  input_scale?: number;
  /** Default 1. */
  output_scale?: number;
  /** Default 0. */
  input_zero_point?: number;
  /** Default 0. */
  output_zero_point?: number;
  /** Default None. */
  saturate?: ResizeBilinearParameterSaturateMethod;
  /** Default tflite. */
  quantize_method?: ResizeBilinearParameterQuantizeMethod;
}

/** Synopsys. */
export interface ReduceSumParameter {
  axis?: number[];
  /** Default false. */
  keepdims?: boolean;
}

/** Synopsys. */
export interface ReduceMaxParameter {
  axis?: number[];
  /** Default false. */
  keepdims?: boolean;
}

/** Synopsys. */
export interface ReduceMinParameter {
  axis?: number[];
  /** Default false. */
  keepdims?: boolean;
}

/** Synopsys. */
export interface ReduceProdParameter {
  axis?: number[];
  /** Default false. */
  keepdims?: boolean;
}

/** Synopsys. */
export interface ReduceMeanParameter {
  axis?: number[];
  /** Default false. */
  keepdims?: boolean;
}

/** Synopsys. */
export interface SeLUParameter {
  /** Default 1.050700987. */
  lambda?: number;
  /** Default 1.67326324. */
  alpha?: number;
}

/** Synopsys. */
export interface SeLUDropoutParameter {
  /** Default 0.1. */
  dropout_ratio?: number;
  /** Default -1.75809934. */
  alpha?: number;
}

/** Synopsys. */
export interface UnstackParameter {
  /** Default 0. */
  num?: number;
  /** Default 0. */
  axis?: number;
}

/** Synopsys. */
export interface SpaceToBatchNDParameter {
  block_shape?: number[];
  paddings?: number[];
}

/** Synopsys. */
export interface BatchToSpaceNDParameter {
  block_shape?: number[];
  crops?: number[];
}

/** Synopsys. */
export interface TileNDParameter {
  multiples?: number[];
}

/** Synopsys. */
export interface ExpandDimsNDParameter {
  axis?: number[];
}

/** Synopsys. */
export interface SqueezeParameter {
  axis?: number[];
}

/** Synopsys. */
export interface BroadcastToParameter {
  shape?: number[];
}

/** Synopsys. */
export interface StridedSliceParameter {
  begin?: number[];
  end?: number[];
  strides?: number[];
  axes?: number[];
  /** Default 0. */
  begin_mask?: number;
  /** Default 0. */
  end_mask?: number;
  /** Default 0. */
  ellipsis_mask?: number;
  /** Default 0. */
  new_axis_mask?: number;
  /** Default 0. */
  shrink_axis_mask?: number;
}

/** Synopsys. */
export interface PieceParameter {
  begin?: number[];
  size?: number[];
}

/** Synopsys. */
export interface RangeParameter {
  /** Default 0. */
  start?: number;
  limit: number;
  /** Default 1. */
  delta?: number;
}

/** Synopsys. */
export interface SparseToDenseParameter {
  sparse_indices?: number[];
  sparse_indices_shape?: number[];
  output_shape?: number[];
  sparse_values?: number[];
  /** Default 0. */
  default_value?: number;
  /** Default true. */
  validate_indices?: boolean;
}

/** Synopsys. */
export interface EmbeddingLookupParameter {
  ids?: number[];
  ids_shape?: number[];
  /** Default "mod". */
  partition_strategy?: string;
  max_norm?: number;
}

/** Synopsys. */
export interface EmbeddingLookupSparseParameter {
  ids_indices?: number[];
  ids_values?: number[];
  ids_shape?: number[];
  weight_values?: number[];
  /** Default "mod". */
  partition_strategy?: string;
  /** Default "sqrtn". */
  combiner?: string;
  max_norm?: number;
}

/** Synopsys. */
export interface GemmParameter {
  /** Default 1. */
  alpha?: number;
  /** Default 1. */
  beta?: number;
  /** Default 0. */
  transA?: number;
  /** Default 0. */
  transB?: number;
}

/** Synopsys. */
export interface ReduceL1Parameter {
  axes?: number[];
  /** Default 1. */
  keepdims?: number;
}

/** Synopsys. */
export interface ReduceL2Parameter {
  axes?: number[];
  /** Default 1. */
  keepdims?: number;
}

/** Synopsys. */
export interface ReduceLogSumExpParameter {
  axis?: number[];
  /** Default false. */
  keepdims?: boolean;
}

/** Synopsys. */
export interface ReduceAllParameter {
  axis?: number[];
  /** Default false. */
  keepdims?: boolean;
}

/** Synopsys. */
export interface ReduceAnyParameter {
  axis?: number[];
  /** Default false. */
  keepdims?: boolean;
}

/** Synopsys. */
export interface ReverseSequenceParameter {
  seq_axis: number;
  /** Default 0. */
  batch_axis?: number;
}

/** Synopsys. */
export interface HardSigmoidParameter {
  /** Default 0.2. */
  alpha?: number;
  /** Default 0.5. */
  beta?: number;
}

/** Synopsys. */
export interface ThresholdedReLUParameter {
  /** Default 1. */
  alpha?: number;
}

/** Synopsys. */
export interface OneHotParameter {
  depth: number;
  /** Default 1. */
  on_value?: number;
  /** Default 0. */
  off_value?: number;
  /** Default -1. */
  axis?: number;
}

/** Synopsys. */
export interface LpNormalizationParameter {
  axis?: number[];
  /** Default 2. */
  p?: number;
}

/** Synopsys. */
export interface MatMulParameter {
  /** Default false. */
  transpose_a?: boolean;
  /** Default false. */
  transpose_b?: boolean;
  blob_shape?: number[];
}

/** Synopsys. */
export interface GatherV2Parameter {
  /** Default 0. */
  axis?: number;
  /** Default false. */
  batch_flag?: boolean;
}

/** Synopsys. */
export interface ScaledTanHParameter {
  alpha: number;
  beta: number;
}

/** Synopsys. */
export interface MaskRCNNDetectionParameter {
  bbox_std_dev?: number[];
  /** Default 1. */
  batch_size?: number;
  /** Default 100. */
  detection_max_instances?: number;
  /** Default 0.7. */
  detection_min_confidence?: number;
  /** Default 0.3. */
  detection_nms_threshold?: number;
}

/** Synopsys. */
export interface MaskRCNNProposalParameter {
  rpn_bbox_std_dev?: number[];
  /** Default 1. */
  batch_size?: number;
  /** Default 2. */
  images_per_gpu?: number;
  /** Default 6000. */
  pre_nms_limit?: number;
  /** Default 0.7. */
  rpn_nms_threshold?: number;
  /** Default 1000. */
  post_nms_rois_inference?: number;
}

/** Synopsys. */
export interface AttentionParameter {
  /** Default 2. */
  batch_size?: number;
  /** Default 1000. */
  query_depth?: number;
  /** Default 500. */
  alignments_size?: number;
  /** Default false. */
  scale?: boolean;
  /** Default false. */
  normalize?: boolean;
  /** Default "normed_bahdanau". */
  attention_option?: string;
}

/** Synopsys. */
export interface RNNv2Parameter {
  /** Default 1. */
  num_layers?: number;
  hidden_size: number;
  /** Default "LSTM". */
  op?: string;
  /** Default "forward". */
  direction?: string;
  activations?: string[];
  activation_alpha?: number[];
  activation_beta?: number[];
  /** Default "concat". */
  merge_mode?: string;
  /** Default 0. */
  linear_before_reset?: number;
  /** Default false. */
  default_initial?: boolean;
  /** Default false. */
  continue_recur?: boolean;
}

/** Synopsys. */
export interface CountNonzeroParameter {
  axis?: number[];
  /** Default false. */
  keepdims?: boolean;
}

/** Synopsys. */
export interface NotEqualParameter {
  comparand?: number;
}

/** Synopsys. */
export interface PointNetParameter {
  n_sample_point?: number;
  radius?: number;
}

/** Synopsys. */
export interface ScatterNDParameter {
  /** Default false. */
  is_data_param?: boolean;
  /** Default false. */
  is_indices_param?: boolean;
  /** Default false. */
  is_updates_param?: boolean;
  data_shape?: number[];
  indices_shape?: number[];
  updates_shape?: number[];
}

/** Synopsys. */
export interface LayerNormParameter {
  /** Default 0.00001. */
  eps?: number;
  /** Default true. */
  elementwise_affine?: boolean;
}

/** Synopsys. */
export interface MulParameter {
  mul_shape?: number[];
}

/** Values of the enum PoolMethod of SpatialBatchingPoolingParameter. */
export type SpatialBatchingPoolingParameterPoolMethod = "MAX" | "AVE" | "STOCHASTIC";

/** Values of the enum SaturateMethod of SpatialBatchingPoolingParameter. */
export type SpatialBatchingPoolingParameterSaturateMethod =
  | "None"
  | "Signed"
  | "Unsigned"
  | "Signed_8bit"
  | "Unsigned_8bit";

/** Values of the enum Engine of SpatialBatchingPoolingParameter. */
export type SpatialBatchingPoolingParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** Synopsys. */
export interface SpatialBatchingPoolingParameter {
  /** Default MAX. */
  pool?: SpatialBatchingPoolingParameterPoolMethod;
  kernel_size?: number;
  /** Default 1. */
  stride?: number;
  /** Default 0. */
  pad?: number;
  kernel_h?: number;
  kernel_w?: number;
  stride_h?: number;
  stride_w?: number;
  /** Default 0. */
  pad_h?: number;
  /** Default 0. */
  pad_w?: number;
  /** Default DEFAULT. */
  engine?: SpatialBatchingPoolingParameterEngine;
  /** Default false. */
  global_pooling?: boolean;
  /** Default true. */
  ceil_mode?: boolean;
  /** Default 0. */
  pad_l?: number;
  /** Default 0. */
  pad_r?: number;
  /** Default 0. */
  pad_t?: number;
  /** Default 0. */
  pad_b?: number;
  /** Default 0. */
  spatial_batching_h?: number;
  /** Default 0. */
  spatial_batching_w?: number;
  /** Default 0. */
  batch_h?: number;
  /** Default 0. */
  batch_w?: number;
  /** Default 0. */
  skip_h?: number;
  /** Default 0. */
  skip_w?: number;
  /** Default 1. */
  input_scale?: number;
  /** Default 1. */
  output_scale?: number;
  /** Default 0. */
  input_zero_point?: number;
  /** Default 0. */
  output_zero_point?: number;
  /** Default None. */
  saturate?: SpatialBatchingPoolingParameterSaturateMethod;
}

/** Synopsys. */
export interface Tensor2BoxParameter {
  num_classes: number;
  img_dim_h: number;
  img_dim_w: number;
  anchors_x?: number[];
  anchors_y?: number[];
}

/** Synopsys. */
export interface Corr1dParameter {
  /** Default 32. */
  num_of_shifts?: number;
  /** Default 1. */
  stride?: number;
}

/** SSTD. */
export interface NormalizedOrientedBBox {
  xc?: number;
  yc?: number;
  width?: number;
  height?: number;
  radians?: number;
}

/** Values of the enum AnnotationType of AnnotatedMaskDatum. */
export type AnnotatedMaskDatumAnnotationType = "BBOX";

/** SSTD. */
export interface AnnotatedMaskDatum {
  datum?: Datum;
  mask?: Datum;
  type?: AnnotatedMaskDatumAnnotationType;
  annotation_group?: AnnotationGroup[];
}

/** SSTD, MNC. */
export interface MaskResizeParameter {
  /** Default 0. */
  output_height?: number;
  /** Default 0. */
  output_width?: number;
  /** Default 0. */
  factor_height?: number;
  /** Default 0. */
  factor_width?: number;
}

/** VPGNet. */
export interface FixedPoint {
  x?: number;
  y?: number;
}

/** VPGNet. */
export interface CarBoundingBox {
  xmin?: number;
  ymin?: number;
  xmax?: number;
  ymax?: number;
  type?: number;
  poly_mask?: FixedPoint[];
  ellipse_mask?: FixedPoint[];
}

/** VPGNet. */
export interface VanishingPoint {
  valid?: boolean;
  x?: number;
  y?: number;
}

/** VPGNet. */
export interface DrivingData {
  car_image_datum?: Datum;
  car_img_source?: string;
  car_mask_datum?: Datum;
  car_mask_source?: string;
  car_boxes?: CarBoundingBox[];
  vanishing_point?: VanishingPoint[];
}

/** VPGNet. */
export interface TilingParameter {
  tile_dim?: number;
}

/** VPGNet. */
export interface DriveDataParameter {
  /** Default 1. */
  shrink_prob_factor?: number;
  /** Default 0.9. */
  unrecognize_factor?: number;
  /** Default 4. */
  crop_num?: number;
  /** Default 0. */
  random_crop_ratio?: number;
  /** Default 1. */
  resize?: number;
  /** Default 1. */
  scale?: number;
  /** Default 480. */
  cropped_height?: number;
  /** Default 640. */
  cropped_width?: number;
  /** Default 20. */
  tiling_width?: number;
  /** Default 15. */
  tiling_height?: number;
  /** Default 8. */
  label_resolution?: number;
  /** Default 2. */
  catalog_resolution?: number;
  /** Default 150. */
  catalog_number?: number;
  /** Default 5. */
  resize_max?: number;
  /** Default 0.1. */
  resize_min?: number;
  /** Default 170. */
  reco_max?: number;
  /** Default 40. */
  reco_min?: number;
  /** Default 200. */
  train_max?: number;
  /** Default 20. */
  train_min?: number;
  /** Default "". */
  genlist_file?: string;
  /** Default 0.5. */
  gen_rate?: number;
  /** Default 15. */
  blur_max?: number;
  /** Default 0.5. */
  noise_max?: number;
  /** Default 0.6931471805599453. */
  gamma_max?: number;
  /** Default 0.1. */
  k_max?: number;
  /** Default 0.1. */
  y0_max?: number;
  /** Default 0.5. */
  shrink_max?: number;
  /** Default 0.2. */
  slip_max?: number;
  /** Default 1.5. */
  gen_scale?: number;
  /** Default false. */
  use_mask?: boolean;
}

/** SeqFace. */
export interface CtcLossParameter {
  /** Default 0. */
  alphabet_size?: number;
  /** Default 0. */
  time_step?: number;
  /** Default 0. */
  blank_label?: number;
}

/** SeqFace. */
export interface DSALossParameter {
  faceid_num?: number;
  /** Default 0. */
  seqid_num?: number;
  center_filler?: FillerParameter;
  /** Default 1. */
  axis?: number;
  /** Default 0.5. */
  lambda?: number;
  /** Default 0. */
  dropout_ratio?: number;
  /** Default 1. */
  gamma?: number;
  /** Default 1. */
  alpha?: number;
  /** Default 0. */
  beta?: number;
  /** Default false. */
  use_normalize?: boolean;
  /** Default 1. */
  scale?: number;
  /** Default 0. */
  center_iter?: number;
  /** Default 0. */
  diff_iter?: number;
}

/** SeqFace. */
export interface LabelsequenceAccuracyParameter {
  /** Default 0. */
  blank_label?: number;
}

/** SeqFace. */
export interface LiftedStructSimilaritySoftmaxLossParameter {
  /** Default 1. */
  margin?: number;
}

/** Values of the enum SmoothMarginType of SmoothMarginInnerProductParameter. */
export type SmoothMarginInnerProductParameterSmoothMarginType = "SINGLE" | "DOUBLE" | "TRIPLE" | "QUADRUPLE";

/** SeqFace. */
export interface SmoothMarginInnerProductParameter {
  num_output?: number;
  /** Default SINGLE. */
  type?: SmoothMarginInnerProductParameterSmoothMarginType;
  weight_filler?: FillerParameter;
  /** Default 1. */
  axis?: number;
  /** Default 1. */
  base?: number;
  /** Default 0. */
  gamma?: number;
  /** Default 1. */
  power?: number;
  /** Default 0. */
  iteration?: number;
  /** Default 0. */
  lambda_min?: number;
}

/** SeqFace. */
export interface NormL2Parameter {
  /** Default 0. */
  spare?: number;
}

/** SeqFace. */
export interface RankHardLossParameter {
  /** Default 1. */
  neg_num?: number;
  /** Default 1. */
  pair_size?: number;
  hard_ratio?: number;
  rand_ratio?: number;
  /** Default 0.5. */
  margin?: number;
}

/** Values of the enum UnpoolMethod of UnpoolingParameter. */
export type UnpoolingParameterUnpoolMethod = "MAX" | "AVE" | "TILE";

/** Values of the enum Engine of UnpoolingParameter. */
export type UnpoolingParameterEngine = "DEFAULT" | "CAFFE";

/** SeqFace. */
export interface UnpoolingParameter {
  /** Default MAX. */
  unpool?: UnpoolingParameterUnpoolMethod;
  /** Default 0. */
  pad?: number;
  /** Default 0. */
  pad_h?: number;
  /** Default 0. */
  pad_w?: number;
  kernel_size?: number;
  kernel_h?: number;
  kernel_w?: number;
  /** Default 1. */
  stride?: number;
  stride_h?: number;
  stride_w?: number;
  unpool_size?: number;
  unpool_h?: number;
  unpool_w?: number;
  /** Default DEFAULT. */
  engine?: UnpoolingParameterEngine;
}

/** MNC. */
export interface ROIWarpingTestParameter {
  /** Default 0. */
  pooled_h?: number;
  /** Default 0. */
  pooled_w?: number;
  /** Default 1. */
  spatial_scale?: number;
}

/** MNC. */
export interface ROIWarpingParameter {
  /** Default 0. */
  pooled_h?: number;
  /** Default 0. */
  pooled_w?: number;
  /** Default 1. */
  spatial_scale?: number;
}

/** ST-Net. */
export interface SpatialTransformerParameter {
  /** Default "affine". */
  transform_type?: string;
  /** Default "bilinear". */
  sampler_type?: string;
  output_H?: number;
  output_W?: number;
  /** Default true. */
  to_compute_dU?: boolean;
  theta_1_1?: number;
  theta_1_2?: number;
  theta_1_3?: number;
  theta_2_1?: number;
  theta_2_2?: number;
  theta_2_3?: number;
}

/** ST-Net. */
export interface PowerFileParameter {
  shift_file?: string;
}

/** ST-Net. */
export interface STLossParameter {
  output_H: number;
  output_W: number;
}

/** ST-Net. */
export interface LocLossParameter {
  threshold: number;
}

/** YOLOv2. */
export interface RegionParameter {
  /** Default 20. */
  classes?: number;
  /** Default 4. */
  coords?: number;
  /** Default 5. */
  boxes_of_each_grid?: number;
  /** Default false. */
  softmax?: boolean;
  anchors?: string;
}

/** Values of the enum ScoreType of EvalDetectionParameter. */
export type EvalDetectionParameterScoreType = "OBJ" | "PROB" | "MULTIPLY";

/** Intel. */
export interface EvalDetectionParameter {
  /** Default 7. */
  side?: number;
  /** Default 20. */
  num_class?: number;
  /** Default 2. */
  num_object?: number;
  /** Default 0.5. */
  threshold?: number;
  /** Default true. */
  sqrt?: boolean;
  /** Default true. */
  constriant?: boolean;
  /** Default MULTIPLY. */
  score_type?: EvalDetectionParameterScoreType;
  /** Default -1. */
  nms?: number;
  biases?: number[];
}

/** Values of the enum Precision of QuantizationParameter. */
export type QuantizationParameterPrecision = "DYNAMIC_FIXED_POINT";

/** Values of the enum Rounding of QuantizationParameter. */
export type QuantizationParameterRounding = "NEAREST";

/** Intel, Jacinto. */
export interface QuantizationParameter {
  /** Default DYNAMIC_FIXED_POINT. */
  precision?: QuantizationParameterPrecision;
  /** Default NEAREST. */
  rounding_scheme?: QuantizationParameterRounding;
  /** Default 32. */
  bw_layer_in?: number;
  /** Default 32. */
  bw_layer_out?: number;
  /** Default 32. */
  bw_params?: number;
  fl_layer_in?: number[];
  fl_layer_out?: number[];
  fl_params?: number[];
  scale_in?: number[];
  scale_out?: number[];
  scale_params?: number[];
  /** Default false. */
  is_negative_input?: boolean;
  /** Default false. */
  force_u8_input?: boolean;
  /** Jacinto. Default false. */
  power2_scale_weights?: boolean;
  /** Jacinto. Default false. */
  power2_scale_activations?: boolean;
  /** Jacinto. */
  qparam_in?: QuantizationParameterQParams[];
  /** Jacinto. */
  qparam_w?: QuantizationParameterQParams[];
  /** Jacinto. */
  qparam_out?: QuantizationParameterQParams[];
  /** Jacinto. Default 0. */
  quantized_infer_count?: number;
}

/** Intel. */
export interface RandomResizeParameter {
  /** Default 0. */
  min_size?: number;
  /** Default 0. */
  max_size?: number;
  resize_param?: ResizeParameter;
}

/** Intel. */
export interface RandomAspectRatioParameter {
  /** Default 0.5. */
  min_area_ratio?: number;
  /** Default 1. */
  max_area_ratio?: number;
  /** Default 1. */
  aspect_ratio_change?: number;
  /** Default 10. */
  max_attempt?: number;
  resize_param?: ResizeParameter;
}

/** Values of the enum Engine of SplitParameter. */
export type SplitParameterEngine = "DEFAULT" | "CAFFE" | "MKL2017" | "MKLDNN";

/** Intel. */
export interface SplitParameter {
  /** Default DEFAULT. */
  engine?: SplitParameterEngine;
}

/** Intel. */
export interface SpatialDropoutParameter {
  /** Default 0.5. */
  dropout_ratio?: number;
}

/** Values of the enum GridboxType of DetectNetGroundTruthParameter. */
export type DetectNetGroundTruthParameterGridboxType = "GRIDBOX_MAX" | "GRIDBOX_MIN";

/** Values of the enum CoverageType of DetectNetGroundTruthParameter. */
export type DetectNetGroundTruthParameterCoverageType = "RECTANGULAR";

/** Jacinto, NVIDIA. */
export interface DetectNetGroundTruthParameter {
  /** Default 4. */
  stride?: number;
  /** Default 0.5. */
  scale_cvg?: number;
  /** Default GRIDBOX_MAX. */
  gridbox_type?: DetectNetGroundTruthParameterGridboxType;
  /** Default 50. */
  max_cvg_len?: number;
  /** Default 50. */
  min_cvg_len?: number;
  /** Default RECTANGULAR. */
  coverage_type?: DetectNetGroundTruthParameterCoverageType;
  /** Default 1248. */
  image_size_x?: number;
  /** Default 384. */
  image_size_y?: number;
  /** Default false. */
  obj_norm?: boolean;
  /** Default true. */
  crop_bboxes?: boolean;
  object_class?: DetectNetGroundTruthParameterClassMapping[];
}

/** Jacinto, NVIDIA. */
export interface DetectNetGroundTruthParameterClassMapping {
  src: number;
  dst: number;
}

/** Jacinto, NVIDIA. */
export interface DetectNetAugmentationParameter {
  /** Default 1. */
  crop_prob?: number;
  /** Default 0. */
  shift_x?: number;
  /** Default 0. */
  shift_y?: number;
  /** Default 0.33. */
  scale_prob?: number;
  /** Default 0.7. */
  scale_min?: number;
  /** Default 1. */
  scale_max?: number;
  /** Default 0.33. */
  flip_prob?: number;
  /** Default 0.33. */
  rotation_prob?: number;
  /** Default 1. */
  max_rotate_degree?: number;
  /** Default 0.33. */
  hue_rotation_prob?: number;
  /** Default 15. */
  hue_rotation?: number;
  /** Default 0.33. */
  desaturation_prob?: number;
  /** Default 0.5. */
  desaturation_max?: number;
  resize_param?: ResizeParameter;
  noise_param?: NoiseParameter;
  distort_param?: DistortionParameter;
  expand_param?: ExpansionParameter;
  emit_constraint?: EmitConstraint;
}

/** Jacinto. */
export interface QuantizationParameterQParams {
  /** Default false. */
  quantize?: boolean;
  /** Default 8. */
  bitwidth?: number;
  /** Default 0. */
  fracbits?: number;
  /** Default false. */
  unsigned_data?: boolean;
  /** Default false. */
  unsigned_quant?: boolean;
  /** Default 1. */
  scale_target?: number;
  /** Default 1. */
  scale_applied?: number;
  /** Default 0. */
  shiftbits?: number;
  /** Default 0. */
  offset?: number;
  /** Default 0. */
  min?: number;
  /** Default 0. */
  max?: number;
}

/** Jacinto. */
export interface NetQuantizationParameter {
  /** Default true. */
  quantize_weights?: boolean;
  /** Default true. */
  quantize_activations?: boolean;
  /** Default 12. */
  bitwidth_weights?: number;
  /** Default 8. */
  bitwidth_activations?: number;
  /** Default 16. */
  bitwidth_bias?: number;
  /** Default false. */
  power2_scale_weights?: boolean;
  /** Default false. */
  power2_scale_activations?: boolean;
  /** Default true. */
  apply_offset_weights?: boolean;
  /** Default false. */
  apply_offset_activations?: boolean;
  /** Default DYNAMIC_FIXED_POINT. */
  precision?: QuantizationParameterPrecision;
  /** Default NEAREST. */
  rounding_scheme?: QuantizationParameterRounding;
  /** Default 2000. */
  display_quantization?: number;
  /** Default true. */
  update_quantization_param?: boolean;
  /** Default 1. */
  quantization_start?: number;
  /** Default 0.01. */
  range_update_factor?: number;
  /** Default 1.25. */
  range_expansion_factor?: number;
  ignored_layer_names?: string[];
}

/** Jacinto. */
export interface ImageSliceInfo {
  dim?: number[];
  stride?: number[];
  offset?: number[];
}

/** Values of the enum DB of ImageLabelDataParameter. */
export type ImageLabelDataParameterDB = "LEVELDB" | "LMDB";

/** Values of the enum Padding of ImageLabelDataParameter. */
export type ImageLabelDataParameterPadding = "ZERO" | "REFLECT";

/** Jacinto. */
export interface ImageLabelDataParameter {
  image_list_path?: string;
  label_list_path?: string;
  /** Default 1. */
  batch_size?: number;
  /** Default 0. */
  rand_skip?: number;
  /** Default false. */
  shuffle?: boolean;
  /** Default 0. */
  scale_prob?: number;
  /** Default 1. */
  scale_min?: number;
  /** Default 1. */
  scale_max?: number;
  /** Default "". */
  data_dir?: string;
  label_slice?: ImageSliceInfo;
  /** Default "". */
  image_dir?: string;
  /** Default "". */
  label_dir?: string;
  /** Default REFLECT. */
  padding?: ImageLabelDataParameterPadding;
  /** Default "". */
  image_dir2?: string;
  image_list_path2?: string;
  /** Default 0. */
  threads?: number;
  /** Default 0. */
  size_min?: number;
  /** Default 0. */
  size_max?: number;
  /** Default false. */
  check_image_files?: boolean;
  /** Default LEVELDB. */
  backend?: ImageLabelDataParameterDB;
}

/** Arcface-caffe. */
export interface CosinAddmParameter {
  /** Default 0.5. */
  m?: number;
  /** Default false. */
  transform_test?: boolean;
}

/** Every message by its name in caffe.proto. */
export interface Messages {
  BlobShape: BlobShape;
  BlobProto: BlobProto;
  BlobProtoVector: BlobProtoVector;
  Datum: Datum;
  FillerParameter: FillerParameter;
  NetParameter: NetParameter;
  SolverParameter: SolverParameter;
  SolverState: SolverState;
  ScoreState: ScoreState;
  SourceState: SourceState;
  RandomState: RandomState;
  GeneratorState: GeneratorState;
  NetState: NetState;
  NetStateRule: NetStateRule;
  ParamSpec: ParamSpec;
  LayerParameter: LayerParameter;
  TransformationParameter: TransformationParameter;
  LossParameter: LossParameter;
  AccuracyParameter: AccuracyParameter;
  ArgMaxParameter: ArgMaxParameter;
  ClipParameter: ClipParameter;
  ConcatParameter: ConcatParameter;
  BatchNormParameter: BatchNormParameter;
  BiasParameter: BiasParameter;
  ContrastiveLossParameter: ContrastiveLossParameter;
  ConvolutionParameter: ConvolutionParameter;
  CropParameter: CropParameter;
  DataParameter: DataParameter;
  DropoutParameter: DropoutParameter;
  DummyDataParameter: DummyDataParameter;
  EltwiseParameter: EltwiseParameter;
  ELUParameter: ELUParameter;
  EmbedParameter: EmbedParameter;
  ExpParameter: ExpParameter;
  FlattenParameter: FlattenParameter;
  HDF5DataParameter: HDF5DataParameter;
  HDF5OutputParameter: HDF5OutputParameter;
  HingeLossParameter: HingeLossParameter;
  ImageDataParameter: ImageDataParameter;
  InfogainLossParameter: InfogainLossParameter;
  InnerProductParameter: InnerProductParameter;
  InputParameter: InputParameter;
  LogParameter: LogParameter;
  LRNParameter: LRNParameter;
  MemoryDataParameter: MemoryDataParameter;
  MVNParameter: MVNParameter;
  ParameterParameter: ParameterParameter;
  PoolingParameter: PoolingParameter;
  PowerParameter: PowerParameter;
  PythonParameter: PythonParameter;
  ScriptParameter: ScriptParameter;
  RecurrentParameter: RecurrentParameter;
  ReductionParameter: ReductionParameter;
  ReLUParameter: ReLUParameter;
  ReshapeParameter: ReshapeParameter;
  ScaleParameter: ScaleParameter;
  SigmoidParameter: SigmoidParameter;
  SliceParameter: SliceParameter;
  SoftmaxParameter: SoftmaxParameter;
  SwishParameter: SwishParameter;
  TanHParameter: TanHParameter;
  TileParameter: TileParameter;
  ThresholdParameter: ThresholdParameter;
  WindowDataParameter: WindowDataParameter;
  SPPParameter: SPPParameter;
  V1LayerParameter: V1LayerParameter;
  V0LayerParameter: V0LayerParameter;
  PReLUParameter: PReLUParameter;
  LabelMapItem: LabelMapItem;
  LabelMap: LabelMap;
  Sampler: Sampler;
  SampleConstraint: SampleConstraint;
  BatchSampler: BatchSampler;
  EmitConstraint: EmitConstraint;
  NormalizedBBox: NormalizedBBox;
  Annotation: Annotation;
  AnnotationGroup: AnnotationGroup;
  AnnotatedDatum: AnnotatedDatum;
  ResizeParameter: ResizeParameter;
  SaltPepperParameter: SaltPepperParameter;
  NoiseParameter: NoiseParameter;
  DistortionParameter: DistortionParameter;
  ExpansionParameter: ExpansionParameter;
  AnnotatedDataParameter: AnnotatedDataParameter;
  DetectionEvaluateParameter: DetectionEvaluateParameter;
  NonMaximumSuppressionParameter: NonMaximumSuppressionParameter;
  SaveOutputParameter: SaveOutputParameter;
  DetectionOutputParameter: DetectionOutputParameter;
  MultiBoxLossParameter: MultiBoxLossParameter;
  NormalizeParameter: NormalizeParameter;
  PermuteParameter: PermuteParameter;
  PriorBoxParameter: PriorBoxParameter;
  VideoDataParameter: VideoDataParameter;
  BoxAnnotatorOHEMParameter: BoxAnnotatorOHEMParameter;
  PSROIPoolingParameter: PSROIPoolingParameter;
  ROIPoolingParameter: ROIPoolingParameter;
  SmoothL1LossParameter: SmoothL1LossParameter;
  BNParameter: BNParameter;
  DenseImageDataParameter: DenseImageDataParameter;
  UpsampleParameter: UpsampleParameter;
  AdaptiveBiasChannelParameter: AdaptiveBiasChannelParameter;
  BiasChannelParameter: BiasChannelParameter;
  DenseCRFParameter: DenseCRFParameter;
  DomainTransformParameter: DomainTransformParameter;
  InterpParameter: InterpParameter;
  MatReadParameter: MatReadParameter;
  MatWriteParameter: MatWriteParameter;
  SegAccuracyParameter: SegAccuracyParameter;
  UniqueLabelParameter: UniqueLabelParameter;
  YoloSegItem: YoloSegItem;
  YoloSegLabel: YoloSegLabel;
  LaneInfo: LaneInfo;
  YoloSegParameter: YoloSegParameter;
  Yolov3Parameter: Yolov3Parameter;
  RegionLossParameter: RegionLossParameter;
  ReorgParameter: ReorgParameter;
  SegmentationEvaluateParameter: SegmentationEvaluateParameter;
  YoloDetectionOutputParameter: YoloDetectionOutputParameter;
  Yolov3DetectionOutputParameter: Yolov3DetectionOutputParameter;
  TripletLossParameter: TripletLossParameter;
  InsanityParameter: InsanityParameter;
  LocalParameter: LocalParameter;
  EltwiseAffineParameter: EltwiseAffineParameter;
  SubRegionParameter: SubRegionParameter;
  HotspotParameter: HotspotParameter;
  InnerDistanceParameter: InnerDistanceParameter;
  MILParameter: MILParameter;
  MILDataParameter: MILDataParameter;
  PredictBoxParameter: PredictBoxParameter;
  FCNDataParameter: FCNDataParameter;
  CenterLossParameter: CenterLossParameter;
  FlipParameter: FlipParameter;
  GeneralContrastiveParameter: GeneralContrastiveParameter;
  BatchContrastiveParameter: BatchContrastiveParameter;
  SoftContrastiveParameter: SoftContrastiveParameter;
  GeneralTripletParameter: GeneralTripletParameter;
  SoftTruncationParameter: SoftTruncationParameter;
  TruncationParameter: TruncationParameter;
  ProposalParameter: ProposalParameter;
  PairwiseParameter: PairwiseParameter;
  SmoothL1Parameter: SmoothL1Parameter;
  NCAParameter: NCAParameter;
  LargeMarginInnerProductParameter: LargeMarginInnerProductParameter;
  LabelSpecificRescaleParameter: LabelSpecificRescaleParameter;
  InfimumLossParamter: InfimumLossParamter;
  OrdinalRegressionParameter: OrdinalRegressionParameter;
  MarginInnerProductParameter: MarginInnerProductParameter;
  FeatureDecayLossParameter: FeatureDecayLossParameter;
  ConfidencePenaltyLossParameter: ConfidencePenaltyLossParameter;
  FocalLossParameter: FocalLossParameter;
  LabelSpecificMarginParameter: LabelSpecificMarginParameter;
  ChannelScaleParameter: ChannelScaleParameter;
  LabelSpecificAffineParameter: LabelSpecificAffineParameter;
  LabelSpecificHardMarginParameter: LabelSpecificHardMarginParameter;
  LabelSpecificStatisticsParameter: LabelSpecificStatisticsParameter;
  LabelSpecificAddParameter: LabelSpecificAddParameter;
  AccumParameter: AccumParameter;
  AugmentationCoeff: AugmentationCoeff;
  AugmentationParameter: AugmentationParameter;
  BlackAugmentationParameter: BlackAugmentationParameter;
  FlowWarpParameter: FlowWarpParameter;
  LpqLossParameter: LpqLossParameter;
  RandomGeneratorParameter: RandomGeneratorParameter;
  L1LossParameter: L1LossParameter;
  CorrelationParameter: CorrelationParameter;
  DownsampleParameter: DownsampleParameter;
  ReaderParameter: ReaderParameter;
  WriterParameter: WriterParameter;
  ResampleParameter: ResampleParameter;
  MeanParameter: MeanParameter;
  CoeffScheduleParameter: CoeffScheduleParameter;
  SegDataParameter: SegDataParameter;
  BatchReductionParameter: BatchReductionParameter;
  MemoryOptimizationParameter: MemoryOptimizationParameter;
  SequenceDataParameter: SequenceDataParameter;
  ColorConvParameter: ColorConvParameter;
  OPTransformationParameter: OPTransformationParameter;
  CPMTransformationParameter: CPMTransformationParameter;
  LSTMParameter: LSTMParameter;
  CTCParameter: CTCParameter;
  TransposeParameter: TransposeParameter;
  ReverseParameter: ReverseParameter;
  DeformableConvolutionParameter: DeformableConvolutionParameter;
  GANLossParameter: GANLossParameter;
  Pooling3DParameter: Pooling3DParameter;
  XLUParameter: XLUParameter;
  ROIAlignParameter: ROIAlignParameter;
  ShuffleChannelParameter: ShuffleChannelParameter;
  LogSoftmaxParameter: LogSoftmaxParameter;
  SqueezeConvolutionParameter: SqueezeConvolutionParameter;
  SqueezeInnerProductParameter: SqueezeInnerProductParameter;
  UpsampleDarknetParameter: UpsampleDarknetParameter;
  YoloV2LossParameter: YoloV2LossParameter;
  YoloV3LossParameter: YoloV3LossParameter;
  DepthToSpaceParameter: DepthToSpaceParameter;
  SpaceToDepthParameter: SpaceToDepthParameter;
  ResizeNearestNeighborParameter: ResizeNearestNeighborParameter;
  GatherParameter: GatherParameter;
  TopkGatherParameter: TopkGatherParameter;
  NMSParameter: NMSParameter;
  NMSGatherParameter: NMSGatherParameter;
  NonMaxSuppressionParameter: NonMaxSuppressionParameter;
  GatherNDParameter: GatherNDParameter;
  Where4Parameter: Where4Parameter;
  Where4GatherndParameter: Where4GatherndParameter;
  CropAndResizeParameter: CropAndResizeParameter;
  Where4GatherndCropParameter: Where4GatherndCropParameter;
  PyramidROIAlignParameter: PyramidROIAlignParameter;
  PadParameter: PadParameter;
  MirrorPadParameter: MirrorPadParameter;
  StackParameter: StackParameter;
  ResizeBilinearParameter: ResizeBilinearParameter;
  ReduceSumParameter: ReduceSumParameter;
  ReduceMaxParameter: ReduceMaxParameter;
  ReduceMinParameter: ReduceMinParameter;
  ReduceProdParameter: ReduceProdParameter;
  ReduceMeanParameter: ReduceMeanParameter;
  SeLUParameter: SeLUParameter;
  SeLUDropoutParameter: SeLUDropoutParameter;
  UnstackParameter: UnstackParameter;
  SpaceToBatchNDParameter: SpaceToBatchNDParameter;
  BatchToSpaceNDParameter: BatchToSpaceNDParameter;
  TileNDParameter: TileNDParameter;
  ExpandDimsNDParameter: ExpandDimsNDParameter;
  SqueezeParameter: SqueezeParameter;
  BroadcastToParameter: BroadcastToParameter;
  StridedSliceParameter: StridedSliceParameter;
  PieceParameter: PieceParameter;
  RangeParameter: RangeParameter;
  SparseToDenseParameter: SparseToDenseParameter;
  EmbeddingLookupParameter: EmbeddingLookupParameter;
  EmbeddingLookupSparseParameter: EmbeddingLookupSparseParameter;
  GemmParameter: GemmParameter;
  ReduceL1Parameter: ReduceL1Parameter;
  ReduceL2Parameter: ReduceL2Parameter;
  ReduceLogSumExpParameter: ReduceLogSumExpParameter;
  ReduceAllParameter: ReduceAllParameter;
  ReduceAnyParameter: ReduceAnyParameter;
  ReverseSequenceParameter: ReverseSequenceParameter;
  HardSigmoidParameter: HardSigmoidParameter;
  ThresholdedReLUParameter: ThresholdedReLUParameter;
  OneHotParameter: OneHotParameter;
  LpNormalizationParameter: LpNormalizationParameter;
  MatMulParameter: MatMulParameter;
  GatherV2Parameter: GatherV2Parameter;
  ScaledTanHParameter: ScaledTanHParameter;
  MaskRCNNDetectionParameter: MaskRCNNDetectionParameter;
  MaskRCNNProposalParameter: MaskRCNNProposalParameter;
  AttentionParameter: AttentionParameter;
  RNNv2Parameter: RNNv2Parameter;
  CountNonzeroParameter: CountNonzeroParameter;
  NotEqualParameter: NotEqualParameter;
  PointNetParameter: PointNetParameter;
  ScatterNDParameter: ScatterNDParameter;
  LayerNormParameter: LayerNormParameter;
  MulParameter: MulParameter;
  SpatialBatchingPoolingParameter: SpatialBatchingPoolingParameter;
  Tensor2BoxParameter: Tensor2BoxParameter;
  Corr1dParameter: Corr1dParameter;
  NormalizedOrientedBBox: NormalizedOrientedBBox;
  AnnotatedMaskDatum: AnnotatedMaskDatum;
  MaskResizeParameter: MaskResizeParameter;
  FixedPoint: FixedPoint;
  CarBoundingBox: CarBoundingBox;
  VanishingPoint: VanishingPoint;
  DrivingData: DrivingData;
  TilingParameter: TilingParameter;
  DriveDataParameter: DriveDataParameter;
  CtcLossParameter: CtcLossParameter;
  DSALossParameter: DSALossParameter;
  LabelsequenceAccuracyParameter: LabelsequenceAccuracyParameter;
  LiftedStructSimilaritySoftmaxLossParameter: LiftedStructSimilaritySoftmaxLossParameter;
  SmoothMarginInnerProductParameter: SmoothMarginInnerProductParameter;
  NormL2Parameter: NormL2Parameter;
  RankHardLossParameter: RankHardLossParameter;
  UnpoolingParameter: UnpoolingParameter;
  ROIWarpingTestParameter: ROIWarpingTestParameter;
  ROIWarpingParameter: ROIWarpingParameter;
  SpatialTransformerParameter: SpatialTransformerParameter;
  PowerFileParameter: PowerFileParameter;
  STLossParameter: STLossParameter;
  LocLossParameter: LocLossParameter;
  RegionParameter: RegionParameter;
  EvalDetectionParameter: EvalDetectionParameter;
  QuantizationParameter: QuantizationParameter;
  RandomResizeParameter: RandomResizeParameter;
  RandomAspectRatioParameter: RandomAspectRatioParameter;
  SplitParameter: SplitParameter;
  SpatialDropoutParameter: SpatialDropoutParameter;
  DetectNetGroundTruthParameter: DetectNetGroundTruthParameter;
  DetectNetGroundTruthParameterClassMapping: DetectNetGroundTruthParameterClassMapping;
  DetectNetAugmentationParameter: DetectNetAugmentationParameter;
  QuantizationParameterQParams: QuantizationParameterQParams;
  NetQuantizationParameter: NetQuantizationParameter;
  ImageSliceInfo: ImageSliceInfo;
  ImageLabelDataParameter: ImageLabelDataParameter;
  CosinAddmParameter: CosinAddmParameter;
}

/** The name of a message of caffe.proto. */
export type MessageName = keyof Messages;

/** By message, the fields that have a default or are repeated. */
export interface DefaultedFields {
  BlobShape: "dim";
  BlobProto: "data" | "diff" | "double_data" | "double_diff" | "num" | "channels" | "height" | "width";
  BlobProtoVector: "blobs";
  Datum: "float_data" | "encoded" | "record_id";
  FillerParameter:
    | "type"
    | "value"
    | "min"
    | "max"
    | "mean"
    | "std"
    | "sparse"
    | "variance_norm"
    | "alpha"
    | "diag_val"
    | "scale";
  NetParameter:
    | "input"
    | "input_shape"
    | "input_dim"
    | "force_backward"
    | "debug_info"
    | "layer"
    | "layers"
    | "engine"
    | "bn_stats_batch_size"
    | "default_forward_type"
    | "default_backward_type"
    | "default_forward_math"
    | "default_backward_math"
    | "global_grad_scale"
    | "global_grad_scale_adaptive"
    | "default_conv_algos_override"
    | "reduce_buckets"
    | "default_cudnn_math_override"
    | "quantize"
    | "eltwise_mem_sharing";
  SolverParameter:
    | "test_net"
    | "test_net_param"
    | "test_state"
    | "test_iter"
    | "test_interval"
    | "test_compute_loss"
    | "test_initialization"
    | "average_loss"
    | "iter_size"
    | "regularization_type"
    | "stepvalue"
    | "clip_gradients"
    | "snapshot"
    | "snapshot_diff"
    | "snapshot_format"
    | "solver_mode"
    | "device_id"
    | "random_seed"
    | "type"
    | "delta"
    | "momentum2"
    | "rms_decay"
    | "debug_info"
    | "snapshot_after_train"
    | "solver_type"
    | "layer_wise_reduce"
    | "weights"
    | "min_lr"
    | "warmup_iter"
    | "warmup_start_lr"
    | "patience"
    | "snapshot_best"
    | "snapshot_keep"
    | "stop_on_nan"
    | "display_gradient_norm"
    | "eval_type"
    | "ap_version"
    | "show_per_class_result"
    | "plateau_winsize"
    | "stagelr"
    | "stageiter"
    | "clamp_weights_lower"
    | "clamp_weights_upper"
    | "clip_weights"
    | "group_id"
    | "richness"
    | "gan_solver"
    | "disabled_update"
    | "engine"
    | "local_lr_auto"
    | "local_gw_ratio"
    | "test_offset"
    | "rampup_interval"
    | "rampup_lr"
    | "momentum_policy"
    | "max_momentum"
    | "momentum_power"
    | "larc"
    | "larc_policy"
    | "larc_eta"
    | "weight_decay_policy"
    | "weight_decay_power"
    | "solver_data_type"
    | "store_blobs_in_old_format"
    | "test_and_snapshot_last_epochs"
    | "ignore_shape_mismatch"
    | "snapshot_log"
    | "display_sparsity"
    | "sparse_mode"
    | "sparsity_target"
    | "sparsity_step_factor"
    | "sparsity_step_iter"
    | "sparsity_start_iter"
    | "sparsity_start_factor"
    | "sparsity_threshold_maxratio"
    | "sparsity_itr_increment_bfr_applying"
    | "sparsity_threshold_value_max"
    | "larc_turbo"
    | "max_weight_decay";
  SolverState: "history" | "current_step" | "source" | "generator" | "snapshot";
  ScoreState: never;
  SourceState: never;
  RandomState: never;
  GeneratorState: never;
  NetState: "phase" | "level" | "stage";
  NetStateRule: "stage" | "not_stage";
  ParamSpec: "lr_mult" | "decay_mult";
  LayerParameter:
    | "bottom"
    | "top"
    | "loss_weight"
    | "param"
    | "blobs"
    | "propagate_down"
    | "include"
    | "exclude"
    | "reshape_every_iter"
    | "engine"
    | "forward_type"
    | "backward_type"
    | "forward_math"
    | "backward_math"
    | "debug"
    | "cudnn_math_override";
  TransformationParameter:
    | "scale"
    | "mirror"
    | "crop_size"
    | "mean_value"
    | "force_color"
    | "force_gray"
    | "random_area"
    | "random_aspect"
    | "crop_h"
    | "crop_w"
    | "resize_param"
    | "scale_factors"
    | "crop_width"
    | "crop_height"
    | "enable_classf_aug"
    | "min_scaling_factor"
    | "max_scaling_factor"
    | "max_rotation_angle"
    | "contrast_brightness_adjustment"
    | "smooth_filtering"
    | "min_contrast"
    | "max_contrast"
    | "max_brightness_shift"
    | "max_smooth"
    | "max_color_shift"
    | "min_side_min"
    | "min_side_max"
    | "min_side"
    | "apply_probability"
    | "debug_params"
    | "cvt_bgr2rgb"
    | "center_crop"
    | "erase_ratio"
    | "scale_min"
    | "scale_max"
    | "aspect_min"
    | "aspect_max"
    | "fix_crop"
    | "more_fix_crop"
    | "multi_scale"
    | "scale_ratios"
    | "max_distort"
    | "is_flow"
    | "original_image"
    | "stride"
    | "caffe_yolo"
    | "flow"
    | "bgr2rgb"
    | "pad"
    | "img_rand_resize_lower"
    | "img_rand_resize_upper"
    | "rand_resize_ratio_lower"
    | "rand_resize_ratio_upper"
    | "vertical_stretch_lower"
    | "vertical_stretch_upper"
    | "horizontal_stretch_lower"
    | "horizontal_stretch_upper"
    | "interpolation_algo_down"
    | "interpolation_algo_up"
    | "allow_upscale"
    | "forward_packing"
    | "use_gpu_transform"
    | "random_seed"
    | "display"
    | "num_labels";
  LossParameter:
    | "normalization"
    | "pre_fixed_normalizer"
    | "weight_by_label_freqs"
    | "class_weighting"
    | "label_smoothing"
    | "label_weights";
  AccuracyParameter: "top_k" | "axis" | "min_is_better";
  ArgMaxParameter: "out_max_val" | "top_k" | "min_first";
  ClipParameter: never;
  ConcatParameter:
    | "axis"
    | "concat_dim"
    | "input_scale"
    | "output_scale"
    | "input_zero_point"
    | "output_zero_point"
    | "saturate"
    | "quantize_method"
    | "per_fla_fuse"
    | "engine";
  BatchNormParameter:
    | "moving_average_fraction"
    | "eps"
    | "update_global_stats"
    | "disable_mean"
    | "disable_variance"
    | "engine"
    | "add_eps_before_sqrt"
    | "icnet"
    | "use_weight_bias"
    | "bias_term"
    | "stats_batch_size"
    | "relu"
    | "scale_bias";
  BiasParameter:
    | "axis"
    | "num_axes"
    | "input_scale"
    | "output_scale"
    | "bias_scale"
    | "input_zero_point"
    | "output_zero_point"
    | "bias_zero_point"
    | "saturate"
    | "quantize_method";
  ContrastiveLossParameter: "margin" | "legacy_version";
  ConvolutionParameter:
    | "bias_term"
    | "pad"
    | "kernel_size"
    | "stride"
    | "dilation"
    | "pad_h"
    | "pad_w"
    | "group"
    | "engine"
    | "axis"
    | "force_nd_im2col"
    | "cudnn_convolution_algo_seeker"
    | "shape_offset"
    | "binary"
    | "pad_type"
    | "pad_l"
    | "pad_r"
    | "pad_t"
    | "pad_b"
    | "input_scale"
    | "output_scale"
    | "weight_scale"
    | "input_zero_point"
    | "output_zero_point"
    | "weight_zero_point"
    | "per_channel_scale_weight"
    | "per_channel_scale_output"
    | "submanifold_sparse"
    | "saturate"
    | "quantize_method"
    | "weight_fixed"
    | "dis_mode"
    | "gen_mode"
    | "relu"
    | "negative_slope"
    | "conv_algorithm"
    | "coeff"
    | "fusion_type"
    | "conv_algos_override";
  CropParameter: "axis" | "offset";
  DataParameter:
    | "rand_skip"
    | "backend"
    | "scale"
    | "crop_size"
    | "mirror"
    | "force_encoded_color"
    | "prefetch"
    | "shuffle"
    | "disk_reader_threads"
    | "huge_video_dataset"
    | "limit_samples"
    | "range_start"
    | "range_end"
    | "rand_permute"
    | "rand_permute_order"
    | "rand_permute_seed"
    | "slice_point"
    | "encoding"
    | "verbose"
    | "subtract"
    | "permute_every_iter"
    | "block_size"
    | "side"
    | "random"
    | "num_label"
    | "threads"
    | "parser_threads"
    | "cache"
    | "precache";
  DropoutParameter:
    | "dropout_ratio"
    | "scale_train"
    | "sample_weights_test"
    | "sqrt_scale"
    | "engine"
    | "random_seed";
  DummyDataParameter: "data_filler" | "shape" | "num" | "channels" | "height" | "width";
  EltwiseParameter:
    | "operation"
    | "coeff"
    | "stable_prod_grad"
    | "input_scale"
    | "output_scale"
    | "input_zero_point"
    | "output_zero_point"
    | "saturate"
    | "quantize_method"
    | "axis"
    | "engine";
  ELUParameter: "alpha" | "lambda";
  EmbedParameter: "bias_term";
  ExpParameter: "base" | "scale" | "shift";
  FlattenParameter: "axis" | "end_axis";
  HDF5DataParameter: "shuffle";
  HDF5OutputParameter: never;
  HingeLossParameter: "norm";
  ImageDataParameter:
    | "batch_size"
    | "rand_skip"
    | "shuffle"
    | "new_height"
    | "new_width"
    | "is_color"
    | "scale"
    | "crop_size"
    | "mirror"
    | "root_folder"
    | "skip_bad_images"
    | "ignore_label"
    | "label_type"
    | "face_transform"
    | "max_shear_ratio"
    | "max_aspect_ratio"
    | "max_rotate_angle"
    | "min_random_scale"
    | "max_random_scale"
    | "max_random_shift"
    | "face_mirror"
    | "face_point_num"
    | "balance_class"
    | "balance_by"
    | "label_cut_start"
    | "label_cut_end"
    | "min_height"
    | "min_width"
    | "short_side"
    | "threads"
    | "cache"
    | "precache"
    | "dataset_share_per_node";
  InfogainLossParameter: "axis";
  InnerProductParameter:
    | "bias_term"
    | "axis"
    | "transpose"
    | "normalize"
    | "weight_fixed"
    | "dis_mode"
    | "gen_mode"
    | "input_scale"
    | "output_scale"
    | "weight_scale"
    | "input_zero_point"
    | "output_zero_point"
    | "weight_zero_point"
    | "saturate"
    | "quantize_method"
    | "engine"
    | "relu"
    | "negative_slope";
  InputParameter: "shape" | "output_scale" | "output_zero_point";
  LogParameter: "base" | "scale" | "shift";
  LRNParameter:
    | "local_size"
    | "alpha"
    | "beta"
    | "norm_region"
    | "k"
    | "engine"
    | "input_scale"
    | "output_scale";
  MemoryDataParameter: "transpose";
  MVNParameter: "normalize_variance" | "across_channels" | "eps" | "add_eps_before_sqrt";
  ParameterParameter: never;
  PoolingParameter:
    | "pool"
    | "pad"
    | "pad_h"
    | "pad_w"
    | "stride"
    | "engine"
    | "global_pooling"
    | "round_mode"
    | "blobs_a_min"
    | "pad_type"
    | "pad_l"
    | "pad_r"
    | "pad_t"
    | "pad_b"
    | "output_shift_instead_division"
    | "input_scale"
    | "output_scale"
    | "input_zero_point"
    | "output_zero_point"
    | "saturate"
    | "quantize_method"
    | "ceil_mode"
    | "pad_3d"
    | "kernel_size_3d"
    | "stride_3d"
    | "avg_include_pad"
    | "axis"
    | "torch_pooling";
  PowerParameter: "power" | "scale" | "shift" | "saturate" | "quantize_method";
  PythonParameter: "param_str" | "share_in_parallel";
  ScriptParameter: "param_str";
  RecurrentParameter:
    | "num_output"
    | "debug_info"
    | "expose_hidden"
    | "default_initial"
    | "continue_recur"
    | "tf_rnn"
    | "linear_before_reset"
    | "direction"
    | "activation_alpha"
    | "activation_beta"
    | "activations";
  ReductionParameter: "operation" | "axis" | "coeff" | "k";
  ReLUParameter:
    | "negative_slope"
    | "engine"
    | "relu6"
    | "maximum"
    | "minimum"
    | "input_scale"
    | "output_scale"
    | "input_zero_point"
    | "output_zero_point"
    | "saturate"
    | "fuse";
  ReshapeParameter: "axis" | "num_axes" | "pixelshuffler";
  ScaleParameter: "axis" | "num_axes" | "bias_term" | "dis_mode" | "gen_mode";
  SigmoidParameter:
    | "engine"
    | "input_scale"
    | "output_scale"
    | "input_zero_point"
    | "output_zero_point"
    | "saturate";
  SliceParameter: "axis" | "slice_point" | "slice_dim";
  SoftmaxParameter:
    | "engine"
    | "axis"
    | "hard_ratio"
    | "class_weight"
    | "normalize_type"
    | "label_smooth_factor"
    | "input_scale"
    | "output_scale"
    | "input_zero_point"
    | "output_zero_point"
    | "saturate";
  SwishParameter: "beta";
  TanHParameter: "engine";
  TileParameter: "axis";
  ThresholdParameter: "threshold";
  WindowDataParameter:
    | "scale"
    | "crop_size"
    | "mirror"
    | "fg_threshold"
    | "bg_threshold"
    | "fg_fraction"
    | "context_pad"
    | "crop_mode"
    | "cache_images"
    | "root_folder";
  SPPParameter: "pool" | "engine";
  V1LayerParameter:
    | "bottom"
    | "top"
    | "include"
    | "exclude"
    | "blobs"
    | "param"
    | "blob_share_mode"
    | "blobs_lr"
    | "weight_decay"
    | "loss_weight";
  V0LayerParameter:
    | "biasterm"
    | "pad"
    | "group"
    | "stride"
    | "pool"
    | "dropout_ratio"
    | "local_size"
    | "alpha"
    | "beta"
    | "k"
    | "scale"
    | "cropsize"
    | "mirror"
    | "blobs"
    | "blobs_lr"
    | "weight_decay"
    | "rand_skip"
    | "det_fg_threshold"
    | "det_bg_threshold"
    | "det_fg_fraction"
    | "det_context_pad"
    | "det_crop_mode"
    | "new_num"
    | "new_channels"
    | "new_height"
    | "new_width"
    | "shuffle_images"
    | "concat_dim";
  PReLUParameter: "channel_shared";
  LabelMapItem: never;
  LabelMap: "item";
  Sampler: "min_scale" | "max_scale" | "min_aspect_ratio" | "max_aspect_ratio";
  SampleConstraint: never;
  BatchSampler: "use_original_image" | "max_trials";
  EmitConstraint: "emit_type";
  NormalizedBBox: never;
  Annotation: "instance_id";
  AnnotationGroup: "annotation";
  AnnotatedDatum: "annotation_group" | "record_id";
  ResizeParameter:
    | "prob"
    | "resize_mode"
    | "height"
    | "width"
    | "height_scale"
    | "width_scale"
    | "pad_mode"
    | "pad_value"
    | "interp_mode"
    | "is_pyramid_test"
    | "jitter";
  SaltPepperParameter: "fraction" | "value";
  NoiseParameter:
    | "prob"
    | "hist_eq"
    | "inverse"
    | "decolorize"
    | "gauss_blur"
    | "jpeg"
    | "posterize"
    | "erode"
    | "saltpepper"
    | "clahe"
    | "convert_to_hsv"
    | "convert_to_lab"
    | "gaussian_std"
    | "uniform_range"
    | "bias";
  DistortionParameter:
    | "brightness_prob"
    | "brightness_delta"
    | "contrast_prob"
    | "contrast_lower"
    | "contrast_upper"
    | "hue_prob"
    | "hue_delta"
    | "saturation_prob"
    | "saturation_lower"
    | "saturation_upper"
    | "random_order_prob"
    | "exposure_lower"
    | "exposure_upper";
  ExpansionParameter: "prob" | "max_expand_ratio";
  AnnotatedDataParameter:
    | "batch_sampler"
    | "yolo_data_type"
    | "yolo_data_jitter"
    | "train_diffcult"
    | "single_class"
    | "seg_scales"
    | "seg_resize_width"
    | "seg_resize_height"
    | "difficult_label_warmup"
    | "oriented";
  DetectionEvaluateParameter: "background_label_id" | "overlap_threshold" | "evaluate_difficult_gt";
  NonMaximumSuppressionParameter: "nms_threshold" | "eta";
  SaveOutputParameter: never;
  DetectionOutputParameter:
    | "share_location"
    | "background_label_id"
    | "code_type"
    | "variance_encoded_in_target"
    | "keep_top_k"
    | "visualize"
    | "objectness_score"
    | "ratio_permute"
    | "no_permute"
    | "nbottom"
    | "arm_conf_no_concat"
    | "arm_loc_no_concat"
    | "ratio0"
    | "ratio1"
    | "ratio2"
    | "ratio3"
    | "ratio4"
    | "ratio5"
    | "tflite_detection"
    | "tflite_use_regular_nms"
    | "max_classes_per_detection"
    | "scale_xywh"
    | "side"
    | "classes"
    | "num_box"
    | "coords"
    | "nms_threshold"
    | "biases";
  MultiBoxLossParameter:
    | "loc_loss_type"
    | "conf_loss_type"
    | "loc_weight"
    | "share_location"
    | "match_type"
    | "overlap_threshold"
    | "use_prior_for_matching"
    | "background_label_id"
    | "use_difficult_gt"
    | "neg_pos_ratio"
    | "neg_overlap"
    | "code_type"
    | "encode_variance_in_target"
    | "map_object_to_agnostic"
    | "ignore_cross_boundary_bbox"
    | "bp_inside"
    | "mining_type"
    | "sample_size"
    | "use_prior_for_nms"
    | "objectness_score"
    | "oriented_weight"
    | "ignore_difficult_gt";
  NormalizeParameter:
    | "across_spatial"
    | "channel_shared"
    | "eps"
    | "normalize_type"
    | "fix_gradient"
    | "bp_norm"
    | "add_eps_before_sqrt";
  PermuteParameter: "order";
  PriorBoxParameter:
    | "min_size"
    | "max_size"
    | "aspect_ratio"
    | "flip"
    | "clip"
    | "variance"
    | "offset"
    | "faceboxes"
    | "box_width"
    | "box_height"
    | "tf"
    | "yx_order"
    | "keras";
  VideoDataParameter:
    | "video_type"
    | "device_id"
    | "skip_frames"
    | "rand_skip"
    | "shuffle"
    | "new_height"
    | "new_width"
    | "new_length"
    | "num_segments"
    | "scale"
    | "crop_size"
    | "mirror"
    | "modality"
    | "encoded"
    | "grayscale";
  BoxAnnotatorOHEMParameter: "ignore_label";
  PSROIPoolingParameter: never;
  ROIPoolingParameter: "pooled_h" | "pooled_w" | "spatial_scale" | "pooled_size";
  SmoothL1LossParameter: "sigma" | "abssum";
  BNParameter:
    | "bn_mode"
    | "momentum"
    | "eps"
    | "frozen"
    | "engine"
    | "var_eps"
    | "moving_average"
    | "decay"
    | "axis"
    | "icnet";
  DenseImageDataParameter:
    | "rand_skip"
    | "shuffle"
    | "new_height"
    | "new_width"
    | "is_color"
    | "root_folder"
    | "mirror"
    | "crop_width"
    | "crop_height"
    | "label_divide_factor"
    | "root_folder_image"
    | "root_folder_label";
  UpsampleParameter: "scale" | "pad_out_h" | "pad_out_w";
  AdaptiveBiasChannelParameter:
    | "num_iter"
    | "bg_portion"
    | "fg_portion"
    | "suppress_others"
    | "margin_others";
  BiasChannelParameter: "bg_bias" | "fg_bias" | "ignore_label" | "label_type" | "background_label";
  DenseCRFParameter:
    | "max_iter"
    | "pos_xy_std"
    | "pos_w"
    | "bi_xy_std"
    | "bi_rgb_std"
    | "bi_w"
    | "output_probability";
  DomainTransformParameter: "num_iter" | "spatial_sigma" | "range_sigma" | "min_weight";
  InterpParameter:
    | "height"
    | "width"
    | "zoom_factor"
    | "shrink_factor"
    | "pad_beg"
    | "pad_end"
    | "full_zoom_factor"
    | "use_blob_size";
  MatReadParameter: "source" | "strip" | "batch_size";
  MatWriteParameter: "source" | "strip" | "period";
  SegAccuracyParameter: "metric" | "ignore_label" | "reset";
  UniqueLabelParameter: "ignore_label" | "force_label";
  YoloSegItem: "r" | "g" | "b";
  YoloSegLabel: "item";
  LaneInfo: never;
  YoloSegParameter: "num_class" | "object_scale" | "class_scale" | "use_logic_gradient" | "use_hardsigmoid";
  Yolov3Parameter:
    | "side"
    | "num_class"
    | "num"
    | "object_scale"
    | "class_scale"
    | "noobject_scale"
    | "coord_scale"
    | "thresh"
    | "anchors_scale"
    | "biases"
    | "mask"
    | "use_logic_gradient"
    | "use_focal_loss"
    | "iou_loss"
    | "iou_normalizer"
    | "iou_thresh"
    | "max_delta"
    | "accumulate"
    | "label_smooth_eps";
  RegionLossParameter:
    | "side"
    | "num_class"
    | "bias_match"
    | "coords"
    | "num"
    | "softmax"
    | "jitter"
    | "rescore"
    | "object_scale"
    | "class_scale"
    | "noobject_scale"
    | "coord_scale"
    | "absolute"
    | "thresh"
    | "random"
    | "biases"
    | "num_label";
  ReorgParameter: "reverse";
  SegmentationEvaluateParameter: "num_classes" | "threshold";
  YoloDetectionOutputParameter:
    | "side"
    | "num_classes"
    | "num_box"
    | "coords"
    | "confidence_threshold"
    | "nms_threshold"
    | "biases";
  Yolov3DetectionOutputParameter:
    | "num_classes"
    | "num_box"
    | "confidence_threshold"
    | "nms_threshold"
    | "biases"
    | "anchors_scale"
    | "mask_group_num"
    | "mask"
    | "gaussian_box";
  TripletLossParameter: "margin";
  InsanityParameter: "lb" | "ub";
  LocalParameter: "bias_term" | "pad" | "stride";
  EltwiseAffineParameter: "channel_shared";
  SubRegionParameter: "as_dim";
  HotspotParameter:
    | "gaussian_std"
    | "output_height"
    | "output_width"
    | "data_height"
    | "data_width"
    | "mean_removed";
  InnerDistanceParameter:
    | "bias_term"
    | "axis"
    | "transpose"
    | "distance_type"
    | "normalize"
    | "update_center_only";
  MILParameter: "type";
  MILDataParameter: "num_scales" | "scale_factor" | "channels" | "randomize";
  PredictBoxParameter:
    | "stride"
    | "receptive_field"
    | "nms"
    | "output_vector"
    | "positive_thresh"
    | "bbreg_exp";
  FCNDataParameter:
    | "template_h"
    | "template_w"
    | "expand_left"
    | "expand_right"
    | "expand_top"
    | "expand_bottom"
    | "roi_multiply_h"
    | "roi_multiply_w"
    | "scale_step"
    | "scale_step_num"
    | "gaussian_size_h"
    | "gaussian_size_w"
    | "gaussian_std_h"
    | "gaussian_std_w"
    | "use_hog"
    | "hog_cell_size"
    | "min_iou";
  CenterLossParameter: "axis" | "distance_type" | "margin";
  FlipParameter: "flip_width" | "flip_height";
  GeneralContrastiveParameter:
    | "positive_margin"
    | "negative_margin"
    | "positive_weight"
    | "negative_weight"
    | "normalize_negative"
    | "positive_outlier_thresh"
    | "square"
    | "max_negative_only"
    | "max_positive_only"
    | "positive_first"
    | "positive_upper_bound"
    | "exp_negative_weight"
    | "add_intra_mae"
    | "max_negative_margin";
  BatchContrastiveParameter:
    | "positive_margin"
    | "negative_margin"
    | "positive_weight"
    | "negative_weight"
    | "max_only";
  SoftContrastiveParameter:
    | "positive_margin"
    | "negative_margin"
    | "positive_weight"
    | "negative_weight"
    | "exponent_scale"
    | "square";
  GeneralTripletParameter:
    | "margin"
    | "add_center_loss"
    | "hardest_only"
    | "positive_first"
    | "positive_upper_bound"
    | "positive_weight"
    | "negative_weight";
  SoftTruncationParameter: "c";
  TruncationParameter: "lower_bound" | "upper_bound";
  ProposalParameter:
    | "feat_stride"
    | "base_size"
    | "min_size"
    | "ratio"
    | "scale"
    | "pre_nms_topn"
    | "post_nms_topn"
    | "nms_thresh"
    | "anchor_base_size"
    | "anchor_scale"
    | "anchor_ratio"
    | "max_rois"
    | "rpn_min_size"
    | "rpn_nms_thresh";
  PairwiseParameter: "operation" | "coeff";
  SmoothL1Parameter: "turn_point";
  NCAParameter: "min_negative_only";
  LargeMarginInnerProductParameter: "type" | "axis" | "base" | "gamma" | "power" | "iteration" | "lambda_min";
  LabelSpecificRescaleParameter:
    | "positive_weight"
    | "negative_weight"
    | "positive_lower_bound"
    | "negative_upper_bound"
    | "rescale_test"
    | "for_ip"
    | "positive_weight_base"
    | "gamma"
    | "power"
    | "positive_weight_min"
    | "positive_weight_max"
    | "iteration"
    | "bias_fix"
    | "power_on_positive";
  InfimumLossParamter: "infimum";
  OrdinalRegressionParameter: never;
  MarginInnerProductParameter:
    | "type"
    | "axis"
    | "base"
    | "gamma"
    | "power"
    | "iteration"
    | "lambda_min"
    | "temp_seqid_num";
  FeatureDecayLossParameter: "decay_threshold" | "force_decay";
  ConfidencePenaltyLossParameter: "beta";
  FocalLossParameter: "type" | "gamma" | "alpha" | "beta";
  LabelSpecificMarginParameter:
    | "type"
    | "margin_base"
    | "margin_max"
    | "power"
    | "gamma"
    | "iteration"
    | "reset_margin"
    | "margin_on_test"
    | "auto_tune";
  ChannelScaleParameter:
    | "do_forward"
    | "do_backward_feature"
    | "do_backward_scale"
    | "global_scale"
    | "max_global_scale"
    | "min_global_scale"
    | "init_global_scale";
  LabelSpecificAffineParameter:
    | "scale_base"
    | "scale_gamma"
    | "scale_power"
    | "scale_max"
    | "transform_test"
    | "iteration"
    | "bias_base"
    | "bias_gamma"
    | "bias_power"
    | "bias_max"
    | "power_base"
    | "power_gamma"
    | "power_power"
    | "power_min"
    | "auto_tune"
    | "reset";
  LabelSpecificHardMarginParameter: "positive_weight";
  LabelSpecificStatisticsParameter: "scale_for_angle" | "scale_factor";
  LabelSpecificAddParameter:
    | "bias"
    | "transform_test"
    | "bias_base"
    | "bias_gamma"
    | "bias_power"
    | "bias_min"
    | "bias_max"
    | "iteration";
  AccumParameter: "top_height" | "top_width" | "size_divisible_by" | "have_reference";
  AugmentationCoeff:
    | "mirror"
    | "dx"
    | "dy"
    | "angle"
    | "zoom_x"
    | "zoom_y"
    | "gamma"
    | "brightness"
    | "contrast"
    | "color1"
    | "color2"
    | "color3"
    | "pow_nomean0"
    | "pow_nomean1"
    | "pow_nomean2"
    | "add_nomean0"
    | "add_nomean1"
    | "add_nomean2"
    | "mult_nomean0"
    | "mult_nomean1"
    | "mult_nomean2"
    | "pow_withmean0"
    | "pow_withmean1"
    | "pow_withmean2"
    | "add_withmean0"
    | "add_withmean1"
    | "add_withmean2"
    | "mult_withmean0"
    | "mult_withmean1"
    | "mult_withmean2"
    | "lmult_pow"
    | "lmult_add"
    | "lmult_mult"
    | "col_angle"
    | "fog_amount"
    | "fog_size"
    | "motion_blur_angle"
    | "motion_blur_size"
    | "shadow_angle"
    | "shadow_distance"
    | "shadow_strength"
    | "noise";
  AugmentationParameter:
    | "crop_width"
    | "crop_height"
    | "write_augmented"
    | "max_multiplier"
    | "augment_during_test"
    | "recompute_mean"
    | "write_mean"
    | "mean_per_pixel"
    | "mean"
    | "mode"
    | "bottomwidth"
    | "bottomheight"
    | "num"
    | "chromatic_eigvec";
  BlackAugmentationParameter: never;
  FlowWarpParameter: "fill_value";
  LpqLossParameter:
    | "l2_prescale_by_channels"
    | "normalize_by_num_entries"
    | "p_epsilon"
    | "q_epsilon"
    | "pq_episode_starts_at_iter"
    | "p"
    | "q";
  RandomGeneratorParameter:
    | "rand_type"
    | "exp"
    | "mean"
    | "spread"
    | "prob"
    | "apply_schedule"
    | "discretize"
    | "multiplier";
  L1LossParameter:
    | "l2_per_location"
    | "l2_prescale_by_channels"
    | "normalize_by_num_entries"
    | "epsilon"
    | "plateau";
  CorrelationParameter: "pad" | "stride_1" | "stride_2" | "single_direction" | "do_abs" | "correlation_type";
  DownsampleParameter: "top_height" | "top_width";
  ReaderParameter: "num";
  WriterParameter: "file" | "folder" | "prefix" | "suffix" | "normalize" | "scale";
  ResampleParameter: "antialias" | "type" | "factor";
  MeanParameter: "value" | "mean_scale" | "input_scale" | "output_scale";
  CoeffScheduleParameter: "half_life" | "initial_coeff" | "final_coeff";
  SegDataParameter: "shuffle" | "balance";
  BatchReductionParameter: "level" | "pos";
  MemoryOptimizationParameter: "optimize_train" | "optimize_test" | "exclude_blob";
  SequenceDataParameter:
    | "rand_skip"
    | "shuffle"
    | "new_height"
    | "new_width"
    | "num_frames"
    | "num_segments"
    | "num_shots"
    | "scale"
    | "crop_size"
    | "mirror"
    | "modality"
    | "encoded";
  ColorConvParameter: "input" | "output";
  OPTransformationParameter:
    | "stride"
    | "flip_prob"
    | "max_degree_rotations"
    | "crop_size_x"
    | "crop_size_y"
    | "center_perterb_max"
    | "center_swap_prob"
    | "scale_prob"
    | "scale_mins"
    | "scale_maxs"
    | "target_dist"
    | "number_max_occlusions"
    | "sigmas"
    | "models"
    | "sources"
    | "probabilities"
    | "source_background"
    | "prob_only_background"
    | "media_directory"
    | "normalization"
    | "add_distance"
    | "input_type"
    | "frame_size"
    | "taf_topology";
  CPMTransformationParameter:
    | "scale"
    | "mirror"
    | "crop_size"
    | "mean_value"
    | "stride"
    | "scale_cvg"
    | "max_cvg_len"
    | "min_cvg_len"
    | "opaque_coverage"
    | "coverage"
    | "flip_prob"
    | "max_rotate_degree"
    | "visualize"
    | "crop_size_x"
    | "crop_size_y"
    | "scale_prob"
    | "scale_min"
    | "scale_max"
    | "bbox_norm_factor"
    | "img_header"
    | "force_color"
    | "force_gray"
    | "target_dist"
    | "center_perterb_max"
    | "sigma"
    | "sigma_center"
    | "clahe_tile_size"
    | "clahe_clip_limit"
    | "do_clahe"
    | "num_parts"
    | "num_total_augs"
    | "aug_way"
    | "gray"
    | "np_in_lmdb"
    | "transform_body_joint";
  LSTMParameter: "clipping_threshold" | "batch_size";
  CTCParameter: "threshold" | "decode_type";
  TransposeParameter: "dim";
  ReverseParameter: "axis";
  DeformableConvolutionParameter:
    | "bias_term"
    | "pad"
    | "kernel_size"
    | "stride"
    | "dilation"
    | "pad_h"
    | "pad_w"
    | "group"
    | "deformable_group"
    | "engine"
    | "axis"
    | "force_nd_im2col";
  GANLossParameter:
    | "dis_iter"
    | "gen_iter"
    | "dis_lossweight"
    | "gen_lossweight"
    | "simple_genloss"
    | "k_lr"
    | "equilibrium"
    | "nothing";
  Pooling3DParameter:
    | "pool"
    | "pad"
    | "pad_h0"
    | "pad_h1"
    | "pad_w0"
    | "pad_w1"
    | "pad_d0"
    | "pad_d1"
    | "stride"
    | "global_pooling"
    | "ceil_mode";
  XLUParameter: "negative_slope" | "relu6" | "maximum" | "minimum" | "saturate" | "engine";
  ROIAlignParameter: "pooled_h" | "pooled_w" | "spatial_scale";
  ShuffleChannelParameter: "group";
  LogSoftmaxParameter: "axis";
  SqueezeConvolutionParameter:
    | "bias_term"
    | "pad"
    | "kernel_size"
    | "stride"
    | "dilation"
    | "pad_h"
    | "pad_w"
    | "pad_type"
    | "pad_l"
    | "pad_r"
    | "pad_t"
    | "pad_b"
    | "input_scale"
    | "output_scale"
    | "weight_scale"
    | "input_zero_point"
    | "output_zero_point"
    | "weight_zero_point"
    | "per_channel_scale_weight"
    | "per_channel_scale_output"
    | "submanifold_sparse"
    | "saturate"
    | "quantize_method"
    | "group"
    | "engine"
    | "axis"
    | "force_nd_im2col"
    | "gamma"
    | "power"
    | "iter_stop"
    | "c_rate"
    | "dynamicsplicing"
    | "splicing_rate";
  SqueezeInnerProductParameter:
    | "bias_term"
    | "axis"
    | "transpose"
    | "gamma"
    | "power"
    | "iter_stop"
    | "c_rate"
    | "dynamicsplicing"
    | "splicing_rate";
  UpsampleDarknetParameter: "stride";
  YoloV2LossParameter:
    | "anchors"
    | "box_scale"
    | "class_scale"
    | "noobject_scale"
    | "object_scale"
    | "rescore"
    | "constraint"
    | "thresh";
  YoloV3LossParameter: "anchors" | "mask" | "ignore_thresh" | "truth_thresh";
  DepthToSpaceParameter: "data_format";
  SpaceToDepthParameter: "data_format";
  ResizeNearestNeighborParameter:
    | "align_corners"
    | "data_format"
    | "scale_height"
    | "scale_width"
    | "half_pixel_centers"
    | "half_pixel_onnx";
  GatherParameter: "indices" | "shape" | "axis";
  TopkGatherParameter: "top_k" | "axis";
  NMSParameter: "top_k" | "axis" | "iou_threshold";
  NMSGatherParameter: "top_k" | "axis" | "iou_threshold";
  NonMaxSuppressionParameter:
    | "max_output_boxes_per_class"
    | "iou_threshold"
    | "score_threshold"
    | "center_point_box";
  GatherNDParameter: "indices" | "indices_shape";
  Where4Parameter: "axis";
  Where4GatherndParameter: "axis";
  CropAndResizeParameter: "crop_h" | "crop_w" | "extrapolation_value" | "data_format";
  Where4GatherndCropParameter: "axis" | "crop_h" | "crop_w" | "extrapolation_value";
  PyramidROIAlignParameter: "extrapolation_value" | "data_format";
  PadParameter: "paddings" | "constant_values";
  MirrorPadParameter: "paddings" | "constant_values" | "mode";
  StackParameter: "axis";
  ResizeBilinearParameter:
    | "align_corners"
    | "data_format"
    | "scale_height"
    | "scale_width"
    | "half_pixel_centers"
    | "pytorch_half_pixel"
    | "scale_depth"
    | "input_scale"
    | "output_scale"
    | "input_zero_point"
    | "output_zero_point"
    | "saturate"
    | "quantize_method";
  ReduceSumParameter: "axis" | "keepdims";
  ReduceMaxParameter: "axis" | "keepdims";
  ReduceMinParameter: "axis" | "keepdims";
  ReduceProdParameter: "axis" | "keepdims";
  ReduceMeanParameter: "axis" | "keepdims";
  SeLUParameter: "lambda" | "alpha";
  SeLUDropoutParameter: "dropout_ratio" | "alpha";
  UnstackParameter: "num" | "axis";
  SpaceToBatchNDParameter: "block_shape" | "paddings";
  BatchToSpaceNDParameter: "block_shape" | "crops";
  TileNDParameter: "multiples";
  ExpandDimsNDParameter: "axis";
  SqueezeParameter: "axis";
  BroadcastToParameter: "shape";
  StridedSliceParameter:
    | "begin"
    | "end"
    | "strides"
    | "axes"
    | "begin_mask"
    | "end_mask"
    | "ellipsis_mask"
    | "new_axis_mask"
    | "shrink_axis_mask";
  PieceParameter: "begin" | "size";
  RangeParameter: "start" | "delta";
  SparseToDenseParameter:
    | "sparse_indices"
    | "sparse_indices_shape"
    | "output_shape"
    | "sparse_values"
    | "default_value"
    | "validate_indices";
  EmbeddingLookupParameter: "ids" | "ids_shape" | "partition_strategy";
  EmbeddingLookupSparseParameter:
    | "ids_indices"
    | "ids_values"
    | "ids_shape"
    | "weight_values"
    | "partition_strategy"
    | "combiner";
  GemmParameter: "alpha" | "beta" | "transA" | "transB";
  ReduceL1Parameter: "axes" | "keepdims";
  ReduceL2Parameter: "axes" | "keepdims";
  ReduceLogSumExpParameter: "axis" | "keepdims";
  ReduceAllParameter: "axis" | "keepdims";
  ReduceAnyParameter: "axis" | "keepdims";
  ReverseSequenceParameter: "batch_axis";
  HardSigmoidParameter: "alpha" | "beta";
  ThresholdedReLUParameter: "alpha";
  OneHotParameter: "on_value" | "off_value" | "axis";
  LpNormalizationParameter: "axis" | "p";
  MatMulParameter: "transpose_a" | "transpose_b" | "blob_shape";
  GatherV2Parameter: "axis" | "batch_flag";
  ScaledTanHParameter: never;
  MaskRCNNDetectionParameter:
    | "bbox_std_dev"
    | "batch_size"
    | "detection_max_instances"
    | "detection_min_confidence"
    | "detection_nms_threshold";
  MaskRCNNProposalParameter:
    | "rpn_bbox_std_dev"
    | "batch_size"
    | "images_per_gpu"
    | "pre_nms_limit"
    | "rpn_nms_threshold"
    | "post_nms_rois_inference";
  AttentionParameter:
    | "batch_size"
    | "query_depth"
    | "alignments_size"
    | "scale"
    | "normalize"
    | "attention_option";
  RNNv2Parameter:
    | "num_layers"
    | "op"
    | "direction"
    | "activations"
    | "activation_alpha"
    | "activation_beta"
    | "merge_mode"
    | "linear_before_reset"
    | "default_initial"
    | "continue_recur";
  CountNonzeroParameter: "axis" | "keepdims";
  NotEqualParameter: never;
  PointNetParameter: never;
  ScatterNDParameter:
    | "is_data_param"
    | "is_indices_param"
    | "is_updates_param"
    | "data_shape"
    | "indices_shape"
    | "updates_shape";
  LayerNormParameter: "eps" | "elementwise_affine";
  MulParameter: "mul_shape";
  SpatialBatchingPoolingParameter:
    | "pool"
    | "stride"
    | "pad"
    | "pad_h"
    | "pad_w"
    | "engine"
    | "global_pooling"
    | "ceil_mode"
    | "pad_l"
    | "pad_r"
    | "pad_t"
    | "pad_b"
    | "spatial_batching_h"
    | "spatial_batching_w"
    | "batch_h"
    | "batch_w"
    | "skip_h"
    | "skip_w"
    | "input_scale"
    | "output_scale"
    | "input_zero_point"
    | "output_zero_point"
    | "saturate";
  Tensor2BoxParameter: "anchors_x" | "anchors_y";
  Corr1dParameter: "num_of_shifts" | "stride";
  NormalizedOrientedBBox: never;
  AnnotatedMaskDatum: "annotation_group";
  MaskResizeParameter: "output_height" | "output_width" | "factor_height" | "factor_width";
  FixedPoint: never;
  CarBoundingBox: "poly_mask" | "ellipse_mask";
  VanishingPoint: never;
  DrivingData: "car_boxes" | "vanishing_point";
  TilingParameter: never;
  DriveDataParameter:
    | "shrink_prob_factor"
    | "unrecognize_factor"
    | "crop_num"
    | "random_crop_ratio"
    | "resize"
    | "scale"
    | "cropped_height"
    | "cropped_width"
    | "tiling_width"
    | "tiling_height"
    | "label_resolution"
    | "catalog_resolution"
    | "catalog_number"
    | "resize_max"
    | "resize_min"
    | "reco_max"
    | "reco_min"
    | "train_max"
    | "train_min"
    | "genlist_file"
    | "gen_rate"
    | "blur_max"
    | "noise_max"
    | "gamma_max"
    | "k_max"
    | "y0_max"
    | "shrink_max"
    | "slip_max"
    | "gen_scale"
    | "use_mask";
  CtcLossParameter: "alphabet_size" | "time_step" | "blank_label";
  DSALossParameter:
    | "seqid_num"
    | "axis"
    | "lambda"
    | "dropout_ratio"
    | "gamma"
    | "alpha"
    | "beta"
    | "use_normalize"
    | "scale"
    | "center_iter"
    | "diff_iter";
  LabelsequenceAccuracyParameter: "blank_label";
  LiftedStructSimilaritySoftmaxLossParameter: "margin";
  SmoothMarginInnerProductParameter:
    | "type"
    | "axis"
    | "base"
    | "gamma"
    | "power"
    | "iteration"
    | "lambda_min";
  NormL2Parameter: "spare";
  RankHardLossParameter: "neg_num" | "pair_size" | "margin";
  UnpoolingParameter: "unpool" | "pad" | "pad_h" | "pad_w" | "stride" | "engine";
  ROIWarpingTestParameter: "pooled_h" | "pooled_w" | "spatial_scale";
  ROIWarpingParameter: "pooled_h" | "pooled_w" | "spatial_scale";
  SpatialTransformerParameter: "transform_type" | "sampler_type" | "to_compute_dU";
  PowerFileParameter: never;
  STLossParameter: never;
  LocLossParameter: never;
  RegionParameter: "classes" | "coords" | "boxes_of_each_grid" | "softmax";
  EvalDetectionParameter:
    | "side"
    | "num_class"
    | "num_object"
    | "threshold"
    | "sqrt"
    | "constriant"
    | "score_type"
    | "nms"
    | "biases";
  QuantizationParameter:
    | "precision"
    | "rounding_scheme"
    | "bw_layer_in"
    | "bw_layer_out"
    | "bw_params"
    | "fl_layer_in"
    | "fl_layer_out"
    | "fl_params"
    | "scale_in"
    | "scale_out"
    | "scale_params"
    | "is_negative_input"
    | "force_u8_input"
    | "power2_scale_weights"
    | "power2_scale_activations"
    | "qparam_in"
    | "qparam_w"
    | "qparam_out"
    | "quantized_infer_count";
  RandomResizeParameter: "min_size" | "max_size";
  RandomAspectRatioParameter: "min_area_ratio" | "max_area_ratio" | "aspect_ratio_change" | "max_attempt";
  SplitParameter: "engine";
  SpatialDropoutParameter: "dropout_ratio";
  DetectNetGroundTruthParameter:
    | "stride"
    | "scale_cvg"
    | "gridbox_type"
    | "max_cvg_len"
    | "min_cvg_len"
    | "coverage_type"
    | "image_size_x"
    | "image_size_y"
    | "obj_norm"
    | "crop_bboxes"
    | "object_class";
  DetectNetGroundTruthParameterClassMapping: never;
  DetectNetAugmentationParameter:
    | "crop_prob"
    | "shift_x"
    | "shift_y"
    | "scale_prob"
    | "scale_min"
    | "scale_max"
    | "flip_prob"
    | "rotation_prob"
    | "max_rotate_degree"
    | "hue_rotation_prob"
    | "hue_rotation"
    | "desaturation_prob"
    | "desaturation_max";
  QuantizationParameterQParams:
    | "quantize"
    | "bitwidth"
    | "fracbits"
    | "unsigned_data"
    | "unsigned_quant"
    | "scale_target"
    | "scale_applied"
    | "shiftbits"
    | "offset"
    | "min"
    | "max";
  NetQuantizationParameter:
    | "quantize_weights"
    | "quantize_activations"
    | "bitwidth_weights"
    | "bitwidth_activations"
    | "bitwidth_bias"
    | "power2_scale_weights"
    | "power2_scale_activations"
    | "apply_offset_weights"
    | "apply_offset_activations"
    | "precision"
    | "rounding_scheme"
    | "display_quantization"
    | "update_quantization_param"
    | "quantization_start"
    | "range_update_factor"
    | "range_expansion_factor"
    | "ignored_layer_names";
  ImageSliceInfo: "dim" | "stride" | "offset";
  ImageLabelDataParameter:
    | "batch_size"
    | "rand_skip"
    | "shuffle"
    | "scale_prob"
    | "scale_min"
    | "scale_max"
    | "data_dir"
    | "image_dir"
    | "label_dir"
    | "padding"
    | "image_dir2"
    | "threads"
    | "size_min"
    | "size_max"
    | "check_image_files"
    | "backend";
  CosinAddmParameter: "m" | "transform_test";
}
