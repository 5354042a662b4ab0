// Generated from caffe.proto by `deno task proto`. Do not edit: change caffe.proto instead.

/** Values of the enum Phase. */
export type Phase = "TRAIN" | "TEST";

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
}

/** Values of the enum SnapshotFormat of SolverParameter. */
export type SolverParameterSnapshotFormat = "HDF5" | "BINARYPROTO";

/** Values of the enum SolverMode of SolverParameter. */
export type SolverParameterSolverMode = "CPU" | "GPU";

/** Values of the enum SolverType of SolverParameter. */
export type SolverParameterSolverType = "SGD" | "NESTEROV" | "ADAGRAD" | "RMSPROP" | "ADADELTA" | "ADAM";

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
}

/** Addition of Crema: how far a data layer had read. Caffe skips it as an unknown field. */
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
}

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
}

/** Values of the enum NormalizationMode of LossParameter. */
export type LossParameterNormalizationMode = "FULL" | "VALID" | "BATCH_SIZE" | "NONE";

/** Shared by loss layers. */
export interface LossParameter {
  /** Records with this label do not count. */
  ignore_label?: number;
  /** Default VALID. */
  normalization?: LossParameterNormalizationMode;
  /** Deprecated: VALID when true, BATCH_SIZE when false. */
  normalize?: boolean;
}

/** Settings of the layer type Accuracy. */
export interface AccuracyParameter {
  /** Default 1. */
  top_k?: number;
  /** Default 1. */
  axis?: number;
  ignore_label?: number;
}

/** Settings of the layer type ArgMax. */
export interface ArgMaxParameter {
  /** Default false. */
  out_max_val?: boolean;
  /** Default 1. */
  top_k?: number;
  axis?: number;
}

/** Settings of the layer type Clip. */
export interface ClipParameter {
  min: number;
  max: number;
}

/** Settings of the layer type Concat. */
export interface ConcatParameter {
  /** Default 1. */
  axis?: number;
  /** Deprecated: use axis. Default 1. */
  concat_dim?: number;
}

/** Settings of the layer type BatchNorm. */
export interface BatchNormParameter {
  /** Default: false in training, true in test. */
  use_global_stats?: boolean;
  /** Default 0.999. */
  moving_average_fraction?: number;
  /** Default 0.00001. */
  eps?: number;
}

/** Settings of the layer type Bias. */
export interface BiasParameter {
  /** Default 1. */
  axis?: number;
  /** -1 for all from axis on. Default 1. */
  num_axes?: number;
  filler?: FillerParameter;
}

/** Settings of the layer type ContrastiveLoss. */
export interface ContrastiveLossParameter {
  /** Default 1. */
  margin?: number;
  /** Default false. */
  legacy_version?: boolean;
}

/** Values of the enum Engine of ConvolutionParameter. */
export type ConvolutionParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

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
}

/** Settings of the layer type Crop. */
export interface CropParameter {
  /** Default 2. */
  axis?: number;
  offset?: number[];
}

/** Values of the enum DB of DataParameter. */
export type DataParameterDB = "LEVELDB" | "LMDB";

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
}

/** Settings of the layer type Dropout. */
export interface DropoutParameter {
  /** Share of the values set to zero. Default 0.5. */
  dropout_ratio?: number;
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
export type EltwiseParameterEltwiseOp = "PROD" | "SUM" | "MAX";

/** Settings of the layer type Eltwise. */
export interface EltwiseParameter {
  /** Default SUM. */
  operation?: EltwiseParameterEltwiseOp;
  /** SUM only: one per bottom. */
  coeff?: number[];
  /** Default true. */
  stable_prod_grad?: boolean;
}

/** Settings of the layer type ELU. */
export interface ELUParameter {
  /** Default 1. */
  alpha?: number;
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
}

/** Settings of the layer type InfogainLoss. */
export interface InfogainLossParameter {
  source?: string;
  /** Default 1. */
  axis?: number;
}

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
}

/** Settings of the layer type Input. */
export interface InputParameter {
  shape?: BlobShape[];
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
export type LRNParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

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
}

/** Settings of the layer type MemoryData. */
export interface MemoryDataParameter {
  batch_size?: number;
  channels?: number;
  height?: number;
  width?: number;
}

/** Mean-variance normalization. */
export interface MVNParameter {
  /** Default true. */
  normalize_variance?: boolean;
  /** Default false. */
  across_channels?: boolean;
  /** Default 1e-9. */
  eps?: number;
}

/** Settings of the layer type Parameter. */
export interface ParameterParameter {
  shape?: BlobShape;
}

/** Values of the enum PoolMethod of PoolingParameter. */
export type PoolingParameterPoolMethod = "MAX" | "AVE" | "STOCHASTIC";

/** Values of the enum Engine of PoolingParameter. */
export type PoolingParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** Values of the enum RoundMode of PoolingParameter. */
export type PoolingParameterRoundMode = "CEIL" | "FLOOR";

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
}

