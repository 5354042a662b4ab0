/** The layer types of Caffe 1.0. Other layers read what is of forks by themselves. */
export const CAFFE_TYPES: ReadonlySet<string> = new Set(
  ("AbsVal Accuracy ArgMax BNLL BatchNorm BatchReindex Bias Clip Concat ContrastiveLoss Convolution Crop Data Deconvolution Dropout DummyData ELU Eltwise Embed EuclideanLoss Exp Filter Flatten HDF5Data HDF5Output HingeLoss Im2col ImageData InfogainLoss InnerProduct Input LRN LSTM LSTMUnit Log MVN MemoryData MultinomialLogisticLoss PReLU Parameter Pooling Power RNN ReLU Reduction Reshape SPP Scale Sigmoid SigmoidCrossEntropyLoss Silence Slice Softmax SoftmaxWithLoss Split Swish TanH Threshold Tile WindowData")
    .split(" "),
);

/** What the embedded engine reads of forks in layers that Caffe has too: fields, and values of enums. */
const READ = [
  "BatchNormParameter.add_eps_before_sqrt",
  "ConvolutionParameter.pad_b",
  "ConvolutionParameter.pad_l",
  "ConvolutionParameter.pad_r",
  "ConvolutionParameter.pad_t",
  "ConvolutionParameter.pad_type",
  "DropoutParameter.scale_train",
  "InnerProductParameter.normalize",
  "LossParameter.normalization: PRE_FIXED",
  "LossParameter.pre_fixed_normalizer",
  "PoolingParameter.ceil_mode",
  "PoolingParameter.pad_b",
  "PoolingParameter.pad_l",
  "PoolingParameter.pad_r",
  "PoolingParameter.pad_t",
  "PoolingParameter.pad_type",
  "PoolingParameter.pool: AVE_EXC_PAD",
  "PoolingParameter.pool: AVE_TF",
  "ReLUParameter.relu6",
  "ReshapeParameter.pixelshuffler",
];

/** What changes no result, but only how a fork's library computes it, or what it logs. */
const WITHOUT_EFFECT = [
  "BatchNormParameter.engine",
  "ConcatParameter.engine",
  "ConvolutionParameter.conv_algorithm",
  "ConvolutionParameter.conv_algos_override",
  "ConvolutionParameter.cudnn_convolution_algo_seeker",
  "ConvolutionParameter.engine: MKL2017",
  "ConvolutionParameter.engine: MKLDNN",
  "DataParameter.cache",
  "DataParameter.disk_reader_threads",
  "DataParameter.parser_threads",
  "DataParameter.precache",
  "DataParameter.threads",
  "DataParameter.verbose",
  "DropoutParameter.engine",
  "EltwiseParameter.engine",
  "ImageDataParameter.cache",
  "ImageDataParameter.precache",
  "ImageDataParameter.threads",
  "InnerProductParameter.engine",
  "LRNParameter.engine: MKL2017",
  "LRNParameter.engine: MKLDNN",
  "NetParameter.default_conv_algos_override",
  "NetParameter.default_cudnn_math_override",
  "NetParameter.eltwise_mem_sharing",
  "NetParameter.engine",
  "NetParameter.mem_param",
  "NetParameter.reduce_buckets",
  "PoolingParameter.engine: MKL2017",
  "PoolingParameter.engine: MKLDNN",
  "ReLUParameter.engine: MKL2017",
  "ReLUParameter.engine: MKLDNN",
  "SolverParameter.engine",
  "SolverParameter.snapshot_log",
  "TransformationParameter.display",
  "TransformationParameter.use_gpu_transform",
];

/** The fields and values of forks that the embedded engine does not miss: "PoolingParameter.ceil_mode". */
export const READ_FORK_FIELDS: ReadonlySet<string> = new Set([...READ, ...WITHOUT_EFFECT]);