/** Settings of the layer type Power. */
export interface PowerParameter {
  /** Default 1. */
  power?: number;
  /** Default 1. */
  scale?: number;
  /** Default 0. */
  shift?: number;
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
}

/** Values of the enum ReductionOp of ReductionParameter. */
export type ReductionParameterReductionOp = "SUM" | "ASUM" | "SUMSQ" | "MEAN";

/** Settings of the layer type Reduction. */
export interface ReductionParameter {
  /** Default SUM. */
  operation?: ReductionParameterReductionOp;
  /** Default 0. */
  axis?: number;
  /** Default 1. */
  coeff?: number;
}

/** Values of the enum Engine of ReLUParameter. */
export type ReLUParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** Settings of the layer type ReLU. */
export interface ReLUParameter {
  /** Default 0. */
  negative_slope?: number;
  /** Default DEFAULT. */
  engine?: ReLUParameterEngine;
}

/** Settings of the layer type Reshape. */
export interface ReshapeParameter {
  /** 0 copies the size of the bottom, -1 infers it. */
  shape?: BlobShape;
  /** Default 0. */
  axis?: number;
  /** Default -1. */
  num_axes?: number;
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
}

/** Values of the enum Engine of SigmoidParameter. */
export type SigmoidParameterEngine = "DEFAULT" | "CAFFE" | "CUDNN";

/** Settings of the layer type Sigmoid. */
export interface SigmoidParameter {
  /** Default DEFAULT. */
  engine?: SigmoidParameterEngine;
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

/** Settings of the layer type Softmax. */
export interface SoftmaxParameter {
  /** Default DEFAULT. */
  engine?: SoftmaxParameterEngine;
  /** Default 1. */
  axis?: number;
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
export type SPPParameterPoolMethod = "MAX" | "AVE" | "STOCHASTIC";

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
  SourceState: SourceState;
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
}

/** The name of a message of caffe.proto. */
export type MessageName = keyof Messages;

/** By message, the fields that have a default or are repeated. */
export interface DefaultedFields {
  BlobShape: "dim";
  BlobProto: "data" | "diff" | "double_data" | "double_diff" | "num" | "channels" | "height" | "width";
  BlobProtoVector: "blobs";
  Datum: "float_data" | "encoded";
  FillerParameter: "type" | "value" | "min" | "max" | "mean" | "std" | "sparse" | "variance_norm";
  NetParameter: "input" | "input_shape" | "input_dim" | "force_backward" | "debug_info" | "layer" | "layers";
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
    | "warmup_start_lr";
  SolverState: "history" | "current_step" | "source" | "generator";
  SourceState: never;
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
    | "exclude";
  TransformationParameter: "scale" | "mirror" | "crop_size" | "mean_value" | "force_color" | "force_gray";
  LossParameter: "normalization";
  AccuracyParameter: "top_k" | "axis";
  ArgMaxParameter: "out_max_val" | "top_k";
  ClipParameter: never;
  ConcatParameter: "axis" | "concat_dim";
  BatchNormParameter: "moving_average_fraction" | "eps";
  BiasParameter: "axis" | "num_axes";
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
    | "force_nd_im2col";
  CropParameter: "axis" | "offset";
  DataParameter:
    | "rand_skip"
    | "backend"
    | "scale"
    | "crop_size"
    | "mirror"
    | "force_encoded_color"
    | "prefetch"
    | "shuffle";
  DropoutParameter: "dropout_ratio";
  DummyDataParameter: "data_filler" | "shape" | "num" | "channels" | "height" | "width";
  EltwiseParameter: "operation" | "coeff" | "stable_prod_grad";
  ELUParameter: "alpha";
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
    | "root_folder";
  InfogainLossParameter: "axis";
  InnerProductParameter: "bias_term" | "axis" | "transpose";
  InputParameter: "shape";
  LogParameter: "base" | "scale" | "shift";
  LRNParameter: "local_size" | "alpha" | "beta" | "norm_region" | "k" | "engine";
  MemoryDataParameter: never;
  MVNParameter: "normalize_variance" | "across_channels" | "eps";
  ParameterParameter: never;
  PoolingParameter:
    | "pool"
    | "pad"
    | "pad_h"
    | "pad_w"
    | "stride"
    | "engine"
    | "global_pooling"
    | "round_mode";
  PowerParameter: "power" | "scale" | "shift";
  PythonParameter: "param_str" | "share_in_parallel";
  ScriptParameter: "param_str";
  RecurrentParameter: "num_output" | "debug_info" | "expose_hidden";
  ReductionParameter: "operation" | "axis" | "coeff";
  ReLUParameter: "negative_slope" | "engine";
  ReshapeParameter: "axis" | "num_axes";
  ScaleParameter: "axis" | "num_axes" | "bias_term";
  SigmoidParameter: "engine";
  SliceParameter: "axis" | "slice_point" | "slice_dim";
  SoftmaxParameter: "engine" | "axis";
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
}
